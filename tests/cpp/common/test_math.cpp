#include <gtest/gtest.h>

#include "customerhealth/common/math.hpp"

namespace customerhealth {
namespace {

using math::round_digits;

TEST(RoundDigits, takes_halves_away_from_zero) {
  EXPECT_EQ(round_digits(2.5, 0), 3.0);
  EXPECT_EQ(round_digits(-2.5, 0), -3.0);
  EXPECT_EQ(round_digits(0.125, 2), 0.13);
  EXPECT_EQ(round_digits(70.83333333333333, 2), 70.83);
}

TEST(RoundDigits, rounds_left_of_the_point) {
  EXPECT_EQ(round_digits(1250.0, -2), 1300.0);
  EXPECT_EQ(round_digits(-49.0, -2), 0.0);
  EXPECT_EQ(round_digits(3.0, -15), 0.0);
}

TEST(RoundDigits, never_gives_a_negative_zero) {
  EXPECT_FALSE(std::signbit(round_digits(-0.2, 0)));
  EXPECT_FALSE(std::signbit(round_digits(-0.001, 2)));
  EXPECT_FALSE(std::signbit(round_digits(-3.0, -2)));
}

TEST(RoundDigits, tells_an_overflow_by_infinity) { EXPECT_TRUE(std::isinf(round_digits(1e300, 15))); }

}  // namespace
}  // namespace customerhealth
