#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "customerhealth/common/exact_sum.hpp"
#include "fixed_point.hpp"

namespace customerhealth::metrics {
namespace {

double exact_sum(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

/// The sum by fixed point: some values added, taken away and added again on the way. Nothing where it does not fit.
std::optional<double> fixed_sum(const std::vector<double>& values) {
  const FixedPoint scale = FixedPoint::under(values);
  Int128 sum = 0;
  std::vector<Int128> scaled;
  for (const double value : values) {
    const Int128 before = sum;
    if (!scale.add(value, sum)) return std::nullopt;
    scaled.push_back(sum - before);
  }
  for (std::size_t i = 0; i < values.size(); i += 2) sum -= scaled[i];
  for (std::size_t i = 0; i < values.size(); i += 2) sum += scaled[i];
  return scale.value(sum);
}

void expect_equal_bits(double fixed, double exact) {
  if (std::isnan(exact)) {
    EXPECT_FALSE(std::isfinite(fixed));  // overflow: each has its own way of saying so
  } else {
    EXPECT_EQ(fixed, exact);
    EXPECT_FALSE(fixed == 0 && std::signbit(fixed));
  }
}

TEST(FixedPoint, sums_as_exact_sum_does) {
  std::mt19937_64 random{31};
  int fitted = 0;
  for (int round = 0; round < 2000; ++round) {
    const int center = std::uniform_int_distribution{-1060, 1010}(random);
    const int spread = std::uniform_int_distribution{0, 60}(random);
    std::vector<double> values;
    for (int i = 0; i < round % 40; ++i) {
      const double mantissa = std::uniform_real_distribution{-1.0, 1.0}(random);
      values.push_back(std::ldexp(mantissa, center + std::uniform_int_distribution{-spread, spread}(random)));
      if (random() % 5 == 0) values.back() = -values[random() % values.size()];  // cancels
      if (!std::isfinite(values.back())) values.back() = 0.0;
    }
    const auto sum = fixed_sum(values);
    if (!sum) continue;
    ++fitted;
    expect_equal_bits(*sum, exact_sum(values));
  }
  EXPECT_GT(fitted, 1000);
}

TEST(FixedPoint, handles_the_ends_of_the_range) {
  const double tiny = std::numeric_limits<double>::denorm_min(), huge = std::numeric_limits<double>::max();
  const double half_ulp = std::ldexp(1.0, 970);
  for (const std::vector<double>& values : std::vector<std::vector<double>>{{},
                                                                            {0.0, -0.0},
                                                                            {tiny, tiny, -tiny},
                                                                            {-tiny, -tiny},
                                                                            {tiny, 1e-310, 2.2e-308},
                                                                            {huge, huge, -huge},
                                                                            {huge, huge},
                                                                            {-huge, -huge},
                                                                            {huge, half_ulp},
                                                                            {huge, half_ulp / 2},
                                                                            {1e16, 1.0, 1e-4},
                                                                            {0.1, -0.1}}) {
    const auto sum = fixed_sum(values);
    ASSERT_TRUE(sum);
    expect_equal_bits(*sum, exact_sum(values));
  }
}

TEST(FixedPoint, rounds_ties_to_even) {
  const double big = 0x1p53;
  for (const auto& values : {std::vector{big, 1.0}, std::vector{big + 2, 1.0}, std::vector{big, 1.0, 0x1p-60}}) {
    EXPECT_EQ(fixed_sum(values), exact_sum(values));
  }
}

TEST(FixedPoint, declines_exponents_that_lie_too_far_apart) {
  EXPECT_FALSE(fixed_sum({1e30, 1e-30}));
  EXPECT_FALSE(fixed_sum({std::numeric_limits<double>::max(), 1.0}));
  EXPECT_TRUE(fixed_sum({0x1p100, 1.0, 0.0}));  // zeros need no room
}

TEST(FixedPoint, leaves_room_for_the_sum_of_all) {
  const std::vector<double> values(1 << 16, 0x1p108 + 0x1p60);
  EXPECT_EQ(fixed_sum(values), exact_sum(values));
  EXPECT_FALSE(fixed_sum({0x1p125, 1.0}));
}

}  // namespace
}  // namespace customerhealth::metrics
