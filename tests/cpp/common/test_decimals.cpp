#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/common/decimals.hpp"

namespace customerhealth {
namespace {

TEST(Decimals, are_those_of_the_shortest_text) {
  EXPECT_EQ(decimals_of(0.35), 2);
  EXPECT_EQ(decimals_of(0.05), 2);
  EXPECT_EQ(decimals_of(100), 0);
  EXPECT_EQ(decimals_of(1e300), 0);
  EXPECT_EQ(decimals_of(12.5), 1);
  EXPECT_EQ(decimals_of(-0.125), 3);
  EXPECT_EQ(decimals_of(0), 0);
  EXPECT_EQ(decimals_of(5e-324), 324);
  EXPECT_EQ(decimals_of(1.0 / 3), 16);
}

TEST(Decimals, are_shifted_as_they_are_written) {
  EXPECT_EQ(shifted(0.35, 2), 35);
  EXPECT_EQ(shifted(1.1, 1), 11);
  EXPECT_EQ(shifted(0.07, 2), 7);  // 0.07 * 100 is 7.000000000000001
  EXPECT_EQ(shifted(0.29, 2), 29);
  EXPECT_EQ(shifted(-0.29, 3), -290);
  EXPECT_EQ(shifted(20, 0), 20);
  EXPECT_EQ(shifted(0, 300), 0);
  EXPECT_TRUE(std::isinf(shifted(1e300, 10)));
}

TEST(Decimals, add_as_they_are_written) {
  EXPECT_EQ(decimal_sum(0.1, 0.2), 0.3);
  EXPECT_EQ(decimal_sum(70.1, 2.2), 72.3);
  EXPECT_EQ(decimal_sum(70.1, -2.2), 67.9);
  EXPECT_EQ(decimal_sum(75, 3), 78);
  EXPECT_EQ(decimal_sum(1e300, 0.5), 1e300);  // no whole number of tenths has room for both
  EXPECT_EQ(decimal_sum(1e-30, 1), 1);
}

}  // namespace
}  // namespace customerhealth
