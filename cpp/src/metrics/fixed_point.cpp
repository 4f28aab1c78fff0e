#include "customerhealth/metrics/fixed_point.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace customerhealth {
namespace {

constexpr int kBits = 126;  // of the 128: the sign, and one to spare

struct Parts {
  std::uint64_t mantissa;
  int exponent;  // of the mantissa's lowest bit
};

Parts parts_of(std::uint64_t bits) noexcept {
  const auto biased = static_cast<int>((bits >> 52) & 0x7ff);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  if (biased == 0) return {fraction, -1074};
  return {fraction | (std::uint64_t{1} << 52), biased - 1075};
}

}  // namespace

FixedPoint::FixedPoint(int lowest) noexcept : lowest_{lowest}, unit_{std::ldexp(1.0, lowest)} {}

std::optional<FixedPoint> FixedPoint::fit(std::span<const double> values) noexcept {
  int lowest = 1024, highest = -1075;
  for (const double value : values) {
    const Parts parts = parts_of(std::bit_cast<std::uint64_t>(value));
    if (parts.mantissa == 0) continue;
    lowest = std::min(lowest, parts.exponent + std::countr_zero(parts.mantissa));
    highest = std::max(highest, parts.exponent + static_cast<int>(std::bit_width(parts.mantissa)));
  }
  if (lowest > highest) return FixedPoint{0};
  if (highest - lowest + static_cast<int>(std::bit_width(values.size())) > kBits) return std::nullopt;
  return FixedPoint{lowest};
}

Int128 FixedPoint::scaled(double value) const noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const Parts parts = parts_of(bits);
  const int shift = parts.exponent - lowest_;
  const auto magnitude = shift >= 0 ? static_cast<Int128>(parts.mantissa) << (parts.mantissa == 0 ? 0 : shift)
                                    : static_cast<Int128>(parts.mantissa >> std::min(-shift, 63));
  return (bits >> 63) != 0 ? -magnitude : magnitude;
}

}  // namespace customerhealth
