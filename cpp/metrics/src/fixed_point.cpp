#include "fixed_point.hpp"

#include <cmath>

namespace customerhealth::metrics {
namespace {

constexpr int kBits = 126;      // of 128: one is the sign, one is spare
constexpr int kLowest = -1074;  // exponent of the lowest bit of any double

}  // namespace

FixedPoint::FixedPoint(int lowest) noexcept : lowest_{lowest}, unit_{std::ldexp(1.0, lowest)} {}

FixedPoint FixedPoint::under(std::span<const double> values) noexcept {
  std::uint64_t largest = 0;  // the bits of doubles without sign are ordered as the doubles are
  for (const double value : values) largest = std::max(largest, std::bit_cast<std::uint64_t>(value) << 1 >> 1);
  const int highest = std::max(static_cast<int>(largest >> 52), 1) - 1022;  // the exponent above the highest bit
  return FixedPoint{std::max(kLowest, highest + static_cast<int>(std::bit_width(values.size())) - kBits)};
}

}  // namespace customerhealth::metrics
