#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/model/probability.hpp"
#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

const std::string kMeasures = R"("measures": {"m": {"value": "n", "identity": true}})";
const std::string kOf = R"("of": "left", "horizon": "90d")";

Parts parts_with(const std::string& probability, const std::string& more = "") {
  return score_parts(kMeasures + more + R"(, "probability": )" + probability);
}
ScoreSpec score_with(const std::string& probability) { return model(parts_with(probability)).scores.at(0); }
Lines problems_with(const std::string& keys, const std::string& more = "") {
  return problems_in(parts_with("{" + kOf + ", " + keys + "}", more));
}

TEST(Probability, of_a_logistic_falls_by_its_formula) {
  const Probability logit{.shape = Logit{1.27, 0.087}, .low = {}, .high = {}};
  EXPECT_EQ(logit.at(0), 1 / (1 + std::exp(-1.27)));
  EXPECT_EQ(logit.at(40), 1 / (1 + std::exp(-(1.27 - 0.087 * 40))));
  EXPECT_EQ((Probability{.shape = Logit{0, 0}, .low = {}, .high = {}}).at(55), 0.5);
}

TEST(Probability, of_a_logistic_keeps_within_its_ends_however_far) {
  const Probability steep{.shape = Logit{1e308, 1e308}, .low = {}, .high = {}};
  EXPECT_EQ(steep.at(0), 1);
  EXPECT_EQ(steep.at(100), 0);
  EXPECT_EQ((Probability{.shape = Logit{-1e308, 0}, .low = {}, .high = {}}).at(1), 0);
}

TEST(Probability, of_a_curve_is_linear_between_and_flat_outside) {
  const Probability curve{.shape = Probability::Curve{{20, 0.5}, {40, 0.25}, {80, 0.25}}, .low = {}, .high = {}};
  EXPECT_EQ(curve.at(0), 0.5);
  EXPECT_EQ(curve.at(20), 0.5);
  EXPECT_EQ(curve.at(30), 0.375);
  EXPECT_EQ(curve.at(40), 0.25);
  EXPECT_EQ(curve.at(60), 0.25);
  EXPECT_EQ(curve.at(100), 0.25);
}

TEST(Probability, has_an_interval_that_holds_it) {
  const Probability::Curve low{{0, 0.4}, {100, 0.0}}, high{{0, 0.6}, {100, 0.5}};
  const Probability logit{.shape = Logit{0, 0.1}, .low = low, .high = high};
  EXPECT_EQ(logit.low_at(0), 0.4);
  EXPECT_EQ(logit.high_at(50), 0.55);
  EXPECT_EQ(logit.low_at(40), logit.at(40));  // the line is at 0.24 there, the logistic at 0.018
}

TEST(Probability, is_read_as_it_is_written) {
  const ScoreSpec s = score_with("{" + kOf + R"(, "logistic": {"a": 1.5, "b": 0.25},
      "low": [[0, 0.5], [100, 0]], "high": [[0, 1], [100, 1]],
      "from": {"cases": 900, "events": 100, "accounts": 50, "observed": "2026-01-31"}, "description": "d"})");
  ASSERT_TRUE(s.probability);
  EXPECT_EQ(std::get<Logit>(s.probability->shape).a, 1.5);
  EXPECT_EQ(std::get<Logit>(s.probability->shape).b, 0.25);
  EXPECT_EQ(s.probability->low, (Probability::Curve{{0, 0.5}, {100, 0}}));
  EXPECT_EQ(s.probability->high, (Probability::Curve{{0, 1}, {100, 1}}));
  EXPECT_TRUE(s.probability_slot && s.low_slot && s.high_slot);
  const ScoreSpec curve = score_with("{" + kOf + R"(, "curve": [[0, 1], [50, 0]]})");
  EXPECT_EQ(std::get<Probability::Curve>(curve.probability->shape), (Probability::Curve{{0, 1}, {50, 0}}));
  EXPECT_FALSE(curve.low_slot || curve.high_slot);
}

TEST(Probability, that_is_empty_is_none) {
  for (const char* empty : {"{}", R"({"description": "to be learned"})"}) {
    const ScoreSpec s = score_with(empty);
    EXPECT_FALSE(s.probability.has_value());
    EXPECT_FALSE(s.probability_slot.has_value());
  }
  EXPECT_EQ(model(score_parts(kMeasures)).slots.size(), model(parts_with("{}")).slots.size());
}

