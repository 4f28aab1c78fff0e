#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "values.hpp"

namespace customerhealth::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Equal keys for equal values and for no others.
void expect_keys_tell(Values values, const std::vector<std::vector<bool>>& equal) {
  const std::vector<std::uint64_t> keys(values.distinct_keys().begin(), values.distinct_keys().end());
  for (std::size_t i = 0; i < equal.size(); ++i) {
    for (std::size_t j = 0; j < equal.size(); ++j) {
      if (!values.has(i) || !values.has(j)) continue;
      EXPECT_EQ(keys[i] == keys[j], bool{equal[i][j]}) << i << " " << j;
      EXPECT_EQ(values.identities().keys[i] == values.identities().keys[j], bool{equal[i][j]}) << i << " " << j;
    }
  }
}

std::vector<std::vector<bool>> equality(const std::vector<double>& numbers) {
  std::vector<std::vector<bool>> equal(numbers.size(), std::vector<bool>(numbers.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (std::size_t j = 0; j < numbers.size(); ++j) equal[i][j] = numbers[i] == numbers[j];
  }
  return equal;
}

TEST(Values, have_keys_that_are_equal_where_numbers_are) {
  const std::vector<double> whole = {0.0, -0.0, 3, -3, kNaN, 0x1p53 - 1, 1 - 0x1p53, 3};
  std::vector<double> mixed = whole;
  mixed.insert(mixed.end(), {0.5, 1e300, -1e300, 0x1p53, 0x1p63, 0.5});
  for (const auto& numbers : {whole, mixed}) expect_keys_tell(Values{Column{numbers}}, equality(numbers));
}

TEST(Values, are_numbers_whatever_they_came_as) {
  const std::vector<std::int64_t> integers = {-1, 5};
  const std::vector<std::uint8_t> valid = {1, 0};
  Values whole{Column{IntegerView{integers, valid, false}}};
  EXPECT_EQ(whole.numbers()[0], -1.0);
  EXPECT_TRUE(std::isnan(whole.numbers()[1]));
  EXPECT_FALSE(whole.has(1));
  Values large{Column{IntegerView{integers, {}, true}}};
  EXPECT_EQ(large.numbers()[0], 0x1p64);
  Values flags{Column{std::vector{Truth::yes, Truth::no, Truth::missing}}};
  EXPECT_EQ(flags.numbers()[0], 1.0);
  EXPECT_EQ(flags.numbers()[1], 0.0);
  EXPECT_TRUE(std::isnan(flags.numbers()[2]));
  Values nothing{Column{MissingView{2}}};
  EXPECT_EQ(nothing.numbers().size(), 2U);
  EXPECT_TRUE(std::isnan(nothing.numbers()[1]));
}

TEST(Values, say_which_are_there_and_nothing_when_all_are) {
  Values some{Column{std::vector{1.0, kNaN}}};
  EXPECT_EQ(std::vector(some.present().begin(), some.present().end()), (std::vector<std::uint8_t>{1, 0}));
  Values all{Column{std::vector{1.0, 2.0}}};
  EXPECT_TRUE(all.present().empty());
  Values none{Column{MissingView{2}}};
  EXPECT_EQ(std::vector(none.present().begin(), none.present().end()), (std::vector<std::uint8_t>{0, 0}));
}

TEST(Identities, keep_64_bits_of_integers_apart) {
  const std::int64_t big = std::int64_t{1} << 60;
  const std::vector<std::int64_t> integers = {big, big + 1, big};
  Values values{Column{IntegerView{integers, {}, false}}};
  const Identities& identities = values.identities();
  EXPECT_NE(identities.keys[0], identities.keys[1]);
  EXPECT_EQ(identities.keys[0], identities.keys[2]);
  EXPECT_TRUE(identities.has(0));
}

}  // namespace
}  // namespace customerhealth::metrics
