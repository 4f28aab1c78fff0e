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

double mean_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.mean(static_cast<std::int64_t>(values.size()));
}

TEST(ExactSum, gives_a_mean_that_is_rounded_once) {
  EXPECT_EQ(mean_of({0.1, 0.1, 0.1}), 0.1);  // the sum, rounded first, would give 0.10000000000000002
  EXPECT_EQ(mean_of({-0.1, -0.1, -0.1}), -0.1);
  EXPECT_EQ(mean_of({1, 2}), 1.5);
  EXPECT_EQ(mean_of({1, 1, 0}), 2.0 / 3);
  EXPECT_EQ(mean_of({0.0, -0.0}), 0.0);
  const double huge = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(mean_of({huge, huge, huge}), huge);  // the sum fits no double
  EXPECT_EQ(mean_of({tiny, 0}), 0.0);            // a tie: to even
  EXPECT_EQ(mean_of({3 * tiny, 0}), 2 * tiny);
  EXPECT_EQ(mean_of({tiny, tiny, 0}), tiny);
  EXPECT_EQ(mean_of({tiny, 0, 0}), 0.0);
  EXPECT_EQ(mean_of({1e308, 3 * tiny, -1e308}), tiny);
  // Half a unit above 1, and a bit far below that decides.
  const double unit = std::numeric_limits<double>::epsilon();
  EXPECT_EQ(mean_of({1 + unit, 1}), 1.0);
  ExactSum more;
  for (const double value : {1 + unit, 1.0, 1e-300}) more.add(value);
  EXPECT_EQ(more.mean(2), 1 + unit);
}

TEST(ExactSum, of_one_value_many_times_has_that_value_as_its_mean) {
  std::mt19937_64 random{11};
  for (int i = 0; i < 2000; ++i) {
    const double value = std::ldexp(std::uniform_real_distribution{-1.0, 1.0}(random),
                                    std::uniform_int_distribution{-1073, 1023}(random));
    const auto times = std::uniform_int_distribution<std::int64_t>{1, std::int64_t{1} << 40}(random);
    ExactSum sum;
    sum.add(value, times);
    ASSERT_EQ(sum.mean(times), value) << value << " " << times;
  }
}

}  // namespace
}  // namespace customerhealth
