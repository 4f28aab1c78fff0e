#pragma once

#include <cstdint>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/uint256.hpp"
#include "fixed_point.hpp"

namespace customerhealth::metrics {

/// Some numbers by their exact sum and that of their squares, as multiples of a FixedPoint's unit.
struct Moments {
  std::int64_t count = 0;
  Int128 sum = 0;
  Uint256 squares;

  [[nodiscard]] static Moments of(Int128 value) noexcept {
    return {1, value, Uint256::square(static_cast<Uint128>(value < 0 ? -value : value))};
  }
  Moments& operator+=(const Moments& other) noexcept {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
    return *this;
  }
  Moments& operator-=(const Moments& other) noexcept {
    count -= other.count;
    sum -= other.sum;
    squares -= other.squares;
    return *this;
  }
  /// The standard deviation (n - 1) of two numbers or more: n Σx² - (Σx)² in integers, then one quotient and one root.
  /// Infinite where the sum of squared distances from the mean fits no double.
  [[nodiscard]] double deviation(const FixedPoint& scale) const noexcept;
};

}  // namespace customerhealth::metrics
