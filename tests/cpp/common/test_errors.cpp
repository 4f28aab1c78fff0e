#include <gtest/gtest.h>

#include "customerhealth/common/errors.hpp"

namespace customerhealth {
namespace {

TEST(ModelError, lists_every_problem) {
  const ModelError error{{{"scores.health.scale", "expected two numbers, got one", {}},
                          {"metrics.logins.of", "no such column\n  logns\n  ^", 0}}};
  EXPECT_STREQ(error.what(),
               "2 problems in the model:\n"
               "  scores.health.scale: expected two numbers, got one\n"
               "  metrics.logins.of: no such column\n"
               "    logns\n"
               "    ^");
  EXPECT_EQ(error.problems().size(), 2U);
}

TEST(ModelError, says_a_single_problem_alone) {
  EXPECT_STREQ((ModelError{{{"format", "expected 1, got 2", {}}}}).what(), "format: expected 1, got 2");
  EXPECT_STREQ((ModelError{{{"", "expected an object", {}}}}).what(), "expected an object");
}

TEST(FormulaError, shows_the_formula_with_a_caret) {
  const FormulaError error{"expected a number", "a + 'b'", 4};
  EXPECT_STREQ(error.what(), "expected a number\n  a + 'b'\n      ^");
  EXPECT_EQ(error.position(), 4);
  EXPECT_EQ(error.message(), "expected a number");
  EXPECT_EQ(error.problems().at(0).position, 4);
}

TEST(DataError, keeps_the_place) {
  const DataError error{"usage.occurred_at: row 7 is out of range", "usage", "occurred_at", 7, 3};
  EXPECT_STREQ(error.what(), "usage.occurred_at: row 7 is out of range");
  EXPECT_EQ(error.table(), "usage");
  EXPECT_EQ(error.column(), "occurred_at");
  EXPECT_EQ(error.row(), 7);
  EXPECT_EQ(error.rows(), 3);
}

TEST(Caret, counts_code_points) { EXPECT_EQ(with_caret("'größe' + x", 11), "  'größe' + x\n           ^"); }

TEST(Caret, may_stand_at_the_end_and_beyond) {
  EXPECT_EQ(with_caret("a +", 3), "  a +\n     ^");
  EXPECT_EQ(with_caret("a +", 99), "  a +\n     ^");
  EXPECT_EQ(with_caret("", 0), "  \n  ^");
}

TEST(Caret, shows_the_line_it_points_into) {
  EXPECT_EQ(with_caret("a and\n\tb +\nc", 7), "   b +\n   ^");
  EXPECT_EQ(with_caret("a and\nb", 5), "  a and\n       ^");
  EXPECT_EQ(with_caret("a and\nb", 6), "  b\n  ^");
}

TEST(Caret, cuts_long_formulas) {
  const std::string formula = std::string(500, 'a') + "!" + std::string(500, 'b');
  const std::string shown = with_caret(formula, 500);
  EXPECT_EQ(shown, "  ..." + std::string(60, 'a') + "!" + std::string(60, 'b') + "...\n" + std::string(65, ' ') + "^");
}

TEST(Suggestion, names_the_nearest) {
  EXPECT_EQ(suggestion("wieght", {"value", "weight", "missing"}), "did you mean 'weight'?");
  EXPECT_EQ(suggestion("Weight", {"value", "weight"}), "did you mean 'weight'?");
  EXPECT_EQ(suggestion("active_usr", {"active_users", "seats"}), "did you mean 'active_users'?");
}

TEST(Suggestion, lists_what_there_is_when_nothing_is_near) {
  EXPECT_EQ(suggestion("zzz", {"value", "weight"}), "expected one of value, weight");
  EXPECT_EQ(suggestion("x", {"ab"}), "expected ab");
  EXPECT_EQ(suggestion("x", {}), "there are none to choose from");
}

TEST(Suggestion, cuts_long_lists) {
  std::vector<std::string> names;
  for (int i = 10; i < 30; ++i) names.push_back("column_" + std::to_string(i));
  EXPECT_EQ(suggestion("zzz", names),
            "expected one of column_10, column_11, column_12, column_13, column_14, column_15, column_16, column_17, "
            "column_18, column_19, column_20, column_21, ...");
}

}  // namespace
}  // namespace customerhealth
