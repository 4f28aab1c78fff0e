#include <gtest/gtest.h>

#include <cmath>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

void expect_missing(const std::string& formula) {
  FormulaTable table;
  EXPECT_TRUE(std::isnan(table.number(formula))) << formula;
}

void expect_number(const std::string& formula, double value) {
  FormulaTable table;
  EXPECT_EQ(table.number(formula), value) << formula;
}

TEST(Numbers, follow_the_usual_precedence) {
  expect_number("1 + 2 * 3", 7);
  expect_number("(1 + 2) * 3", 9);
  expect_number("10 - 4 - 3", 3);
  expect_number("12 / 3 * 2", 8);
  expect_number("-2 * -3", 6);
  expect_number("2 - -3", 5);
  expect_number(".5 + 1e3 + 1.5E-1", 1000.65);
}

TEST(Numbers, take_the_sign_of_the_left_side_in_a_remainder) {
  expect_number("7 % 3", 1);
  expect_number("-7 % 3", -1);
  expect_number("7 % -3", 1);
  expect_number("5.5 % 2", 1.5);
}

TEST(Numbers, are_missing_where_arithmetic_is_undefined) {
  expect_missing("1 / 0");
  expect_missing("0 / 0");
  expect_missing("1 % 0");
  expect_missing("1e308 * 10");
  expect_missing("-1e308 - 1e308");
  expect_missing("exp(1000)");
  expect_missing("ln(0)");
  expect_missing("ln(-1)");
  expect_missing("log10(-1)");
  expect_missing("log1p(-1)");
  expect_missing("sqrt(-1)");
  expect_missing("pow(0, -1)");
  expect_missing("pow(-8, 0.5)");
  expect_missing("pow(10, 400)");
  expect_missing("round(1e300, 15)");
  expect_number("exp(-1000)", 0);
}

TEST(Numbers, spread_missing_through_everything) {
  for (const std::string formula :
       {"x + 1",          "1 - x",          "x * 0",         "0 / x",       "x % 2",          "-x",
        "abs(x)",         "sign(x)",        "floor(x)",      "pow(x, 0)",   "pow(1, x)",      "round(x)",
        "clip(x, 0, 1)",  "clip(5, x, 10)", "clip(5, 0, x)", "least(x, 1)", "greatest(1, x)", "exp(x)",
        "if(true, x, 1)", "asinh(x)",       "sqrt(x)"}) {
    FormulaTable table;
    table.numbers("x", {kNan});
    EXPECT_TRUE(std::isnan(table.number(formula))) << formula;
    FormulaTable unknown;
    unknown.unknown("x");
    const Column column = unknown.evaluate(unknown.bind(formula));
    EXPECT_TRUE(is_missing(column.view(), 0)) << formula;
  }
}

TEST(Numbers, have_the_functions_of_the_language) {
  expect_number("abs(-3)", 3);
  expect_number("sign(-2)", -1);
  expect_number("sign(0)", 0);
  expect_number("sign(0.1)", 1);
  expect_number("floor(-1.5)", -2);
  expect_number("ceil(-1.5)", -1);
  expect_number("sqrt(9)", 3);
  expect_number("ln(1)", 0);
  expect_number("log10(1000)", 3);
  expect_number("log1p(0)", 0);
  expect_number("exp(0)", 1);
  expect_number("asinh(0)", 0);
  expect_number("pow(2, 10)", 1024);
  expect_number("pow(-2, 3)", -8);
}

TEST(Numbers, round_halves_away_from_zero) {
  expect_number("round(0.5)", 1);
  expect_number("round(2.5)", 3);
  expect_number("round(-2.5)", -3);
  expect_number("round(0.49999999999999994)", 0);  // floor(x + 0.5) would give 1
  expect_number("round(2.675, 2)", 2.68);          // as doubles, 2.675 * 100 = 267.5
  expect_number("round(1.005, 2)", 1);             // and 1.005 * 100 = 100.49999999999999
  expect_number("round(0.125, 2)", 0.13);
  expect_number("round(1250, -2)", 1300);
  expect_number("round(-350000000000, -11)", -400000000000);
  expect_number("round(12.34, 0)", 12);
}

TEST(Numbers, are_clipped_to_the_upper_bound_when_the_bounds_cross) {
  expect_number("clip(5, 0, 3)", 3);
  expect_number("clip(-5, 0, 3)", 0);
  expect_number("clip(2, 0, 3)", 2);
  expect_number("clip(2, 5, 1)", 1);
}

TEST(Numbers, are_chosen_by_if) {
  FormulaTable table{3};
  table.truths("c", {kYes, kNo, kUnknown}).numbers("a", {1, 2, 3});
  const std::vector<double> chosen = table.numbers_of("if(c, a, -a)");
  EXPECT_EQ(chosen[0], 1);
  EXPECT_EQ(chosen[1], -2);
  EXPECT_TRUE(std::isnan(chosen[2]));
  EXPECT_TRUE(std::isnan(table.numbers_of("if(missing, a, a)")[0]));
  EXPECT_EQ(table.numbers_of("if(true, a, missing)"), (std::vector<double>{1, 2, 3}));
}

TEST(Numbers, coalesce_to_the_first_that_is_there) {
  FormulaTable table{3};
  table.numbers("a", {1, kNan, kNan}).integers("b", {9, 5, 9}, {1, 1, 0});
  EXPECT_EQ(table.numbers_of("coalesce(a, b, -1)"), (std::vector<double>{1, 5, -1}));
  EXPECT_EQ(table.numbers_of("coalesce(missing, 4)"), (std::vector<double>{4, 4, 4}));
}

TEST(Numbers, have_a_least_and_a_greatest) {
  FormulaTable table{2};
  table.numbers("a", {1, 8}).integers("b", {5, 5});
  EXPECT_EQ(table.numbers_of("least(a, b)"), (std::vector<double>{1, 5}));
  EXPECT_EQ(table.numbers_of("greatest(a, b, 6)"), (std::vector<double>{6, 8}));
  EXPECT_EQ(table.numbers_of("least(a)"), (std::vector<double>{1, 8}));
}

TEST(Numbers, come_from_integer_columns_with_their_nulls) {
  FormulaTable table{3};
  table.integers("n", {7, 1, -3}, {1, 0, 1}).integers("big", {-1, 0, 1}, {}, true);
  const std::vector<double> half = table.numbers_of("n / 2");
  EXPECT_EQ(half[0], 3.5);
  EXPECT_TRUE(std::isnan(half[1]));
  EXPECT_EQ(half[2], -1.5);
  EXPECT_EQ(table.numbers_of("big * 1")[0], 18446744073709551615.0);
}

}  // namespace
}  // namespace customerhealth::expression
