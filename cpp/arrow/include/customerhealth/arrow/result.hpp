#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/common/buffer.hpp"

struct ArrowArrayStream;

namespace customerhealth::arrow {

/// A finished column: memory that somebody owns, handed out to Arrow consumers without copying.
struct ResultColumn {
  enum class Kind : std::uint8_t {
    number,    // float64: double[rows]
    decimal,   // decimal128(38, scale): Int128[rows]
    integer,   // int64: std::int64_t[rows]
    instant,   // timestamp[us, UTC]: std::int64_t[rows]
    text,      // string: `offsets` (rows + 1) into bytes; int32 offsets, or int64 (large_string) where they do not fit
    category,  // dictionary<int32, string>: std::int32_t[rows] indices into `categories`
    boolean,   // bool: a bitmap
  };
  std::string name;
  Kind kind = Kind::number;
  std::int32_t scale = 0;  // decimal only
  const void* data = nullptr;
  const void* offsets = nullptr;        // text only
  bool large_offsets = false;           // text only
  const std::uint8_t* valid = nullptr;  // a bitmap; null where nothing is missing
  std::int64_t null_count = 0;
  std::shared_ptr<const std::vector<std::string>> categories;  // category only
  std::shared_ptr<const void> owner;                           // keeps all of the above alive
};

/// The rows of a column without a missing value from `begin` on, in the same memory.
[[nodiscard]] ResultColumn rows_of(ResultColumn column, std::size_t begin);

/// A finished table; `batches` share one schema, and there is at least one (it may have no rows).
struct ResultTable {
  struct Batch {
    std::int64_t rows = 0;
    std::vector<ResultColumn> columns;
  };
  std::vector<Batch> batches;
  std::vector<std::pair<std::string, std::string>> metadata;  // of the schema
};

/// Fills `out` with a stream over the table, which lives as long as any of its arrays. May be called many times.
void export_stream(std::shared_ptr<const ResultTable> table, ArrowArrayStream& out);

/// Bit i of `bits` becomes `has(i)`; those after `rows` in the last byte 0.
template <class Has>
void write_bitmap(std::span<std::uint8_t> bits, std::size_t rows, const Has& has) {
  for (std::size_t byte = 0; byte < bits.size(); ++byte) {
    unsigned eight = 0;
    for (std::size_t bit = 0; bit < std::min<std::size_t>(8, rows - byte * 8); ++bit) {
      eight |= (has(byte * 8 + bit) ? 1U : 0U) << bit;
    }
    bits[byte] = static_cast<std::uint8_t>(eight);
  }
}

template <class Has>
[[nodiscard]] std::vector<std::uint8_t> make_bitmap(std::size_t rows, const Has& has) {
  std::vector<std::uint8_t> bits((rows + 7) / 8);
  write_bitmap(bits, rows, has);
  return bits;
}

// Tables, column by column, from owned values.
[[nodiscard]] ResultColumn number_column(std::string name, std::vector<double> values);  // NaN: null
[[nodiscard]] ResultColumn number_column(std::string name, Buffer<double> values);
[[nodiscard]] ResultColumn integer_column(std::string name, std::vector<std::int64_t> values);
[[nodiscard]] ResultColumn place_column(std::string name, std::vector<std::int64_t> places);    // below 0: null
[[nodiscard]] ResultColumn instant_column(std::string name, std::vector<std::int64_t> micros);  // INT64_MIN: null
[[nodiscard]] ResultColumn text_column(std::string name, const std::vector<std::string>& values);
[[nodiscard]] ResultColumn category_column(std::string name, std::vector<std::int32_t> indices,  // -1: null
                                           std::shared_ptr<const std::vector<std::string>> categories);
[[nodiscard]] ResultColumn category_column(std::string name, Buffer<std::int32_t> indices,
                                           std::shared_ptr<const std::vector<std::string>> categories);

}  // namespace customerhealth::arrow
