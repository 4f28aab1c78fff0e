#include "whole_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace customerhealth::ledger {
namespace {

/// Calls `use(i)` for each row that is not null.
template <class Use>
void each_valid(std::size_t rows, const Buffer<std::uint8_t>& valid, const Use& use) {
  for (std::size_t i = 0; i < rows; ++i) {
    if (valid.empty() || valid[i] != 0) use(i);
  }
}

/// 10^scale; 0 where that leaves 128 bits.
Int128 unit_of(std::int32_t scale) noexcept {
  Int128 unit = 1;
  for (std::int32_t i = 0; i < scale && unit != 0; ++i) {
    if (__builtin_mul_overflow(unit, Int128{10}, &unit)) unit = 0;
  }
  return unit;
}

bool are_whole(const Buffer<double>& numbers) noexcept {
  return std::ranges::all_of(numbers.span(), [](double value) {
    return std::isnan(value) ||
           (std::abs(value) <= static_cast<double>(kMostExactDouble) && std::trunc(value) == value);
  });
}

bool are_whole(const DecimalBuffer& decimals) noexcept {
  const Int128 unit = unit_of(decimals.scale);
  for (std::size_t i = 0; i < decimals.numbers.size(); ++i) {
    const Int128 value = decimals.exact(i);
    if (value != 0 && (unit == 0 || value % unit != 0)) return false;
  }
  return true;
}

}  // namespace

IntegerBuffer whole_numbers(std::span<const Int128> values, Buffer<std::uint8_t>&& valid, bool is_decimal) {
  IntegerBuffer out{Buffer<std::int64_t>(values.size()), std::move(valid), false, is_decimal, {}};
  Int128 least = 0, most = 0;
  each_valid(values.size(), out.valid, [&](std::size_t i) {
    least = std::min(least, values[i]);
    most = std::max(most, values[i]);
  });
  const bool fits_signed = most <= std::numeric_limits<std::int64_t>::max();
  const bool fits_unsigned = least >= 0 && most <= std::numeric_limits<std::uint64_t>::max();
  if (least >= std::numeric_limits<std::int64_t>::min() && (fits_signed || fits_unsigned)) {
    out.is_unsigned = !fits_signed;
    for (std::size_t i = 0; i < values.size(); ++i) out.values[i] = static_cast<std::int64_t>(values[i]);
    return out;
  }
  each_valid(values.size(), out.valid, [&](std::size_t i) { out.wide.push_back(values[i]); });
  std::ranges::sort(out.wide);
  out.wide.erase(std::ranges::unique(out.wide).begin(), out.wide.end());
  std::ranges::fill(out.values.span(), 0);
  each_valid(values.size(), out.valid,
             [&](std::size_t i) { out.values[i] = std::ranges::lower_bound(out.wide, values[i]) - out.wide.begin(); });
  return out;
}

bool is_whole(const StoredColumn& column) noexcept {
  if (const auto* numbers = std::get_if<Buffer<double>>(&column)) return are_whole(*numbers);
  if (const auto* decimals = std::get_if<DecimalBuffer>(&column)) return are_whole(*decimals);
  return std::holds_alternative<IntegerBuffer>(column);
}

std::optional<Int128> whole_number(const StoredColumn& column, std::size_t row) noexcept {
  if (is_missing(view_of(column), row)) return std::nullopt;
  if (const auto* numbers = std::get_if<Buffer<double>>(&column)) return static_cast<Int128>((*numbers)[row]);
  if (const auto* decimals = std::get_if<DecimalBuffer>(&column)) {
    const Int128 unit = unit_of(decimals->scale);
    return unit == 0 ? 0 : decimals->exact(row) / unit;
  }
  const ColumnView view = view_of(column);
  return std::get<IntegerView>(view).exact(row);
}

std::optional<IntegerBuffer> as_whole_numbers(const StoredColumn& column) {
  if (!is_whole(column)) return std::nullopt;
  const std::size_t rows = rows_of(view_of(column));
  std::vector<Int128> values(rows);
  Buffer<std::uint8_t> valid(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto value = whole_number(column, i);
    valid[i] = value ? 1 : 0;
    values[i] = value.value_or(0);
  }
  return whole_numbers(values, std::move(valid), std::holds_alternative<DecimalBuffer>(column));
}

bool is_beyond_doubles(const IntegerBuffer& integers) noexcept {
  if (integers.is_unsigned || !integers.wide.empty()) return true;
  bool found = false;
  each_valid(integers.values.size(), integers.valid, [&](std::size_t i) {
    found |= integers.values[i] > kMostExactDouble || integers.values[i] < -kMostExactDouble;
  });
  return found;
}

}  // namespace customerhealth::ledger
