#include "customerhealth/ledger/order_key.hpp"

#include <cmath>

#include "customerhealth/common/instant.hpp"

namespace customerhealth::ledger {
namespace {

constexpr std::int32_t kDigits = 38;  // of OrderKey::parts
constexpr double kMostWhole = 0x1p126;

OrderKey of_double(double number) noexcept {
  if (number != number) return {};
  if (std::abs(number) >= kMostWhole) {
    const auto most = static_cast<Int128>(kMostWhole);
    return {true, number < 0 ? -most : most, 0, number};
  }
  const double whole = std::floor(number);
  return {true, static_cast<Int128>(whole), static_cast<Int128>((number - whole) * 1e38), number};
}

Int128 power_of_ten(std::int32_t exponent) noexcept {
  Int128 power = 1;
  for (std::int32_t i = 0; i < exponent; ++i) power *= 10;
  return power;
}

OrderKey of_decimal(const DecimalBuffer& decimals, std::size_t row) noexcept {
  const double number = decimals.numbers[row];
  if (number != number || decimals.scale > kDigits) return of_double(number);
  const Int128 unit = power_of_ten(decimals.scale), exact = decimals.exact(row);
  const Int128 whole = exact / unit - (exact % unit < 0 ? 1 : 0);
  return {true, whole, (exact - whole * unit) * power_of_ten(kDigits - decimals.scale), number};
}

}  // namespace

OrderKey order_key(const StoredColumn& column, std::size_t row) noexcept {
  if (const auto* decimals = std::get_if<DecimalBuffer>(&column)) return of_decimal(*decimals, row);
  const ColumnView view = view_of(column);
  if (is_missing(view, row)) return {};
  if (const auto* integers = std::get_if<IntegerView>(&view)) {
    return {true, integers->exact(row), 0, integers->number(row)};
  }
  if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) {
    return {true, micros_since_epoch((*instants)[row]), 0, 0};
  }
  const auto* numbers = std::get_if<std::span<const double>>(&view);
  return numbers == nullptr ? OrderKey{} : of_double((*numbers)[row]);
}

}  // namespace customerhealth::ledger
