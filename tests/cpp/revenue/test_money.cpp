#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "customerhealth/revenue/money.hpp"

namespace customerhealth::revenue {
namespace {

TEST(Money, keeps_every_bit_of_a_double_of_a_cent_or_more) {
  const Money money = Money::doubles(1e9, 500'000);
  for (const double number : {0.0, 0.01, 0.1, 1.0 / 3.0, 99.99, 1e9 - 0.1, std::nextafter(0.01, 1.0)})
    EXPECT_EQ(money.number(money.amount(number)), number);
}

TEST(Money, adds_doubles_up_without_error) {
  const Money money = Money::doubles(0.3, 3);
  const Int128 sum = money.amount(0.1) + money.amount(0.2) - money.amount(0.3);
  EXPECT_EQ(money.number(sum), std::ldexp(1.0, -55));  // what 0.1 and 0.2 are above 0.3 as doubles
}

TEST(Money, is_coarser_where_the_largest_sum_would_leave_the_range) {
  const double largest = 1e30;
  const Money money = Money::doubles(largest, 1000);
  EXPECT_EQ(money.number(money.amount(largest)), largest);
  EXPECT_EQ(money.number(1000 * money.amount(largest)), 1000 * largest);
  EXPECT_EQ(money.amount(1e-9), 0);
}

TEST(Money, of_decimals_is_a_whole_number_of_their_scale) {
  EXPECT_TRUE(Money::decimals(2).is_decimal());
  EXPECT_EQ(Money::decimals(2).number(1010), 10.1);
  EXPECT_EQ(Money::decimals(-3).number(5), 5000.0);
  EXPECT_EQ(Money::decimals(2).number(0), 0.0);
}

}  // namespace
}  // namespace customerhealth::revenue
