#pragma once

#include <cstdint>
#include <string>

#include "customerhealth/arrow/table.hpp"
#include "nanoarrow/nanoarrow.h"

namespace customerhealth::arrow {

/// What the values of an array are and how they lie in memory. For a dictionary it describes the values.
struct SourceType {
  SourceKind kind = SourceKind::unusable;
  ArrowType storage = NANOARROW_TYPE_UNINITIALIZED;  // the logical type, extensions seen through
  ArrowTimeUnit unit = NANOARROW_TIME_UNIT_MICRO;    // timestamps
  std::int32_t scale = 0;                            // decimals
  bool has_zone = false;                             // timestamps
  bool is_dictionary = false;
  ArrowType index = NANOARROW_TYPE_UNINITIALIZED;  // dictionaries

  [[nodiscard]] bool is_unsigned() const noexcept;
};

/// Extension names are ignored: an extension type is what it is stored as. A type that nanoarrow cannot read is
/// unusable, not an error, since the model may not care for the column.
[[nodiscard]] SourceType source_type(const ArrowSchema& schema);

/// The type in the words of pyarrow.
[[nodiscard]] std::string type_in_words(const ArrowSchema& schema);

/// The schema with what may be ignored taken away: metadata (extension names) and flags that came after our nanoarrow.
/// Borrowed: never released.
[[nodiscard]] ArrowSchema bare(const ArrowSchema& schema) noexcept;

}  // namespace customerhealth::arrow
