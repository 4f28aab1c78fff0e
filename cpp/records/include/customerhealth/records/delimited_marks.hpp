#pragma once

#include <cstdint>
#include <string_view>

namespace customerhealth::records {

/// What a block of delimited text holds that its reader does not tell.
struct DelimitedMarks {
  std::int64_t quotes = 0;  // of the kind "
  bool hex = false;         // `0x` or `0X` stands in it, as hexadecimal numbers begin
};

/// `before` is the byte that stands before the block, so that a mark on the edge of two blocks is found.
[[nodiscard]] DelimitedMarks marks_of(std::string_view block, char before = '\0');

}  // namespace customerhealth::records
