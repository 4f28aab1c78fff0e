#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "customerhealth/common/instant.hpp"

namespace customerhealth {

/// A pattern of strptime: how a source writes its times. English names of months and days, whatever the locale.
class TimePattern {
 public:
  /// A time as it is written.
  struct Written {
    Micros local;                  // since 1970-01-01 00:00 on the clock that it is told by
    std::optional<Micros> offset;  // of that clock from UTC, where it says so
  };

  /// Nothing for a pattern that says no day, or that is none: `problem` says why.
  [[nodiscard]] static std::optional<TimePattern> parse(std::string_view text, std::string& problem);

  /// Nothing for a text that does not fit. Blanks around it do not count.
  [[nodiscard]] std::optional<Written> read(std::string_view text) const noexcept;

  /// From a time to the next one that the pattern tells apart.
  [[nodiscard]] Micros step() const noexcept { return step_; }
  /// 2026-07-31 23:59:58.123456 in this pattern.
  [[nodiscard]] std::string example() const;

 private:
  struct Fields;
  bool match(std::size_t piece, std::string_view text, Fields& fields) const noexcept;
  bool match_number(std::size_t piece, std::string_view text, Fields& fields) const noexcept;
  bool match_word(std::size_t piece, std::string_view text, Fields& fields) const noexcept;
  bool match_offset(std::size_t piece, std::string_view text, Fields& fields) const noexcept;

  std::string pieces_;  // a byte a piece: a letter of a directive, or a character as it is after a NUL
  Micros step_{1};
};

}  // namespace customerhealth
