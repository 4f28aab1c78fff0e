#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

TEST(Keys, a_model_with_five_mistakes_reports_five) {
  const std::string json = R"({
    "format": 1,
    "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at", "stale_afer": "7d"}},
    "metrics": {
      "logins": {"from": "usage", "agg": "count", "window": "7 days"},
      "depth": {"formula": "logins +* 2"}
    },
    "scores": {
      "adoption": {"measures": {"breadth": {"value": "loginz", "weight": -1, "curve": [[0, 0], [4, 60], [4, 100]]}}}
    }})";
  EXPECT_EQ(problems_of(json).size(), 6U);
  const Lines problems = problems_of(json);
  EXPECT_EQ(problems[0].substr(0, 22), "metrics.depth.formula:");
  EXPECT_EQ(problems[1],
            "metrics.logins.window: expected a length such as '12h', '28d', '4w', '1mo', '1q' or '1y'; got "
            "the text '7 days'");
  EXPECT_EQ(problems[2], "scores.adoption.measures.breadth.curve[2]: x must ascend strictly, but 4 follows 4");
  EXPECT_EQ(problems[3],
            "scores.adoption.measures.breadth.value: unknown name 'loginz'; did you mean 'logins'?\n"
            "  loginz\n  ^");
  EXPECT_EQ(problems[4], "scores.adoption.measures.breadth.weight: expected a number, 0 or more; got the number -1");
  EXPECT_EQ(problems[5], "tables.usage.stale_afer: unknown key; did you mean 'stale_after'?");
}

TEST(Keys, a_formula_error_has_path_caret_and_position) {
  try {
    (void)model_of_metrics(R"({"a": {"formula": "1 +* 2"}})");
    FAIL();
  } catch (const ModelError& error) {
    ASSERT_EQ(error.problems().size(), 1U);
    EXPECT_EQ(error.problems()[0].path, "metrics.a.formula");
    EXPECT_EQ(error.problems()[0].position, 3);
    EXPECT_TRUE(error.problems()[0].message.ends_with("\n  1 +* 2\n     ^")) << error.what();
  }
}

TEST(Keys, knows_the_top_level) {
  const Model parsed = Model::parse(R"({"format": 1, "$schema": "any", "name": "x", "description": "d",
                                        "clock": {"every": "1mo", "anchor": "2020-01-31"}})");
  EXPECT_EQ(parsed.name, "x");
  EXPECT_EQ(parsed.description, "d");
  EXPECT_EQ(parsed.clock.every, (Length{1, Length::Unit::months}));
  EXPECT_EQ(parsed.clock.anchor, *parse_instant("2020-01-31"));
  EXPECT_EQ(parsed.slots.size(), 1U);
  EXPECT_FALSE(parsed.include.has_value());
}

TEST(Keys, has_the_defaults_of_the_declarations) {
  const Model parsed = Model::parse(R"({"format": 1, "clock": {}})");
  EXPECT_EQ(parsed.name, "model");
  EXPECT_EQ(parsed.clock.every, (Length{7, Length::Unit::days}));
  EXPECT_EQ(parsed.clock.anchor, *parse_instant("1970-01-05"));
}

TEST(Keys, needs_the_format) {
  EXPECT_EQ(problems_of("{}"), Lines{": 'format' is missing; expected 1"});
  EXPECT_EQ(problems_of(R"({"format": 2})"), Lines{"format: expected 1; got the number 2"});
  EXPECT_EQ(problems_of(R"({"format": "1"})"), Lines{"format: expected 1; got the text '1'"});
  EXPECT_EQ(problems_of(R"({"format": 1.0})"), Lines{});
}

TEST(Keys, says_what_would_have_fitted) {
  EXPECT_EQ(problems_of(R"({"format": 1, "metrisc": {}})"), Lines{"metrisc: unknown key; did you mean 'metrics'?"});
  EXPECT_EQ(problems_of(R"({"format": 1, "name": 3, "clock": [], "tables": true, "$schema": null})"),
            (Lines{"$schema: expected a text; got null", "clock: expected an object, got an empty list",
                   "name: expected a text; got the number 3",
                   "tables: expected a map by name (each: an object: table); got true"}));
  EXPECT_EQ(
      problems_of(R"({"format": 1, "clock": {"every": "0d", "anchor": "monday"}})"),
      (Lines{"clock.anchor: expected a date such as '2026-01-31'; got the text 'monday'",
             "clock.every: expected a length such as '12h', '28d', '4w', '1mo', '1q' or '1y'; got the text '0d'"}));
}

