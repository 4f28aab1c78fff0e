#pragma once

#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>

/// The one door to the functions that IEEE 754 does not pin to the last bit. Everything in the core takes them from
/// here, one value at a time, so that a result cannot depend on which overload, vector variant or library a
/// translation unit happened to pick. Replacing them all (by correctly rounded ones, say) means changing this file.
namespace customerhealth::math {

[[nodiscard]] inline double exp(double x) noexcept { return std::exp(x); }
[[nodiscard]] inline double exp2(double x) noexcept { return std::exp2(x); }
[[nodiscard]] inline double ln(double x) noexcept { return std::log(x); }
[[nodiscard]] inline double log10(double x) noexcept { return std::log10(x); }
[[nodiscard]] inline double log1p(double x) noexcept { return std::log1p(x); }
[[nodiscard]] inline double asinh(double x) noexcept { return std::asinh(x); }
[[nodiscard]] inline double pow(double x, double y) noexcept { return std::pow(x, y); }
[[nodiscard]] inline double sqrt(double x) noexcept { return std::sqrt(x); }

/// As std::floor, but floor(-0.0) is +0.0. Inlined: std::floor may be a call where the build does not require SSE 4.1.
[[nodiscard]] inline double floor(double x) noexcept {
  constexpr double kWhole = 0x1p52;  // from here on every double is whole
  if (!(x > -kWhole && x < kWhole)) return x;
  const auto cut = static_cast<double>(static_cast<std::int64_t>(x));  // towards zero
  return cut - (cut > x ? 1.0 : 0.0);
}

inline constexpr int kMostDigits = 15;

/// Ten to the power of 0 <= digits <= 15: exact in a double.
[[nodiscard]] inline double power_of_ten(int digits) noexcept {
  constexpr std::array<double, kMostDigits + 1> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                        1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  assert(0 <= digits && digits <= kMostDigits);
  return kPowers[static_cast<std::size_t>(digits)];
}

/// h(x * 10^digits) / 10^digits, where h halves away from zero and -15 <= digits <= 15. Formulas and scores round
/// with this one function. With negative digits it divides by 10^-digits, which is exact where 10^digits is not.
/// Infinite where x * 10^digits overflows; never -0.0.
[[nodiscard]] inline double round_digits(double x, int digits) noexcept {
  if (digits == 0) return std::round(x) + 0.0;
  const double power = power_of_ten(digits < 0 ? -digits : digits);
  return (digits > 0 ? std::round(x * power) / power : std::round(x / power) * power) + 0.0;
}

}  // namespace customerhealth::math
