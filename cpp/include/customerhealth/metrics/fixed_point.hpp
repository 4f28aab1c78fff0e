#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "customerhealth/common/int128.hpp"

namespace customerhealth {

/// Doubles as whole multiples of one power of two, so that they add exactly in 128 bits, whatever is added or taken
/// away first. Fits when the values' highest and lowest bits lie near enough to each other; they mostly do.
class FixedPoint {
 public:
  /// A scale under which the sum of all `values` (finite) cannot overflow; nothing when there is none.
  [[nodiscard]] static std::optional<FixedPoint> fit(std::span<const double> values) noexcept;

  [[nodiscard]] Int128 scaled(double value) const noexcept;
  /// The nearest double, rounded once; infinite where it does not fit.
  [[nodiscard]] double value(Int128 sum) const noexcept {
    const auto small = static_cast<std::int64_t>(sum);
    const double rounded = small == sum ? static_cast<double>(small) : static_cast<double>(sum);
    return rounded * unit_;  // exact: a power of two, and sums are multiples of the least double
  }

 private:
  explicit FixedPoint(int lowest) noexcept;
  int lowest_ = 0;  // the exponent of the unit
  double unit_ = 1;
};

}  // namespace customerhealth
