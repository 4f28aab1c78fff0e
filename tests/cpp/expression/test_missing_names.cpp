#include <gtest/gtest.h>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

using Names = std::vector<std::string>;

TEST(MissingNames, blame_the_first_in_the_text) {
  FormulaTable table{4};
  table.numbers("a", {1, kNan, kNan, 0}).numbers("b", {kNan, kNan, 2, 2});
  EXPECT_EQ(table.blamed("a + b"), (Names{"b", "a", "a", ""}));
  EXPECT_EQ(table.blamed("b + a"), (Names{"b", "b", "a", ""}));
  EXPECT_EQ(table.blamed("b / a"), (Names{"b", "b", "a", ""}));  // 2 / 0 in the last row
}

/// Parts x and y: both, one, the other, none.
void split(FormulaTable& table) {
  table.numbers("m.x", {1e308, 1, kNan, kNan}).numbers("m.y", {kNan, kNan, 1, kNan}).numbers("z", {1, kNan, kNan, 1});
}

TEST(MissingNames, of_a_function_over_parts_without_a_value_are_those_of_its_first_part) {
  FormulaTable table{4};
  split(table);
  EXPECT_EQ(table.blamed("sum(m.* * 2)"), (Names{"", "", "", "m.x"}));  // the first part overflows in the first row
  EXPECT_EQ(table.blamed("sum(m.* * 2) + z"), (Names{"", "z", "z", "m.x"}));
  EXPECT_EQ(table.blamed("sum(m.* + z)"), (Names{"", "z", "m.x", "m.x"}));
}

TEST(MissingNames, do_not_blame_parts_that_a_function_skipped) {
  FormulaTable table{4};
  split(table);
  EXPECT_EQ(table.blamed("sum(m.*) / z"), (Names{"", "z", "z", "m.x"}));
  EXPECT_EQ(table.blamed("count(m.* > 0) / z"), (Names{"", "z", "z", ""}));
  EXPECT_EQ(table.blamed("sum(coalesce(m.*, z))"), (Names{"", "z", "z", ""}));
}

TEST(MissingNames, go_into_a_function_inside_another) {
  FormulaTable table{4};
  split(table);
  EXPECT_EQ(table.blamed("max(m.* - mean(m.*)) / z"), (Names{"", "z", "z", "m.x"}));
}

}  // namespace
}  // namespace customerhealth::expression
