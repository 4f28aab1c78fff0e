#include <gtest/gtest.h>

#include <cmath>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

/// m has the parts a, b, c over four rows: whole, with holes, one value, nothing.
FormulaTable& split(FormulaTable& table) {
  return table.numbers("m.a", {1, kNan, kNan, kNan})
      .integers("m.b", {2, 4, 0, 0}, {1, 1, 0, 0})
      .numbers("m.c", {6, 2, 5, kNan})
      .numbers("price", {10, 10, 10, 10});
}

void expect_numbers(FormulaTable& table, const std::string& formula, const std::vector<double>& expected) {
  const std::vector<double> got = table.numbers_of(formula);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_TRUE(got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i])))
        << formula << " row " << i << ": " << got[i] << " instead of " << expected[i];
  }
}

TEST(Parts, are_aggregated_without_the_missing_ones) {
  FormulaTable table{4};
  split(table);
  expect_numbers(table, "sum(m.*)", {9, 6, 5, kNan});
  expect_numbers(table, "mean(m.*)", {3, 3, 5, kNan});
  expect_numbers(table, "min(m.*)", {1, 2, 5, kNan});
  expect_numbers(table, "max(m.*)", {6, 4, 5, kNan});
  expect_numbers(table, "count(m.* > 1)", {2, 2, 1, 0});
  expect_numbers(table, "count(m.* is missing)", {0, 1, 2, 3});
}

TEST(Parts, may_stand_in_an_expression_with_other_names) {
  FormulaTable table{4};
  split(table);
  expect_numbers(table, "sum(m.* * price)", {90, 60, 50, kNan});
  expect_numbers(table, "sum(m.* * m.*) + 1", {42, 21, 26, kNan});
  expect_numbers(table, "sum(coalesce(m.*, 100))", {9, 106, 205, 300});
  expect_numbers(table, "m.a + sum(m.*)", {10, kNan, kNan, kNan});
}

TEST(Parts, may_be_compared_with_their_own_total) {
  FormulaTable table{4};
  split(table);
  expect_numbers(table, "max(m.* / sum(m.*))", {6.0 / 9, 4.0 / 6, 1, kNan});
  expect_numbers(table, "count(m.* > mean(m.*))", {1, 1, 0, 0});
  expect_numbers(table, "sum(m.* - min(m.*) + max(m.* - mean(m.*)))", {15, 4, 0, kNan});
}

TEST(Parts, are_summed_exactly_and_rounded_once) {
  FormulaTable table;
  table.numbers("m.a", {1e100}).numbers("m.b", {1}).numbers("m.c", {-1e100}).numbers("m.d", {0.5});
  expect_numbers(table, "sum(m.*)", {1.5});
  expect_numbers(table, "mean(m.*)", {0.375});
}

TEST(Parts, are_missing_when_their_sum_overflows) {
  FormulaTable table;
  table.numbers("m.a", {1.7e308}).numbers("m.b", {1.7e308});
  expect_numbers(table, "sum(m.*)", {kNan});
}

TEST(Parts, may_be_instants) {
  FormulaTable table;
  table.instants("m.a", {at("2026-01-31")}).instants("m.b", {kMissingInstant}).instants("m.c", {at("2025-01-31")});
  EXPECT_EQ(table.instant("min(m.*)"), "2025-01-31");
  EXPECT_EQ(table.instant("max(m.*)"), "2026-01-31");
  EXPECT_EQ(table.number("sum(date '2026-02-01' - m.*)"), 367);
}

TEST(Parts, of_no_known_type_are_missing) {
  FormulaTable table;
  table.unknown("m.a");
  expect_numbers(table, "sum(m.*)", {kNan});
  expect_numbers(table, "count(m.*)", {0});
  EXPECT_TRUE(is_missing(table.evaluate(table.bind("min(m.*)")).view(), 0));
}

}  // namespace
}  // namespace customerhealth::expression
