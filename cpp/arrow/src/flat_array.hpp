#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/common/errors.hpp"
#include "nanoarrow/nanoarrow.h"
#include "source_type.hpp"

namespace customerhealth::arrow {

/// Where an array stands, for messages.
struct Place {
  std::string table, column;
  std::int64_t first_row = 0;  // of the array, in the table
};

/// Rows of one Arrow array without looking at a dictionary: where its values lie. Borrowed from the record batch.
struct FlatArray {
  SourceKind kind = SourceKind::null;
  ArrowType storage = NANOARROW_TYPE_NA;
  ArrowTimeUnit unit = NANOARROW_TIME_UNIT_MICRO;
  std::int32_t scale = 0;
  std::int64_t rows = 0;
  std::int64_t offset = 0;              // of the first row, in elements
  const std::byte* data = nullptr;      // values, offsets or string views
  const std::uint8_t* valid = nullptr;  // null when no row is null
  std::int64_t valid_offset = 0;        // of the first row, in bits
  const char* bytes = nullptr;          // string, large_string
  std::int64_t byte_count = 0;          // as far as the last row reaches
  const void* const* pages = nullptr;   // string_view
  const std::int64_t* page_sizes = nullptr;
  std::int64_t page_count = 0;

  [[nodiscard]] bool has(std::int64_t row) const noexcept;
};

// Each decodes rows [begin, begin + out.size()) of an array; a null becomes what ColumnChunk says. `place` names table,
// column and row in the DataError of an array whose content contradicts itself (an offset that runs backwards).
void decode_numbers(const FlatArray& array, std::int64_t begin, std::span<double> out);
void decode_integers(const FlatArray& array, std::int64_t begin, std::span<std::int64_t> out);  // null: 0
/// Decimals as integers of their scale, of 0 where it is negative; null: 0. The first row that does not fit 128 bits,
/// else -1.
[[nodiscard]] std::int64_t decode_decimals(const FlatArray& array, std::int64_t begin, std::span<Int128> out);
/// How many 32-bit words a decimal of that storage has; 0: it is none.
[[nodiscard]] int words_of_decimal(ArrowType storage) noexcept;
void decode_validity(const FlatArray& array, std::int64_t begin, std::span<std::uint8_t> valid);
void decode_truths(const FlatArray& array, std::int64_t begin, std::span<Truth> out);
/// The first row that is earlier than any instant, else -1.
[[nodiscard]] std::int64_t decode_instants(const FlatArray& array, std::int64_t begin, std::span<Instant> out);
void decode_texts(const FlatArray& array, std::int64_t begin, std::span<std::string_view> out, const Place& place);
/// Indices of a dictionary of `size` values; -1 where null. Others outside [0, size) are an error.
void decode_indices(const FlatArray& array, std::int64_t begin, std::span<std::int32_t> out, std::int64_t size,
                    const Place& place);

}  // namespace customerhealth::arrow
