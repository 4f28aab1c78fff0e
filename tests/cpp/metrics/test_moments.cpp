#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "moments.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {
namespace {

TEST(Moments, see_a_variance_that_is_tiny_beside_the_mean) {
  // Two passes over doubles would lose these: the mean of 1e15 + {0, 1, 2} is known to an eighth.
  EXPECT_EQ(deviation_of(std::vector<double>{1e15, 1e15 + 1, 1e15 + 2}), 1);
  const double step = 0x1p-52;
  EXPECT_EQ(deviation_of(std::vector<double>{1, 1 + step, 1 + 2 * step}), step);
  EXPECT_EQ(deviation_of(std::vector<double>{0.1, 0.1, 0.1}), 0);
  EXPECT_EQ(deviation_of(std::vector<double>{-0.0, 0.0}), 0);
}

TEST(Moments, hold_over_all_exponents) {
  EXPECT_EQ(deviation_of(std::vector<double>{0, 0x1p-1073}), std::sqrt(0.5) * 0x1p-1073);
  EXPECT_EQ(deviation_of(std::vector<double>{0x1p500, -0x1p500}), std::sqrt(2.0) * 0x1p500);
  EXPECT_EQ(deviation_of(std::vector<double>{1e200, -1e200}), INFINITY);  // their squares fit no double
  EXPECT_NEAR(deviation_of(std::vector<double>{1, 0x1p120, 0}) / 0x1p120, std::sqrt(1.0 / 3), 1e-15);
  EXPECT_NEAR(deviation_of(std::vector<double>{1e-100, 1e100, 0}) / 1e100, std::sqrt(1.0 / 3), 1e-15);  // too far apart
}

TEST(Moments, add_and_take_away) {
  const FixedPoint scale = FixedPoint::of_unit(0);
  Moments moments = Moments::of(3);
  moments += Moments::of(-7);
  moments += Moments::of(5);
  moments -= Moments::of(-7);
  EXPECT_EQ(moments.count, 2);
  EXPECT_EQ(moments.deviation(scale), std::sqrt(2.0));
}

}  // namespace
}  // namespace customerhealth::metrics
