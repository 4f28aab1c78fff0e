#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "chunk.hpp"

namespace customerhealth::arrow {
namespace {

constexpr double kMostExact = 0x1p53;

/// Integers with a bitmap of those that are there.
struct Whole {
  std::vector<std::int64_t> values;
  std::vector<std::uint8_t> valid;
  std::int64_t bad_row = -1;  // in the chunk

  explicit Whole(std::int64_t rows)
      : values(static_cast<std::size_t>(rows)), valid(static_cast<std::size_t>(rows / 8 + 1)) {}
  void set(std::size_t row, std::int64_t value) noexcept {
    values[row] = value;
    valid[row / 8] |= static_cast<std::uint8_t>(1U << (row % 8));
  }
  void refuse(std::size_t row) noexcept {
    if (bad_row < 0) bad_row = static_cast<std::int64_t>(row);
  }
};

void take_decimals(const ColumnChunk& chunk, Whole& out) {
  std::vector<Int128> scaled(out.values.size());
  std::vector<std::uint8_t> valid(out.values.size());
  chunk.validity(0, valid);
  const std::int64_t unfit = chunk.decimals(0, scaled);
  Int128 unit = 1;
  for (std::int32_t i = 0; i < *chunk.decimal_scale() && unit != 0; ++i) {
    if (__builtin_mul_overflow(unit, Int128{10}, &unit)) unit = 0;  // no value but 0 is whole at such a scale
  }
  for (std::size_t row = 0; row < scaled.size(); ++row) {
    if (valid[row] == 0) continue;
    const bool is_whole = scaled[row] == 0 || (unit != 0 && scaled[row] % unit == 0);
    const Int128 value = is_whole && unit != 0 ? scaled[row] / unit : 0;
    const auto narrow = static_cast<std::int64_t>(value);
    if (is_whole && narrow == value && static_cast<std::int64_t>(row) != unfit)
      out.set(row, narrow);
    else
      out.refuse(row);
  }
}

void take_floats(const ColumnChunk& chunk, Whole& out) {
  std::vector<double> numbers(out.values.size());
  chunk.numbers(0, numbers);
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    if (std::isnan(numbers[row])) continue;
    if (std::trunc(numbers[row]) == numbers[row] && std::abs(numbers[row]) <= kMostExact)
      out.set(row, static_cast<std::int64_t>(numbers[row]));
    else
      out.refuse(row);
  }
}

ColumnChunk as_chunk(Whole&& whole) {
  const auto owner = std::make_shared<const Whole>(std::move(whole));
  auto chunk = std::make_shared<ColumnChunk::Impl>();
  chunk->type.kind = chunk->array.kind = SourceKind::integer;
  chunk->type.storage = chunk->array.storage = NANOARROW_TYPE_INT64;
  chunk->array.rows = std::ssize(owner->values);
  chunk->array.data = reinterpret_cast<const std::byte*>(owner->values.data());
  chunk->array.valid = owner->valid.data();
  chunk->batch = owner;
  return ColumnChunk{std::move(chunk)};
}

}  // namespace

WholeChunks whole_chunks(const std::vector<ColumnChunk>& chunks) {
  WholeChunks out;
  std::int64_t before = 0;
  for (const ColumnChunk& chunk : chunks) {
    Whole whole{chunk.rows()};
    if (chunk.decimal_scale())
      take_decimals(chunk, whole);
    else
      take_floats(chunk, whole);
    if (out.bad_row < 0 && whole.bad_row >= 0) out.bad_row = before + whole.bad_row;
    before += chunk.rows();
    out.chunks.push_back(as_chunk(std::move(whole)));
  }
  return out;
}

}  // namespace customerhealth::arrow
