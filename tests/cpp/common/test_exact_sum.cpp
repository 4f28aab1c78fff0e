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

TEST(ExactSum, adds_a_value_many_times_as_if_one_by_one) {
  for (const double value : {0.1, -3.7e300, 5e-324, 123456789.123}) {
    ExactSum often, once;
    for (int i = 0; i < 1000; ++i) once.add(value);
    once.add(1.5);
    often.add(value, 1000);
    often.add(1.5, 1);
    EXPECT_EQ(often.value(), once.value());
  }
  ExactSum most;
  most.add(1.0, std::int64_t{1} << 32);
  most.add(-0.5, (std::int64_t{1} << 33) - 1);
  EXPECT_EQ(most.value(), 0.5);
  most.add(1e308, 0);
  EXPECT_EQ(most.value(), 0.5);
}

}  // namespace
}  // namespace customerhealth
