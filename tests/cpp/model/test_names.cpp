#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

TEST(Slots, number_every_name_of_the_panel) {
  const Model parsed =
      model({.metrics = R"({"a": {"formula": "accounts.seats + accounts.\"Odd Name\""},
                      "p": {"from": "usage", "agg": "count", "by": {"column": "f", "values": ["x", "y z"]}}})",
             .scores = R"({"s": {"measures": {"m": {"value": "a", "identity": true}}, "grades": [{"name": "g"}]},
                     "q": {"measures": {"m": {"value": "a", "identity": true}}}})",
             .more = R"(, "include": "accounts.seats > 0")"});
  std::vector<std::string> names;
  for (const Slot& slot : parsed.slots) names.push_back(slot.name);
  EXPECT_EQ(names, (Lines{"as_of", "accounts.seats", "accounts.Odd Name", "a", "p.x", "p.y z", "s", "s_grade",
                          "s_coverage", "q", "q_coverage"}));
  EXPECT_EQ(parsed.slots[2].origin, Slot::Origin::attribute);
  EXPECT_EQ(parsed.tables[4].columns[static_cast<std::size_t>(parsed.slots[2].index)], "Odd Name");
  EXPECT_EQ(parsed.metrics[1].slots, (std::vector{SlotIndex{4}, SlotIndex{5}}));
  EXPECT_EQ(parsed.slots[5].part, 1);
  EXPECT_EQ(parsed.scores[0].slot, SlotIndex{6});
  EXPECT_EQ(parsed.scores[0].grade_slot, SlotIndex{7});
  EXPECT_EQ(parsed.scores[0].coverage_slot, SlotIndex{8});
  EXPECT_EQ(parsed.scores[1].coverage_slot, SlotIndex{10});
}

TEST(Slots, know_their_types_where_no_table_is_needed) {
  const Model parsed = model({.metrics = R"({"a": {"formula": "accounts.seats"}, "b": {"formula": "as_of"},
      "c": {"from": "usage", "agg": "count"}, "d": {"from": "usage", "agg": "last", "of": "x"},
      "e": {"from": "usage", "agg": "first_time"}, "f": {"from": "usage", "agg": "max", "of": "x > 1"},
      "g": {"from": "usage", "agg": "max", "of": "x", "window": "2d", "every": "1d", "then": "mean"}})"});
  EXPECT_EQ(parsed.slots[0].type, Type::instant);
  EXPECT_EQ(parsed.slots[1].type, Type::any);
  const auto type = [&](const char* name) { return parsed.slots[slot_of(parsed, name).place()].type; };
  EXPECT_EQ(type("a"), Type::any);
  EXPECT_EQ(type("b"), Type::instant);
  EXPECT_EQ(type("c"), Type::number);
  EXPECT_EQ(type("d"), Type::any);
  EXPECT_EQ(type("e"), Type::instant);
  EXPECT_EQ(type("f"), Type::boolean);
  EXPECT_EQ(type("g"), Type::number);
}

TEST(Names, are_given_once) {
  const std::string measures = R"({"measures": {"m": {"value": "1", "identity": true}})";
  EXPECT_EQ(
      problems_in({.metrics = R"({"s": {"formula": "1"}, "q_grade": {"formula": "1"}, "q_coverage": {"formula": "1"},
                                        "r_grade": {"formula": "1"}, "as_of": {"formula": "1"}, "account_id": {"formula": "1"}})",
                   .scores = R"({"s": )" + measures + R"(}, "q": )" + measures +
                             R"(, "grades": [{"name": "g"}]}, "r": )" + measures + "}}"}),
      (Lines{"metrics.account_id: the name 'account_id' is taken: the account's id",
             "metrics.as_of: the name 'as_of' is taken: the as-of",
             "scores.q: the name 'q_coverage' is taken: metrics.q_coverage",
             "scores.q: the name 'q_grade' is taken: metrics.q_grade", "scores.s: the name 's' is taken: metrics.s"}));
}

TEST(Names, of_a_split_metric_and_the_accounts_table_differ) {
  EXPECT_EQ(
      problems_in(
          {.metrics = R"({"accounts": {"from": "usage", "agg": "count", "by": {"column": "c", "values": ["x"]}}})"}),
      Lines{"metrics.accounts: a split metric cannot have the name of the accounts table: accounts.x would mean two "
            "things"});
  EXPECT_EQ(problems_in({.metrics = R"({"accounts": {"formula": "accounts.x"}, "usage": {"formula": "accounts"}})"}),
            Lines{});
}

