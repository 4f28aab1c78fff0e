#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "customerhealth/common/exact_sum.hpp"

namespace customerhealth {
namespace {

double sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

TEST(ExactSum, keeps_what_a_running_double_loses) {
  EXPECT_EQ(sum_of({1e308, 1.0, -1e308}), 1.0);
  EXPECT_EQ(sum_of({0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 1.0);
  EXPECT_EQ(sum_of({1e16, 1.0, 1e-16}), 10000000000000002.0);  // a tie but for the last summand
  EXPECT_EQ(sum_of({1e16, 1.0}), 1e16);                        // the tie: to even
}

TEST(ExactSum, handles_the_ends_of_the_range) {
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(sum_of({tiny, tiny, tiny}), 3 * tiny);
  EXPECT_EQ(sum_of({-tiny}), -tiny);
  const double huge = std::numeric_limits<double>::max();
  EXPECT_EQ(sum_of({huge, huge, -huge}), huge);
  EXPECT_TRUE(std::isnan(sum_of({huge, huge})));
  EXPECT_EQ(sum_of({}), 0.0);
}

TEST(ExactSum, does_not_depend_on_the_order) {
  std::mt19937_64 random{7};
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) {
    const double mantissa = std::uniform_real_distribution{-1.0, 1.0}(random);
    values.push_back(std::ldexp(mantissa, std::uniform_int_distribution{-300, 300}(random)));
  }
  const double expected = sum_of(values);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(values.begin(), values.end(), random);
    EXPECT_EQ(sum_of(values), expected);
  }
}

}  // namespace
}  // namespace customerhealth
