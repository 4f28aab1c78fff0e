#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/validation/calibration.hpp"
#include "small_cases.hpp"

namespace customerhealth::validation {
namespace {

using Numbers = std::vector<double>;

TEST(Isotonic, pools_neighbours_that_rise) {
  const Corners found = isotonic(Numbers{1, 2, 3, 4}, Numbers{1.0, 0.2, 0.6, 0.1}, Numbers{1, 1, 3, 1});
  EXPECT_EQ(found.x, (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(found.y[0], 1.0);
  EXPECT_DOUBLE_EQ(found.y[1], 0.5);
  EXPECT_DOUBLE_EQ(found.y[2], 0.5);
  EXPECT_EQ(found.y[3], 0.1);
}

TEST(Isotonic, joins_rows_of_one_value_whatever_their_order) {
  const Corners one = isotonic(Numbers{2, 1, 2, 2}, Numbers{0.1, 0.9, 0.3, 0.7}, Numbers{1, 1, 1, 1});
  const Corners other = isotonic(Numbers{2, 2, 2, 1}, Numbers{0.7, 0.3, 0.1, 0.9}, Numbers{1, 1, 1, 1});
  EXPECT_EQ(one.x, (Numbers{1, 2}));
  EXPECT_EQ(one.y, other.y);
  EXPECT_DOUBLE_EQ(one.y[1], 1.1 / 3.0);
}

TEST(Isotonic, leaves_rows_without_weight_out_and_refuses_none) {
  EXPECT_EQ(isotonic(Numbers{1, 2}, Numbers{0, 1}, Numbers{0, 2}).x, Numbers{2});
  EXPECT_THROW((void)isotonic(Numbers{1}, Numbers{1}, Numbers{0}), DataError);
  EXPECT_THROW((void)isotonic(Numbers{kNan}, Numbers{1}, Numbers{1}), DataError);
  EXPECT_THROW((void)isotonic(Numbers{1}, Numbers{1}, Numbers{-1}), DataError);
  EXPECT_THROW((void)isotonic(Numbers{1, 2}, Numbers{1}, Numbers{1, 1}), DataError);
}

TEST(LogisticCurve, of_two_values_meets_their_odds) {
  // 3 of 4 at x = 0 and 1 of 4 at x = 10: a = ln 3, b = ln 9 / 10.
  const auto found =
      logistic(Numbers{0, 0, 0, 0, 10, 10, 10, 10}, SmallCases{{1, 1, 1, 0, 1, 0, 0, 0}}.get(), Targets::plain);
  EXPECT_NEAR(found.a, std::log(3.0), 1e-13);
  EXPECT_NEAR(found.b, std::log(9.0) / 10.0, 1e-14);
}

TEST(LogisticCurve, stays_finite_where_a_value_parts_the_cases) {
  const Numbers x{1, 2, 3, 4};
  const SmallCases cases{{1, 1, 0, 0}};
  for (const auto targets : {Targets::plain, Targets::smoothed}) {
    const auto found = logistic(x, cases.get(), targets);
    EXPECT_TRUE(std::isfinite(found.a) && std::isfinite(found.b));
    EXPECT_GT(found.b, 0.0);
  }
  // Smoothed, the targets are 3/4 and 1/4; by symmetry the curve crosses one half in the middle.
  const auto found = logistic(x, cases.get(), Targets::smoothed);
  EXPECT_NEAR(found.a / found.b, 2.5, 1e-12);
}

TEST(LogisticCurve, is_flat_where_all_values_are_equal) {
  const auto found = logistic(Numbers{5, 5, 5, 5}, SmallCases{{1, 0, 0, 0}}.get(), Targets::plain);
  EXPECT_EQ(found.b, 0.0);
  EXPECT_NEAR(found.a, std::log(1.0 / 3.0), 1e-13);
}

TEST(LogisticCurve, needs_both_kinds_of_case_unless_smoothed) {
  const SmallCases none{{0, 0, 0}};
  EXPECT_THROW((void)logistic(Numbers{1, 2, 3}, none.get(), Targets::plain), DataError);
  const auto found = logistic(Numbers{1, 2, 3}, none.get(), Targets::smoothed);
  EXPECT_NEAR(found.a - 2.0 * found.b, std::log(0.2 / 0.8), 1e-9);
}

TEST(DrawLogistic, of_one_account_is_the_curve_itself) {
  const Numbers x{1, 2, 3, 4, 5};
  const SmallCases cases{{1, 0, 1, 0, 0}, {0, 0, 0, 0, 0}};
  const auto all = logistic(x, cases.get(), Targets::plain);
  std::vector<Logistic> drawn(9);
  on(2, [&](const Watch& watch) { draw_logistic(x, cases.get(), Targets::plain, {9, 1}, watch, drawn); });
  for (const Logistic& curve : drawn) {
    EXPECT_NEAR(curve.a, all.a, 1e-12);
    EXPECT_NEAR(curve.b, all.b, 1e-12);
  }
}

TEST(DrawLogistic, has_no_curve_of_a_round_without_both_kinds) {
  const SmallCases cases{{1, 0}};
  std::vector<Logistic> drawn(40);
  on(1, [&](const Watch& watch) { draw_logistic(Numbers{1, 1}, cases.get(), Targets::plain, {40, 1}, watch, drawn); });
  const auto without = std::ranges::count_if(drawn, [](const Logistic& curve) { return std::isnan(curve.a); });
  EXPECT_GT(without, 5);  // half of all rounds draw one account twice
  EXPECT_LT(without, 35);
}

}  // namespace
}  // namespace customerhealth::validation
