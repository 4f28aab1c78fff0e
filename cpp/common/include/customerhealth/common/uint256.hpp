#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "customerhealth/common/int128.hpp"

namespace customerhealth {

/// Unsigned integers of 256 bits, for exact sums of squares. Arithmetic is modulo 2^256.
class Uint256 {
 public:
  constexpr Uint256() noexcept = default;

  [[nodiscard]] static constexpr Uint256 square(Uint128 value) noexcept {
    const auto low = static_cast<std::uint64_t>(value), high = static_cast<std::uint64_t>(value >> 64);
    const Uint128 lowest = static_cast<Uint128>(low) * low, cross = static_cast<Uint128>(low) * high,
                  highest = static_cast<Uint128>(high) * high;
    Uint256 out;
    out.words_[0] = static_cast<std::uint64_t>(lowest);
    Uint128 sum = (lowest >> 64) + (static_cast<Uint128>(static_cast<std::uint64_t>(cross)) << 1);
    out.words_[1] = static_cast<std::uint64_t>(sum);
    sum = (sum >> 64) + ((cross >> 64) << 1) + static_cast<std::uint64_t>(highest);
    out.words_[2] = static_cast<std::uint64_t>(sum);
    out.words_[3] = static_cast<std::uint64_t>(sum >> 64) + static_cast<std::uint64_t>(highest >> 64);
    return out;
  }

  constexpr Uint256& operator+=(const Uint256& other) noexcept {
    Uint128 carry = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
      carry += static_cast<Uint128>(words_[i]) + other.words_[i];
      words_[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return *this;
  }
  constexpr Uint256& operator-=(const Uint256& other) noexcept {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
      const Uint128 rest = static_cast<Uint128>(words_[i]) - other.words_[i] - borrow;
      words_[i] = static_cast<std::uint64_t>(rest);
      borrow = static_cast<std::uint64_t>(rest >> 64) & 1;
    }
    return *this;
  }
  [[nodiscard]] friend constexpr Uint256 operator-(Uint256 a, const Uint256& b) noexcept { return a -= b; }
  [[nodiscard]] constexpr Uint256 times(std::uint64_t factor) const noexcept {
    Uint256 out;
    Uint128 carry = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
      carry += static_cast<Uint128>(words_[i]) * factor;
      out.words_[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return out;
  }
  friend constexpr bool operator==(const Uint256&, const Uint256&) noexcept = default;

  /// mantissa * 2^exponent is the nearest double to the number, were exponents without limits; 2^62 <= mantissa <=
  /// 2^63.
  struct Nearest {
    double mantissa = 0;
    int exponent = 0;
  };
  [[nodiscard]] constexpr Nearest nearest() const noexcept {
    std::size_t top = kWords - 1;
    while (top > 0 && words_[top] == 0) --top;
    if (words_[top] == 0) return {};
    const int zeros = std::countl_zero(words_[top]);
    std::uint64_t first = words_[top] << zeros, rest = 0;
    if (top > 0 && zeros > 0) first |= words_[top - 1] >> (64 - zeros);
    if (top > 0) rest = words_[top - 1] << zeros;
    for (std::size_t i = 0; i + 1 < top; ++i) rest |= words_[i];
    // The first 63 bits, the last of them set if any bit below is: rounding to 53 bits then sees all that matters.
    const std::uint64_t kept = (first >> 1) | (first & 1) | (rest != 0 ? 1 : 0);
    return {static_cast<double>(static_cast<std::int64_t>(kept)), static_cast<int>(64 * top) - zeros + 1};
  }

 private:
  static constexpr std::size_t kWords = 4;
  std::array<std::uint64_t, kWords> words_{};  // the least first
};

}  // namespace customerhealth
