#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/quotient.hpp"

namespace customerhealth::metrics {

/// Doubles as whole multiples of one power of two. Sums of these in 128-bit integers are exact, so the order of
/// additions and subtractions does not matter. It works if the highest and the lowest bit of all values lie within 126
/// bits minus the bits of their count; most columns do, and the caller falls back to ExactSum for those that do not.
class FixedPoint {
 public:
  /// The finest scale under which the sum of all `values` (finite) cannot overflow.
  [[nodiscard]] static FixedPoint under(std::span<const double> values) noexcept;

  /// A scale of which 2^lowest is the unit.
  [[nodiscard]] static FixedPoint of_unit(int lowest) noexcept { return FixedPoint{lowest}; }
  /// The exponent of the unit.
  [[nodiscard]] int lowest() const noexcept { return lowest_; }

  /// Adds the value to `sum`; false where the scale is too coarse for its lowest bit.
  [[nodiscard]] bool add(double value, Int128& sum) const noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto biased = static_cast<int>((bits >> 52) & 0x7ff);
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
    const auto mantissa = static_cast<Int128>(biased == 0 ? fraction : fraction | (std::uint64_t{1} << 52));
    const int shift = (biased == 0 ? 1 : biased) - 1075 - lowest_;
    if (shift < 0 && !is_whole(static_cast<std::uint64_t>(mantissa), -shift)) return false;
    const Int128 magnitude = shift >= 0 ? mantissa << shift : mantissa >> std::min(-shift, 63);
    sum += (bits >> 63) != 0 ? -magnitude : magnitude;
    return true;
  }

  /// The nearest double, rounded once; infinite where it does not fit.
  [[nodiscard]] double value(Int128 sum) const noexcept {
    const auto size = static_cast<Uint128>(sum < 0 ? -sum : sum);
    const auto high = static_cast<std::uint64_t>(size >> 64);
    // Keep the upper 63 bits and set the last of them if any bit below is set: then the conversion to a double (53
    // bits) rounds as if it had seen all bits.
    const int drop = high > 0 ? 65 - std::countl_zero(high) : static_cast<std::int64_t>(size) < 0 ? 1 : 0;
    const auto kept = static_cast<std::int64_t>(size >> drop);
    const bool rest = (size & ((Uint128{1} << drop) - 1)) != 0;
    const double rounded = static_cast<double>(kept | (rest ? 1 : 0)) * unit_ * power_of_two(drop);
    return sum < 0 ? -rounded : rounded;
  }

  /// The sum of so many values (1 or more) divided by their number, rounded once.
  [[nodiscard]] double mean(Int128 sum, std::int64_t count) const noexcept {
    const double size = nearest_quotient(static_cast<Uint128>(sum < 0 ? -sum : sum), false, lowest_, count);
    return sum < 0 ? -size : size;
  }

 private:
  explicit FixedPoint(int lowest) noexcept;
  [[nodiscard]] static bool is_whole(std::uint64_t mantissa, int bits) noexcept {
    return bits < 64 ? (mantissa & ((std::uint64_t{1} << bits) - 1)) == 0 : mantissa == 0;
  }
  [[nodiscard]] static double power_of_two(int exponent) noexcept {
    return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
  }

  int lowest_ = 0;  // the exponent of the unit
  double unit_ = 1;
};

}  // namespace customerhealth::metrics
