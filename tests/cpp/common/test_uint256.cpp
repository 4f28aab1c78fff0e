#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "customerhealth/common/uint256.hpp"

namespace customerhealth {
namespace {

Uint128 wide(std::uint64_t high, std::uint64_t low) { return static_cast<Uint128>(high) << 64 | low; }
double double_of(const Uint256& value) {
  const auto [mantissa, exponent] = value.nearest();
  return std::ldexp(mantissa, exponent);
}

TEST(Uint256, squares_as_the_difference_of_squares_says) {
  std::mt19937_64 random{1};
  for (int round = 0; round < 2'000; ++round) {
    const Uint128 a = wide(random() >> (round % 64), random());
    const std::uint64_t b = random() >> (round % 61);
    if (a + b < a) continue;
    // (a + b)² = a² + b² + 2ab, where 2ab is (a times b) twice.
    Uint256 sum = Uint256::square(a);
    sum += Uint256::square(b);
    Uint256 product;  // a * b: the low word of a, and the high word by way of squares: (h + b)² - h² - b² is 2hb
    const auto low = static_cast<std::uint64_t>(a), high = static_cast<std::uint64_t>(a >> 64);
    product = Uint256::square(static_cast<Uint128>(low) + b);
    product -= Uint256::square(low);
    product -= Uint256::square(b);
    sum += product;
    Uint256 upper = Uint256::square(static_cast<Uint128>(high) + b);
    upper -= Uint256::square(high);
    upper -= Uint256::square(b);
    for (int shift = 0; shift < 2; ++shift) upper = upper.times(std::uint64_t{1} << 32);
    sum += upper;
    EXPECT_EQ(sum, Uint256::square(a + b));
  }
}

TEST(Uint256, adds_and_subtracts_with_carries) {
  const Uint256 most = Uint256::square(~Uint128{0}), one = Uint256::square(1);
  Uint256 sum = most;
  sum += one;
  EXPECT_EQ(sum - most, one);
  EXPECT_EQ(sum - one, most);
  EXPECT_EQ(Uint256{} - Uint256{}, Uint256{});
  Uint256 around;
  around -= one;  // all bits
  around += one;
  EXPECT_EQ(around, Uint256{});
}

TEST(Uint256, multiplies_as_it_adds) {
  const Uint256 value = Uint256::square(wide(0x1234'5678'9abc'def0U, ~std::uint64_t{0}));
  Uint256 sum;
  for (int i = 0; i < 7; ++i) sum += value;
  EXPECT_EQ(value.times(7), sum);
  EXPECT_EQ(value.times(0), Uint256{});
}

TEST(Uint256, becomes_the_nearest_double) {
  EXPECT_EQ(double_of(Uint256{}), 0);
  EXPECT_EQ(double_of(Uint256::square(3)), 9);
  EXPECT_EQ(double_of(Uint256::square(std::uint64_t{1} << 63)), 0x1p126);
  EXPECT_EQ(double_of(Uint256::square(Uint128{1} << 127)), 0x1p254);
  Uint256 half = Uint256::square(Uint128{1} << 60);  // 2^120 + 2^67 lies half way between two doubles
  half += Uint256::square(1).times(std::uint64_t{1} << 63).times(16);
  EXPECT_EQ(double_of(half), 0x1p120);
  half += Uint256::square(1);
  EXPECT_EQ(double_of(half), 0x1p120 + 0x1p68);
}

}  // namespace
}  // namespace customerhealth