TEST(Probability, stands_behind_the_grade_before) {
  const std::string more = R"(, "grades": [{"name": "g"}], "trend": {"over": "7d"})";
  const Model parsed = model(parts_with(
      "{" + kOf + R"(, "curve": [[0, 1], [9, 0]], "low": [[0, 0], [9, 0]], "high": [[0, 1], [9, 1]]})", more));
  std::vector<std::string> names;
  for (const Slot& slot : parsed.slots) {
    if (slot.name.starts_with("s_") || slot.name == "s") names.push_back(slot.name);
  }
  EXPECT_EQ(names, (Lines{"s", "s_grade", "s_coverage", "s_change", "s_trend", "s_grade_before", "s_probability",
                          "s_probability_low", "s_probability_high"}));
  for (const Slot& slot : parsed.slots) {
    if (!slot.name.starts_with("s_probability")) continue;
    EXPECT_EQ(slot.type, Type::number);
    EXPECT_EQ(slot.step(), Step::Kind::score);
    EXPECT_FALSE(slot.looks_back());
  }
}

TEST(Probability, needs_what_it_is_of_how_soon_and_one_shape) {
  EXPECT_EQ(problems_in(parts_with(R"({"logistic": {"a": 1, "b": 1}})")),
            (Lines{"scores.s.probability: 'horizon' is missing; expected a length such as '12h', '28d', '4w', '1mo', "
                   "'1q' or '1y'",
                   "scores.s.probability: 'of' is missing; expected a text that is not empty"}));
  EXPECT_EQ(problems_in(parts_with("{" + kOf + "}")),
            (Lines{"scores.s.probability: needs one of 'logistic' or 'curve'"}));
  EXPECT_EQ(problems_with(R"("logistic": {"a": 1, "b": 1}, "curve": [[0, 1], [1, 0]])"),
            (Lines{"scores.s.probability.curve: stands beside 'logistic': only one of them can be given"}));
  EXPECT_EQ(problems_in(parts_with(R"("high")")),
            (Lines{"scores.s.probability: expected an object, got the text 'high'"}));
}

TEST(Probability, knows_its_keys) {
  EXPECT_EQ(problems_with(R"("curve": [[0, 1], [1, 0]], "lo": [[0, 0], [1, 0]])"),
            (Lines{"scores.s.probability.lo: unknown key; did you mean 'low'?"}));
  EXPECT_EQ(problems_with(R"("logistic": {"a": 1, "slope": 1})"),
            (Lines{"scores.s.probability.logistic.slope: unknown key; expected one of a, b",
                   "scores.s.probability.logistic: 'b' is missing; expected a number, 0 or more"}));
  EXPECT_EQ(problems_with(R"("curve": [[0, 1], [1, 0]], "from": {"event": 3})"),
            (Lines{"scores.s.probability.from.event: unknown key; did you mean 'events'?"}));
}

TEST(Probability, does_not_rise) {
  EXPECT_EQ(problems_with(R"("logistic": {"a": 1, "b": -0.5})"),
            (Lines{"scores.s.probability.logistic.b: expected a number, 0 or more; got the number -0.5"}));
  EXPECT_EQ(problems_with(R"("curve": [[0, 0.5], [10, 0.6], [20, 0.1]])"),
            (Lines{"scores.s.probability.curve[1]: a probability falls as the score rises, but 0.6 follows 0.5"}));
  EXPECT_EQ(problems_with(R"("curve": [[0, 0.5], [10, 0.5]], "low": [[0, 0], [50, 0.1]])"),
            (Lines{"scores.s.probability.low[1]: a probability falls as the score rises, but 0.1 follows 0"}));
}

TEST(Probability, has_curves_of_ascending_scores_within_nought_and_one) {
  EXPECT_EQ(problems_with(R"("curve": [[0, 1.2], [10, 0.5], [10, 0.25], [20, -0.1]])"),
            (Lines{"scores.s.probability.curve[0]: a probability is between 0 and 1; got 1.2",
                   "scores.s.probability.curve[2]: scores must ascend strictly, but 10 follows 10",
                   "scores.s.probability.curve[3]: a probability is between 0 and 1; got -0.1"}));
  EXPECT_EQ(problems_with(R"("curve": [[0, 1], [5], [10, 0.5]])"),
            (Lines{"scores.s.probability.curve[1]: expected a pair of numbers, [x, points]; got a list"}));
  EXPECT_EQ(problems_with(R"("curve": [[0, 1]])").size(), 1U);
  EXPECT_EQ(problems_with(R"("curve": 0.5)").size(), 1U);
}

