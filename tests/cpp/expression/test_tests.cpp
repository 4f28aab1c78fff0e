#include <gtest/gtest.h>

#include <limits>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

using Truths = std::vector<Truth>;

FormulaTable& three_by_three(FormulaTable& table) {
  return table.truths("a", {kNo, kNo, kNo, kYes, kYes, kYes, kUnknown, kUnknown, kUnknown})
      .truths("b", {kNo, kYes, kUnknown, kNo, kYes, kUnknown, kNo, kYes, kUnknown});
}

TEST(Logic, has_the_three_values_of_sql) {
  FormulaTable table{9};
  three_by_three(table);
  EXPECT_EQ(table.truths_of("a and b"), (Truths{kNo, kNo, kNo, kNo, kYes, kUnknown, kNo, kUnknown, kUnknown}));
  EXPECT_EQ(table.truths_of("a or b"), (Truths{kNo, kYes, kUnknown, kYes, kYes, kYes, kUnknown, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("not a"), (Truths{kYes, kYes, kYes, kNo, kNo, kNo, kUnknown, kUnknown, kUnknown}));
  EXPECT_EQ(table.truths_of("a = b"), (Truths{kYes, kNo, kUnknown, kNo, kYes, kUnknown, kUnknown, kUnknown, kUnknown}));
}

TEST(Logic, binds_not_before_and_before_or) {
  FormulaTable table;
  EXPECT_EQ(table.truth("true or false and false"), kYes);
  EXPECT_EQ(table.truth("not false and false"), kNo);
  EXPECT_EQ(table.truth("not 1 > 2"), kYes);
  EXPECT_EQ(table.truth("not not true"), kYes);
  EXPECT_EQ(table.truth("missing or true"), kYes);
  EXPECT_EQ(table.truth("missing and false"), kNo);
  EXPECT_EQ(table.truth("not missing"), kUnknown);
}

TEST(Logic, tests_for_missing_and_is_never_missing_then) {
  FormulaTable table{2};
  table.numbers("x", {1, kNan})
      .integers("n", {1, 2}, {0, 1})
      .integers("m", {1, 2})
      .texts("s", {"", "a"})
      .instants("t", {kMissingInstant, at("2026-01-31")})
      .truths("b", {kUnknown, kNo})
      .unknown("u")
      .nothing("z", Type::number);
  EXPECT_EQ(table.truths_of("x is missing"), (Truths{kNo, kYes}));
  EXPECT_EQ(table.truths_of("x is not missing"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("n is missing"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("m is missing"), (Truths{kNo, kNo}));
  EXPECT_EQ(table.truths_of("s is missing"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("t is missing"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("b is missing"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("u is missing"), (Truths{kYes, kYes}));
  EXPECT_EQ(table.truths_of("z is missing"), (Truths{kYes, kYes}));
  EXPECT_EQ(table.truths_of("x / 0 is missing"), (Truths{kYes, kYes}));
  EXPECT_EQ(table.truths_of("1 is missing"), (Truths{kNo, kNo}));
}

TEST(Comparison, orders_numbers_either_way) {
  FormulaTable table{4};
  table.numbers("x", {1, 2, 3, kNan});
  EXPECT_EQ(table.truths_of("x < 2"), (Truths{kYes, kNo, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("x <= 2"), (Truths{kYes, kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("x > 2"), (Truths{kNo, kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("x >= 2"), (Truths{kNo, kYes, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("x = 2"), (Truths{kNo, kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("x != 2"), (Truths{kYes, kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("2 < x"), (Truths{kNo, kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("x = missing"), (Truths{kUnknown, kUnknown, kUnknown, kUnknown}));
}

TEST(Comparison, takes_zeros_of_either_sign_as_equal) {
  FormulaTable table;
  EXPECT_EQ(table.truth("-0.0 = 0"), kYes);
  EXPECT_EQ(table.truth("-0.0 < 0.0"), kNo);
}

TEST(Comparison, is_exact_between_integer_columns_and_literals) {
  FormulaTable table{3};
  table.integers("id", {9'007'199'254'740'992, 9'007'199'254'740'993, 0}, {1, 1, 0});
  EXPECT_EQ(table.truths_of("id = 9007199254740993"), (Truths{kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("id != 9007199254740993"), (Truths{kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("id < 9007199254740993"), (Truths{kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("9007199254740993 <= id"), (Truths{kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("id between 9007199254740993 and 9007199254740993"), (Truths{kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("-id = -9007199254740992"), (Truths{kYes, kYes, kUnknown}));  // arithmetic is in doubles
}

TEST(Comparison, is_exact_over_the_whole_of_64_bits) {
  FormulaTable table{2};
  table.integers("s", {std::numeric_limits<std::int64_t>::min(), -1}).integers("u", {-1, 5}, {}, true);
  EXPECT_EQ(table.truths_of("s = -9223372036854775808"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("s < 18446744073709551615"), (Truths{kYes, kYes}));
  EXPECT_EQ(table.truths_of("u = 18446744073709551615"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("u > 18446744073709551614"), (Truths{kYes, kNo}));
  EXPECT_EQ(table.truths_of("u > s"), (Truths{kYes, kYes}));
  EXPECT_EQ(table.truths_of("u = s"), (Truths{kNo, kNo}));
}

TEST(Comparison, never_rounds_an_integer_to_meet_a_float) {
  FormulaTable table{3};
  table.integers("id", {9'007'199'254'740'993, 9'007'199'254'740'992, 3})
      .numbers("x", {9'007'199'254'740'992.0, 9'007'199'254'740'992.0, 2.5});
  EXPECT_EQ(table.truths_of("id = x"), (Truths{kNo, kYes, kNo}));
  EXPECT_EQ(table.truths_of("id > x"), (Truths{kYes, kNo, kYes}));
  EXPECT_EQ(table.truths_of("x < id"), (Truths{kYes, kNo, kYes}));
  EXPECT_EQ(table.truths_of("x >= id"), (Truths{kNo, kYes, kNo}));
  EXPECT_EQ(table.truths_of("x = 9007199254740993"), (Truths{kNo, kNo, kNo}));
  EXPECT_EQ(table.truths_of("x < 9007199254740993"), (Truths{kYes, kYes, kYes}));
  EXPECT_EQ(table.truths_of("id = 9007199254740992.0"), (Truths{kNo, kYes, kNo}));
  EXPECT_EQ(table.truths_of("id > 2.5"), (Truths{kYes, kYes, kYes}));
}

TEST(Comparison, between_is_two_comparisons_and_an_and) {
  FormulaTable table{4};
  table.numbers("x", {1, 2, 5, kNan}).numbers("hi", {kNan, 3, kNan, 3});
  EXPECT_EQ(table.truths_of("x between 2 and 4"), (Truths{kNo, kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("x not between 2 and 4"), (Truths{kYes, kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("x between 2 and hi"), (Truths{kNo, kYes, kUnknown, kUnknown}));  // 1 >= 2 is no already
  EXPECT_EQ(table.truths_of("x between 2 and 4 and true"), (Truths{kNo, kYes, kNo, kUnknown}));
}

TEST(Comparison, orders_instants) {
  FormulaTable table{2};
  table.instants("t", {at("2026-01-31"), kMissingInstant});
  EXPECT_EQ(table.truths_of("t >= date '2026-01-31'"), (Truths{kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("t > date '2026-01-31T00:00:00+01:00'"), (Truths{kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("t in (date '2026-01-31', date '2020-01-01')"), (Truths{kYes, kUnknown}));
}

TEST(Membership, follows_sql_about_missing) {
  FormulaTable table{3};
  table.numbers("x", {1, 5, kNan});
  EXPECT_EQ(table.truths_of("x in (1, 2)"), (Truths{kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("x not in (1, 2)"), (Truths{kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("x in (1, missing)"), (Truths{kYes, kUnknown, kUnknown}));
  EXPECT_EQ(table.truths_of("x not in (1, missing)"), (Truths{kNo, kUnknown, kUnknown}));
  EXPECT_EQ(table.truths_of("missing in (missing)"), (Truths{kUnknown, kUnknown, kUnknown}));
  EXPECT_EQ(table.truths_of("5 in (1, -5, 5)"), (Truths{kYes, kYes, kYes}));
}

TEST(Membership, is_exact_for_integers) {
  FormulaTable table{3};
  table.integers("id", {9'007'199'254'740'993, 7, 1}, {1, 1, 0})
      .integers("u", {-1, 7, 0}, {}, true)
      .numbers("x", {9'007'199'254'740'992.0, 7.0, 0.5});
  EXPECT_EQ(table.truths_of("id in (9007199254740992, 7)"), (Truths{kNo, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("id in (9007199254740993, 7.0, 7.5)"), (Truths{kYes, kYes, kUnknown}));
  EXPECT_EQ(table.truths_of("u in (-1)"), (Truths{kNo, kNo, kNo}));
  EXPECT_EQ(table.truths_of("u in (18446744073709551615, 0)"), (Truths{kYes, kNo, kYes}));
  EXPECT_EQ(table.truths_of("x in (9007199254740993, 7, 0.5)"), (Truths{kNo, kYes, kYes}));
}

TEST(Membership, takes_long_lists_and_other_types) {
  FormulaTable table{3};
  table.texts("s", {"m", "z", ""}).truths("b", {kYes, kNo, kUnknown}).numbers("x", {11, 12, kNan});
  EXPECT_EQ(table.truths_of("s in ('a','b','c','d','e','f','g','h','i','m')"), (Truths{kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("b in (true)"), (Truths{kYes, kNo, kUnknown}));
  EXPECT_EQ(table.truths_of("x in (1,2,3,4,5,6,7,8,9,10,11)"), (Truths{kYes, kNo, kUnknown}));
}

}  // namespace
}  // namespace customerhealth::expression