Lines formula_problems(const std::string& formula) {
  Parts parts = score_parts(R"("measures": {"m": {"value": "n", "identity": true}})");
  parts.metrics.insert(1, R"("f": {"formula": ")" + formula + R"("}, )");
  return problems_in(parts);
}

TEST(Names, that_are_unknown_get_a_hint) {
  EXPECT_EQ(formula_problems("p > 0"), Lines{"metrics.f.formula: 'p' is split: write one of its parts, 'p.a' or 'p.b', "
                                             "or p.* inside sum, mean, min, max or "
                                             "count\n  p > 0\n  ^"});
  EXPECT_EQ(formula_problems("1 + p.c"),
            Lines{"metrics.f.formula: unknown name 'p.c'; did you mean 'p.a'?\n  1 + p.c\n      ^"});
  EXPECT_EQ(formula_problems("n.a"), Lines{"metrics.f.formula: 'n' is not split: it has no parts\n  n.a\n  ^"});
  EXPECT_EQ(formula_problems("sum(n.*)"),
            Lines{"metrics.f.formula: 'n' is not split: it has no parts\n  sum(n.*)\n      ^"});
  EXPECT_EQ(
      formula_problems("usage.x"),
      Lines{
          "metrics.f.formula: 'usage.x': only columns of the accounts table are names here; a metric takes values from "
          "'usage'\n  usage.x\n  ^"});
  EXPECT_EQ(formula_problems("s_grade = 'x'"),
            Lines{"metrics.f.formula: unknown name 's_grade': the score has no grades\n  s_grade = 'x'\n  ^"});
  for (const std::string name : {"s_change", "s_trend"}) {
    EXPECT_EQ(formula_problems(name),
              Lines{"metrics.f.formula: unknown name '" + name + "': the score has no trend\n  " + name + "\n  ^"});
  }
  EXPECT_EQ(
      formula_problems("s_grade_before"),
      Lines{"metrics.f.formula: unknown name 's_grade_before': it takes a trend and grades, and the score has not "
            "both\n  s_grade_before\n  ^"});
  EXPECT_EQ(formula_problems("accounts"), Lines{"metrics.f.formula: 'accounts' is a table: a column of the accounts "
                                                "table is written TABLE.column\n  accounts\n  ^"});
  EXPECT_EQ(formula_problems("zz1 + zz2").size(), 2U);  // both are said
  EXPECT_EQ(formula_problems("sum(p.*) + p.a + count(p.* > 1) + s + s_coverage"), Lines{});
}

TEST(Names, of_a_score_whose_trend_cannot_be_read_are_excused) {
  const auto with = [](const std::string& trend) {
    return problems_in(
        {.metrics = R"({"f": {"formula": "s_change + s_trnd"}})",
         .scores = R"({"s": {"measures": {"m": {"value": "1", "identity": true}}, "trend": )" + trend + "}}"});
  };
  EXPECT_EQ(with(R"({"over": "4 weeks"})").size(), 2U);  // the length, and s_trnd
  EXPECT_EQ(with(R"({"over": "4w"})").size(), 1U);
  EXPECT_EQ(with("{}").size(), 2U);
}

TEST(Names, of_scores_are_not_for_include_and_since) {
  const std::string score = R"({"s": {"measures": {"m": {"value": "n", "identity": true}}}})";
  EXPECT_EQ(problems_in({.metrics = R"({"n": {"formula": "1"}})", .scores = score, .more = R"(, "include": "s > 1")"}),
            Lines{"include: 's' is a score's: include may not depend on scores or journeys\n  s > 1\n  ^"});
  EXPECT_EQ(problems_in({.metrics = R"({"n": {"formula": "1"}, "k": {"formula": "n + s_coverage"}})",
                         .scores = score,
                         .more = R"(, "include": "k > 1")"}),
            Lines{"include: include may not depend on scores or journeys: include -> k -> s"});
  EXPECT_EQ(problems_in({.metrics = R"({"n": {"from": "usage", "agg": "count", "since": "s"}})", .scores = score}),
            (Lines{"metrics.n.since: 's' is a score's: since may use metrics and attributes alone\n  s\n  ^",
                   "metrics.n: needs itself: n -> s -> n"}));
}

}  // namespace
}  // namespace customerhealth::model
