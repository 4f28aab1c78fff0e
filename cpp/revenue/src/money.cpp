#include "customerhealth/revenue/money.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace customerhealth::revenue {
namespace {

constexpr int kBits = 125;   // of the 128: the sign, and two to spare for a difference of two sums
constexpr int kFinest = 60;  // a double of 2^-8 ends at 2^-60

}  // namespace

Money::Money(bool is_decimal, std::int32_t scale) noexcept
    : is_decimal_{is_decimal}, scale_{scale}, unit_{is_decimal ? 0 : std::ldexp(1.0, -scale)} {}

bool Money::holds_decimals(std::int32_t scale, double largest, std::int64_t rows) noexcept {
  constexpr std::int32_t kMostDigits = 38;  // of a decimal that Arrow holds in 128 bits
  if (scale > kMostDigits) return false;
  const double sum = largest * static_cast<double>(rows) * std::pow(10.0, scale);
  return sum < std::ldexp(1.0, kBits);
}

Money Money::doubles(double largest, std::int64_t rows) noexcept {
  int exponent = 0;
  std::frexp(largest, &exponent);
  const int digits = exponent + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(rows)));
  return Money{false, std::min(kFinest, kBits - digits)};
}

Int128 Money::amount(double number) const noexcept {
  return static_cast<Int128>(std::nearbyint(std::ldexp(number, scale_)));
}

double Money::decimal_number(Int128 amount) const noexcept {
  const auto units = static_cast<double>(amount);
  return scale_ >= 0 ? units / std::pow(10.0, scale_) : units * std::pow(10.0, -scale_);
}

}  // namespace customerhealth::revenue