TEST(Keys, does_not_know_keys_of_later_versions) {
  for (const char* key : {"segments", "surveys", "forecasts"}) {
    const Lines problems = problems_of(R"({"format": 1, ")" + std::string{key} + R"(": {}})");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].find(std::string{key} + ": unknown key; "), 0U);
  }
}

TEST(Keys, allow_a_description_in_every_object) {
  EXPECT_EQ(problems_in({.tables = R"({"u": {"kind": "events", "account": "a", "time": "t", "description": "d"}})",
                         .metrics = R"({"m": {"from": "u", "agg": "count", "description": "d",
                                        "by": {"column": "c", "values": [1], "description": "d"}}})",
                         .scores = R"({"s": {"description": "d", "measures": {"x": {"description": "d", "value": "1",
                            "cases": [{"description": "d", "bands": [{"points": 1, "description": "d"}]}]}},
                            "caps": [{"name": "c", "at_most": 1, "description": "d"}],
                            "grades": [{"name": "g", "description": "d"}]}})",
                         .more = R"(, "clock": {"description": "d"})"}),
            Lines{});
  EXPECT_EQ(metric_problems(R"("formula": "1", "description": 1)"),
            Lines{"metrics.m.description: expected a text, got the number 1"});
}

TEST(Keys, want_names_that_formulas_can_use) {
  const Lines problems = problems_in({.metrics = R"({"Logins": {"formula": "1"}, "1st": {"formula": "1"},
      "": {"formula": "1"}, "if": {"formula": "1"}, "and": {"formula": "1"}, "ok_2": {"formula": "1"}})"});
  const std::string rule = ": a name is made of a-z, 0-9 and _, and begins with a letter";
  EXPECT_EQ(problems,
            (Lines{"metrics.1st" + rule, "metrics.Logins" + rule,
                   "metrics.and: 'and' is a word of the formula language: choose another name",
                   "metrics.if: 'if' is a word of the formula language: choose another name", "metrics[\"\"]" + rule}));
}

TEST(Keys, cuts_what_is_too_long_to_show) {
  const Lines problems = problems_of(R"({"format": 1, ")" + std::string(1000, 'k') + R"(": 1, "name": [1]})");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_LT(problems[0].size(), 250U);
}

TEST(Keys, one_mistake_is_not_reported_twice) {
  // What is unreadable is excused where it is used.
  EXPECT_EQ(problems_in({.metrics = R"({"a": 1, "b": {"formula": "a + a.x"}, "c": {"formula": "b > 'x' or a"}})"}),
            Lines{"metrics.a: expected an object, got the number 1"});
  EXPECT_EQ(
      problems_in({.tables = R"({"u": {"kind": "evnts", "account": "a"}})",
                   .metrics = R"({"a": {"from": "u", "agg": "count", "window": "7d"}, "b": {"formula": "u.x"}})"}),
      Lines{"tables.u.kind: no such word: 'evnts'; did you mean 'events'?"});
  EXPECT_EQ(
      problems_in({.metrics = R"({"a": {"from": "nope", "agg": "last", "of": "x"}, "b": {"formula": "a = 'x'"}})"})
          .size(),
      1U);
  EXPECT_EQ(
      problems_in({.metrics = R"({"a": {"from": "usage", "agg": "lst", "of": "x"}, "b": {"formula": "a = 'x'"}})"}),
      Lines{"metrics.a.agg: no such word: 'lst'; did you mean 'last'?"});
  EXPECT_EQ(
      problems_in({.metrics = R"({"a": {"formula": "h > h_coverage or h_grade = 'x'"}})", .scores = R"({"h": []})"}),
      Lines{"scores.h: expected an object, got an empty list"});
  EXPECT_EQ(problems_in({.metrics = "[]", .scores = R"({"s": {"measures": {"m": {"value": "x", "identity": true},
                                                        "n": {"each": "y", "identity": true}}}})"}),
            Lines{"metrics: expected a map by name (each: an object: metric); got an empty list"});
}

}  // namespace
}  // namespace customerhealth::model
