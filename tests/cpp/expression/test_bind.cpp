#include <gtest/gtest.h>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

class Bind : public ::testing::Test {
 protected:
  Bind() {
    table.numbers("seats", {10})
        .texts("plan", {"pro"})
        .truths("paid", {kYes})
        .instants("since", {at("2026-01-31")})
        .unknown("later")
        .numbers("m.a", {1})
        .numbers("m.b", {2})
        .numbers("n.a", {3});
  }
  void expect_complaint(const std::string& formula, const std::string& part_of_message, const std::string& place,
                        Type wanted = Type::any) {
    const Complaint got = bind_complaint(table, formula, wanted);
    EXPECT_NE(got.message.find(part_of_message), std::string::npos) << formula << "\n  gives: " << got.message;
    EXPECT_EQ(got.at, place) << formula << "\n  gives: " << got.message;
  }
  Type type_of(const std::string& formula) { return table.bind(formula).type(); }

  FormulaTable table;
};

TEST_F(Bind, finds_the_type_of_a_formula) {
  EXPECT_EQ(type_of("seats / 2"), Type::number);
  EXPECT_EQ(type_of("seats > 2"), Type::boolean);
  EXPECT_EQ(type_of("lower(plan)"), Type::text);
  EXPECT_EQ(type_of("since + 1"), Type::instant);
  EXPECT_EQ(type_of("1 + since"), Type::instant);
  EXPECT_EQ(type_of("since - since"), Type::number);
  EXPECT_EQ(type_of("if(paid, plan, missing)"), Type::text);
  EXPECT_EQ(type_of("missing"), Type::any);
}

TEST_F(Bind, lets_an_unknown_type_be_any) {
  EXPECT_EQ(type_of("later"), Type::any);
  EXPECT_EQ(type_of("later + 1"), Type::any);  // a number or an instant
  EXPECT_EQ(type_of("later - since"), Type::number);
  EXPECT_EQ(type_of("since - later"), Type::any);
  EXPECT_EQ(type_of("later * 2"), Type::number);
  EXPECT_EQ(type_of("coalesce(later, plan)"), Type::text);
  EXPECT_EQ(type_of("coalesce(later, missing)"), Type::any);
  EXPECT_EQ(type_of("later = plan and later"), Type::boolean);
  EXPECT_NO_THROW((void)table.bind("later", Type::text));
  EXPECT_NO_THROW((void)table.bind("later", Type::boolean));
}

TEST_F(Bind, lists_slots_once_in_the_order_of_the_text) {
  const BoundExpression bound = table.bind("if(paid, seats, 0) + sum(m.*) + seats");
  EXPECT_EQ((std::vector<SlotIndex>{bound.slots().begin(), bound.slots().end()}),
            (std::vector{SlotIndex{2}, SlotIndex{0}, SlotIndex{5}, SlotIndex{6}}));
}

TEST_F(Bind, knows_a_lone_name) {
  EXPECT_EQ(table.bind("(plan)").lone_name(), SlotIndex{1});
  EXPECT_EQ(table.bind("m.b").lone_name(), SlotIndex{6});
  EXPECT_EQ(table.bind("-seats").lone_name(), std::nullopt);
}

TEST_F(Bind, suggests_names) {
  expect_complaint("seets > 1", "there is no `seets`; did you mean 'seats'?", "seets > 1");
  expect_complaint("1 + m.c", "there is no `m.c`; did you mean 'm.", "m.c");
  expect_complaint("sum(q.*)", "there is no `q.*`", "q.*)");
  expect_complaint("plan = \"pro\"", "texts go in single quotes: 'pro'", "\"pro\"");
  expect_complaint("year = 2020", "the function is written year(t)", "year = 2020");
}

TEST_F(Bind, checks_operands) {
  expect_complaint("seats * plan", "`*` takes numbers, not a number and a text", "plan");
  expect_complaint("since + since", "`+` takes numbers, or an instant and a number of days", "since");
  expect_complaint("1 - since", "not a number and an instant", "since");
  expect_complaint("paid and seats", "`and` takes booleans, and this is a number", "seats");
  expect_complaint("not plan", "`not` takes booleans", "plan");
  expect_complaint("-plan", "a minus sign takes numbers", "plan");
}

