#include "moments.hpp"

#include <bit>
#include <cmath>

#include "customerhealth/common/number.hpp"

namespace customerhealth::metrics {
namespace {

/// value * 2^exponent, where neither that nor the power is subnormal or infinite; a call of std::ldexp costs as much as
/// the root.
double scaled(double value, int exponent) noexcept {
  return value * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
}

}  // namespace

double Moments::deviation(const FixedPoint& scale) const noexcept {
  const auto n = static_cast<double>(count);
  Uint256 spread = squares.times(static_cast<std::uint64_t>(count));
  spread -= of(sum).squares;
  auto [mantissa, exponent] = spread.nearest();
  exponent += 2 * scale.lowest();
  constexpr int kFar = 900;  // the mantissa is 2^63 at most
  const bool near = -kFar < exponent && exponent < kFar;
  if (!near && !std::isfinite(std::ldexp(mantissa / n, exponent))) return kInfinity;
  if (exponent % 2 != 0) {
    mantissa *= 2;
    --exponent;
  }
  const double root = std::sqrt(mantissa / (n * (n - 1)));  // 0, or between 1 and 2^32
  return near ? scaled(root, exponent / 2) : std::ldexp(root, exponent / 2);
}

}  // namespace customerhealth::metrics
