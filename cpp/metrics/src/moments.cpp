#include "moments.hpp"

#include <cmath>

#include "customerhealth/common/number.hpp"

namespace customerhealth::metrics {

double Moments::deviation(const FixedPoint& scale) const noexcept {
  const auto n = static_cast<double>(count);
  Uint256 spread = squares.times(static_cast<std::uint64_t>(count));
  spread -= of(sum).squares;
  auto [mantissa, exponent] = spread.nearest();
  exponent += 2 * scale.lowest();
  if (!std::isfinite(std::ldexp(mantissa / n, exponent))) return kInfinity;
  if (exponent % 2 != 0) {
    mantissa *= 2;
    --exponent;
  }
  return std::ldexp(std::sqrt(mantissa / (n * (n - 1))), exponent / 2);
}

}  // namespace customerhealth::metrics
