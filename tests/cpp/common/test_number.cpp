#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "customerhealth/common/number.hpp"

namespace customerhealth {
namespace {

using Limits = std::numeric_limits<double>;

TEST(Number, shortest_texts_read_back_as_the_same_number) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(shortest(2.0), "2");
  EXPECT_EQ(shortest(-1.5), "-1.5");
}

TEST(Number, shortest_texts_take_powers_where_they_are_shorter) {
  EXPECT_EQ(shortest(1e5), "1e+05");
  EXPECT_EQ(shortest(123456.0), "123456");
  EXPECT_EQ(shortest(1e-7), "1e-07");
}

TEST(Number, shortest_texts_reach_the_ends_of_doubles) {
  EXPECT_EQ(shortest(Limits::max()), "1.7976931348623157e+308");
  EXPECT_EQ(shortest(-Limits::min()), "-2.2250738585072014e-308");
  EXPECT_EQ(shortest(Limits::denorm_min()), "5e-324");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(-Limits::infinity()), "-inf");
}

TEST(Number, no_number_equals_the_missing_one) {
  EXPECT_TRUE(std::isnan(kNan));
  EXPECT_EQ(shortest(kNan), "nan");
}

}  // namespace
}  // namespace customerhealth