TEST(Probability, lies_between_the_ends_of_its_interval) {
  EXPECT_EQ(
      problems_with(R"("curve": [[0, 0.5], [100, 0.1]], "low": [[0, 0.4], [50, 0.35], [100, 0]],
                              "high": [[0, 0.45], [100, 0.45]])"),
      (Lines{"scores.s.probability.high: is below the probability: at a score of 0 it is 0.45, the probability 0.5",
             "scores.s.probability.low: is above the probability: at a score of 50 it is 0.35, the probability "
             "0.3"}));
  EXPECT_EQ(
      problems_with(R"("logistic": {"a": 0, "b": 0}, "low": [[0, 0.6], [100, 0.5]])"),
      (Lines{"scores.s.probability.low: is above the probability: at a score of 0 it is 0.6, the probability 0.5"}));
  EXPECT_EQ(problems_with(R"("curve": [[0, 0.5], [100, 0.5]], "low": [[0, 0.5], [100, 0.5]],
                              "high": [[0, 0.5], [100, 0.5]])"),
            Lines{});
}

TEST(Probability, is_compared_with_its_interval_at_the_corners_of_that) {
  const std::string middle = R"("curve": [[0, 0.5], [50, 0.1], [100, 0]], )";
  EXPECT_EQ(problems_with(middle + R"("low": [[0, 0.4], [100, 0]])"), Lines{});  // 0.2 at 50: shown as 0.1
  EXPECT_EQ(problems_with(middle + R"("high": [[20, 0.6], [40, 0.3]])"), Lines{});
  EXPECT_EQ(problems_with(middle + R"("low": [[0, 0.5000009]  , [100, 0]])"), Lines{});
  EXPECT_EQ(problems_with(middle + R"("low": [[0, 0.5000011], [100, 0]])").size(), 1U);
  EXPECT_EQ(problems_with(middle + R"("high": [[0, 0.4999991], [100, 0]])"), Lines{});
  EXPECT_EQ(problems_with(middle + R"("high": [[0, 0.4999989], [100, 0]])").size(), 1U);
}

TEST(Probability, is_learned_from_no_more_events_than_cases) {
  EXPECT_EQ(problems_with(
                R"("curve": [[0, 1], [1, 0]], "from": {"cases": 5, "events": 6, "accounts": 7, "observed": "soon"})"),
            (Lines{"scores.s.probability.from.accounts: cannot be more than 'cases', 5; got 7",
                   "scores.s.probability.from.events: cannot be more than 'cases', 5; got 6",
                   "scores.s.probability.from.observed: expected a date such as '2026-01-31'; got the text 'soon'"}));
}

TEST(Probability, is_named_by_formulas_where_the_score_has_it) {
  const std::string curve = "{" + kOf + R"(, "curve": [[0, 1], [1, 0]]})";
  const auto named = [&](const std::string& probability, const std::string& name) {
    Parts parts = parts_with(probability);
    parts.more = R"(, "cohorts": {"c": {"when": ")" + name + R"( > 0.2"}})";
    return problems_in(parts);
  };
  EXPECT_EQ(named(curve, "s_probability"), Lines{});
  EXPECT_TRUE(named("{}", "s_probability")
                  .at(0)
                  .starts_with("cohorts.c.when: unknown name 's_probability': the score has no probability"));
  EXPECT_TRUE(
      named(curve, "s_probability_low")
          .at(0)
          .starts_with("cohorts.c.when: unknown name 's_probability_low': the score's probability has no 'low'"));
  EXPECT_TRUE(
      named(curve, "s_probability_high")
          .at(0)
          .starts_with("cohorts.c.when: unknown name 's_probability_high': the score's probability has no 'high'"));
  EXPECT_EQ(named("7", "s_probability").size(), 1U);                  // not reported again
  EXPECT_EQ(named(R"({"low": 3})", "s_probability_low").size(), 4U);  // of, horizon, shape, low
}

TEST(Probability, may_not_be_what_its_score_needs) {
  Parts parts = parts_with("{" + kOf + R"(, "curve": [[0, 1], [1, 0]]})", R"(, "include": "s_probability < 0.5")");
  EXPECT_EQ(problems_in(parts), (Lines{"scores.s: needs itself: s -> s"}));
  parts = parts_with("{" + kOf + R"(, "curve": [[0, 1], [1, 0]]})");
  parts.more = R"(, "include": "s_probability < 0.5")";
  EXPECT_EQ(problems_in(parts).size(), 1U);
}

}  // namespace
}  // namespace customerhealth::model
