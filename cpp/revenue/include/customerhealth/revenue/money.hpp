#pragma once

#include <cstdint>

#include "customerhealth/common/int128.hpp"

namespace customerhealth::revenue {

/// The unit in which amounts are whole numbers, so that sums of them are exact and close: 10^-scale for a column of
/// decimals, else a power of two.
///
/// Doubles are taken at 2^-60, or coarser where the largest of them, added up over all rows, would leave 128 bits. An
/// amount of a cent or more then keeps every bit.
class Money {
 public:
  /// Whether the sums of `rows` decimals, of which none is beyond ±largest, fit 128 bits at the scale.
  [[nodiscard]] static bool holds_decimals(std::int32_t scale, double largest, std::int64_t rows) noexcept;
  [[nodiscard]] static Money decimals(std::int32_t scale) noexcept { return Money{true, scale}; }
  /// For `rows` numbers of which none is beyond ±largest.
  [[nodiscard]] static Money doubles(double largest, std::int64_t rows) noexcept;

  [[nodiscard]] bool is_decimal() const noexcept { return is_decimal_; }
  /// Decimals only.
  [[nodiscard]] std::int32_t scale() const noexcept { return scale_; }
  /// The nearest whole number of units (doubles only).
  [[nodiscard]] Int128 amount(double number) const noexcept;
  /// The nearest double.
  [[nodiscard]] double number(Int128 amount) const noexcept {
    if (amount == 0) return 0;  // as most movements are
    return is_decimal_ ? decimal_number(amount) : nearest_double(amount) * unit_;
  }

 private:
  Money(bool is_decimal, std::int32_t scale) noexcept;
  [[nodiscard]] double decimal_number(Int128 amount) const noexcept;
  bool is_decimal_;
  std::int32_t scale_;  // of ten, or of two
  double unit_;         // doubles only: 2^-scale
};

}  // namespace customerhealth::revenue
