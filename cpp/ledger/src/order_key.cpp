#include "customerhealth/ledger/order_key.hpp"

#include <cmath>

#include "customerhealth/common/instant.hpp"

namespace customerhealth::ledger {
namespace {

constexpr std::int32_t kDigits = 38;  // of OrderKey::parts
constexpr double kMostWhole = 0x1p126;

/// A fraction, 0 or more and below 1, in 10^-38, floored. It is m * 2^-k of a whole m, and 10^38 is 5^38 * 2^38; the
/// product m * 5^38 may take 142 bits, so that it is held as `high` * 2^64 + `low`.
Int128 parts_of(double fraction) noexcept {
  if (fraction == 0) return 0;
  constexpr int kMantissa = 53;
  int exponent = 0;
  const auto m =
      static_cast<Uint128>(static_cast<std::uint64_t>(std::ldexp(std::frexp(fraction, &exponent), kMantissa)));
  const int shift = kMantissa - exponent - kDigits;
  Uint128 power = 1;  // 5^38
  for (std::int32_t i = 0; i < kDigits; ++i) power *= 5;
  constexpr Uint128 kLow = ~std::uint64_t{0};
  const Uint128 low = m * (power & kLow), high = m * (power >> 64) + (low >> 64);
  if (shift >= 128 + 64) return 0;
  if (shift >= 64) return static_cast<Int128>(high >> (shift - 64));
  return static_cast<Int128>((high << (64 - shift)) | ((low & kLow) >> shift));
}

OrderKey of_double(double number) noexcept {
  if (number != number) return {};
  if (std::abs(number) >= kMostWhole) {
    const auto most = static_cast<Int128>(kMostWhole);
    return {true, number < 0 ? -most : most, 0, number};
  }
  const double whole = std::floor(number);
  return {true, static_cast<Int128>(whole), parts_of(number - whole), number};
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