TEST_F(Bind, checks_comparisons) {
  expect_complaint("plan = 1", "a number does not go with a text", "1");
  expect_complaint("plan < 'x'", "texts have no order", "plan < 'x'");
  expect_complaint("paid >= true", "booleans have no order", "paid >= true");
  expect_complaint("missing < plan", "texts have no order", "missing < plan");
  expect_complaint("since > '2026-01-01'", "write date '2026-01-31'", "'2026-01-01'");
  expect_complaint("seats between 1 and 'x'", "a text does not go with a number", "'x'");
  expect_complaint("missing between 'a' and missing", "texts have no order", "'a' and missing");
  expect_complaint("seats in (1, 'x')", "a text does not go with a number", "'x')");
  expect_complaint("missing in (1, 'x')", "a text does not go with a number", "'x')");
}

TEST_F(Bind, checks_arguments) {
  expect_complaint("abs(plan)", "abs(x) takes numbers, and this is a text", "plan)");
  expect_complaint("year('2026-01-31')", "write date '2026-01-31'", "'2026-01-31')");
  expect_complaint("if(seats, 1, 2)", "takes booleans", "seats, 1, 2)");
  expect_complaint("if(paid, 1, 'x')", "a text does not go with a number", "'x')");
  expect_complaint("coalesce(missing, seats, plan)", "a text does not go with a number", "plan)");
  expect_complaint("least(plan, 'x')", "texts have no order", "plan, 'x')");
  expect_complaint("round(seats, 1.5)", "from -15 to 15", "1.5)");
  expect_complaint("round(seats, 16)", "from -15 to 15", "16)");
  expect_complaint("round(seats, seats)", "from -15 to 15", "seats)");
  expect_complaint("contains(plan, plan)", "a text written out", "plan)");
  expect_complaint("contains(seats, 'x')", "takes texts", "seats, 'x')");
}

TEST_F(Bind, keeps_the_parts_of_a_metric_inside_functions_over_parts) {
  expect_complaint("m.* > 1", "put it inside sum, mean, min, max or count", "m.* > 1");
  expect_complaint("sum(seats)", "there is no `m.*` in it", "sum(seats)");
  expect_complaint("sum(m.* + n.*)", "the parts of one metric, `m.*`, not also `n.*`", "n.*)");
  expect_complaint("sum(sum(m.*))", "there is no `m.*` in it", "sum(sum(m.*))");
  expect_complaint("count(m.*)", "takes booleans", "m.*)");
  expect_complaint("sum(m.* > 0)", "takes numbers", "m.* > 0)");
  EXPECT_NO_THROW((void)table.bind("sum(m.* / seats * m.*) + sum(n.*)"));
}

TEST_F(Bind, checks_what_the_whole_formula_gives) {
  expect_complaint("seats", "gives a number, and a boolean is wanted here", "seats", Type::boolean);
  expect_complaint("seats > 1", "gives a boolean, and a number is wanted here", "seats > 1", Type::number);
  EXPECT_NO_THROW((void)table.bind("missing", Type::number));
}

TEST_F(Bind, gives_a_lone_name_its_own_column) {
  table.integers("id", {9'007'199'254'740'993});
  const Column column = table.evaluate(table.bind("id"));
  EXPECT_EQ(std::get<IntegerView>(column.view()).values[0], 9'007'199'254'740'993);
}

TEST_F(Bind, gives_no_rows_for_no_rows) {
  FormulaTable empty{0};
  empty.numbers("x", {});
  EXPECT_TRUE(empty.numbers_of("x + 1").empty());
  EXPECT_TRUE(empty.numbers_of("1").empty());
}

TEST_F(Bind, gives_missing_of_no_type_where_nothing_has_one) {
  EXPECT_EQ(std::get<MissingView>(table.evaluate(table.bind("missing")).view()).rows, 1U);
  EXPECT_EQ(std::get<MissingView>(table.evaluate(table.bind("coalesce(later, missing)")).view()).rows, 1U);
}

TEST_F(Bind, evaluates_columns_longer_than_a_block) {
  constexpr std::size_t kRows = 10'001;
  FormulaTable tall{kRows};
  std::vector<double> x;
  std::vector<std::int64_t> n;
  for (std::size_t i = 0; i < kRows; ++i) {
    x.push_back(static_cast<double>(i));
    n.push_back(static_cast<std::int64_t>(i));
  }
  tall.numbers("x", x).integers("n", n);
  const std::vector<double> doubled = tall.numbers_of("if(n = x, x * 2, missing) + 1");
  ASSERT_EQ(doubled.size(), kRows);
  for (std::size_t i = 0; i < kRows; ++i) ASSERT_EQ(doubled[i], 2 * x[i] + 1) << i;
  EXPECT_EQ(tall.numbers_of("7"), std::vector<double>(kRows, 7.0));
}

}  // namespace
}  // namespace customerhealth::expression
