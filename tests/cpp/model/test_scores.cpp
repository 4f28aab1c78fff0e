#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

ScoreSpec score(const std::string& keys) { return model(score_parts(keys)).scores[0]; }
Measure measure(const std::string& keys) { return score(R"("measures": {"m": {)" + keys + "}}").measures[0]; }

const std::string kOneMeasure = R"("measures": {"m": {"value": "n", "identity": true}})";

TEST(Scores, have_defaults) {
  const ScoreSpec s = score(kOneMeasure);
  EXPECT_EQ(s.scale.low, 0);
  EXPECT_EQ(s.scale.high, 100);
  EXPECT_EQ(s.combine, Combine::mean);
  EXPECT_EQ(s.least_coverage, 0);
  EXPECT_FALSE(s.round.has_value());
  EXPECT_FALSE(s.grade_slot.has_value());
  EXPECT_EQ(s.measures[0].weight, 1);
  EXPECT_EQ(s.path, "scores.s");
}

TEST(Scores, read_every_key) {
  const ScoreSpec s =
      score(R"("scale": [-1, 1], "combine": "lowest", "least_coverage": 0.5, "round": 2, "include": "n > 0",
      "caps": [{"name": "a", "when": "n > 1", "at_most": 0.5}, {"name": "b", "set": "n + 1"}, {"name": "c", "at_least": -0.25}],
      "grades": [{"name": "x", "from": -1}, {"name": "y", "from": 0}, {"name": "z", "above": 0}], )" +
            kOneMeasure);
  EXPECT_EQ(s.scale.low, -1);
  EXPECT_EQ(s.combine, Combine::lowest);
  EXPECT_EQ(s.least_coverage, 0.5);
  EXPECT_EQ(s.round, 2);
  EXPECT_EQ(s.include->expression.text(), "n > 0");
  ASSERT_EQ(s.caps.size(), 3U);
  EXPECT_EQ(s.caps[0].kind, Cap::Kind::at_most);
  EXPECT_EQ(s.caps[0].limit.expression.text(), "0.5");
  EXPECT_EQ(s.caps[1].limit.expression.text(), "n + 1");
  EXPECT_EQ(s.caps[2].limit.expression.text(), "-0.25");
  ASSERT_EQ(s.grades.size(), 3U);
  EXPECT_FALSE(s.grades[0].edge.has_value());  // there is nothing below the first
  EXPECT_EQ(s.grades[1].edge, 0);
  EXPECT_TRUE(s.grades[1].includes_edge);
  EXPECT_FALSE(s.grades[2].includes_edge);
}

TEST(Scores, may_owe_something_to_their_past) {
  const ScoreSpec s = score(R"("grades": [{"name": "x"}], "hysteresis": {"points": 2.5},
      "trend": {"over": "4w", "flat_within": 1}, )" +
                            kOneMeasure);
  EXPECT_EQ(s.hysteresis, 2.5);
  EXPECT_EQ(s.trend->over, (Length{4, Length::Unit::weeks}));
  EXPECT_EQ(s.trend->flat_within, 1);
  const ScoreSpec plain = score(R"("grades": [{"name": "x"}], "hysteresis": {}, "trend": {}, )" + kOneMeasure);
  EXPECT_FALSE(plain.hysteresis.has_value());
  EXPECT_FALSE(plain.trend.has_value());
  EXPECT_FALSE(score(R"("grades": [{"name": "x"}], "hysteresis": {"points": 0}, )" + kOneMeasure).hysteresis);
}

TEST(Scores, hold_only_grades_that_they_have) {
  EXPECT_EQ(score_problems(R"("hysteresis": {"points": 1}, )" + kOneMeasure),
            Lines{"scores.s.hysteresis: holds grades, and the score has none; needs 'grades'"});
  EXPECT_EQ(score_problems(R"("grades": 3, "hysteresis": {"points": 1}, )" + kOneMeasure).size(), 1U);
}

TEST(Scores, need_measures_but_no_weight) {
  EXPECT_EQ(score_problems(""),
            Lines{"scores.s: 'measures' is missing; expected a map by name (each: an object: measure)"});
  EXPECT_EQ(score_problems(R"("measures": {})"), Lines{"scores.s.measures: a score needs a measure"});
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "weight": 0)"), Lines{});
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "weight": -0.5)"),
            Lines{"scores.s.measures.m.weight: expected a number, 0 or more; got the number -0.5"});
}

TEST(Scores, have_numbers_in_their_ranges) {
  EXPECT_EQ(score_problems(R"("scale": [5, 5], "least_coverage": 1.1, "round": 16, "combine": "avg", )" + kOneMeasure),
            (Lines{"scores.s.combine: no such word: 'avg'; write mean",
                   "scores.s.least_coverage: expected a number from 0 to 1; got the number 1.1",
                   "scores.s.round: expected an integer from -15 to 15 or null; got the number 16",
                   "scores.s.scale: a scale needs a width: [low, high] with low < high; got [5, 5]"}));
  EXPECT_EQ(score_problems(R"("scale": [-1e308, 1e308], )" + kOneMeasure).size(), 1U);
  EXPECT_EQ(score_problems(R"("scale": [0], )" + kOneMeasure),
            Lines{"scores.s.scale: expected a pair of numbers, [low, high]; got a list"});
  EXPECT_EQ(score_problems(R"("round": null, )" + kOneMeasure), Lines{});
}

TEST(Scores, grade_upwards) {
  const auto grades = [](const std::string& list) {
    return score_problems(R"("grades": )" + list + ", " + kOneMeasure);
  };
  EXPECT_EQ(grades(R"([{"name": "a"}, {"name": "b", "from": 50}, {"name": "c", "above": 50}])"), Lines{});
  EXPECT_EQ(
      grades(R"([{"name": "a", "from": 10}])"),
      Lines{"scores.s.grades[0]: the first grade has no edge, or one at or below the scale's lower end, 0; got 10"});
  EXPECT_EQ(
      grades(R"([{"name": "a", "from": 0}, {"name": "a"}, {"name": "c", "above": 50}, {"name": "d", "from": 50}])"),
      (Lines{"scores.s.grades[1].name: two grades are named 'a'",
             "scores.s.grades[1]: needs an edge, 'from' or 'above': only the first grade may have none",
             "scores.s.grades[3]: grades must ascend, but 50 follows 50 (at one edge 'from' comes before 'above')"}));
  EXPECT_EQ(grades(R"([{"name": "a", "from": 0, "above": 0}, {"from": 5}])"),
            (Lines{"scores.s.grades[0].above: stands beside 'from': only one of them can be given",
                   "scores.s.grades[1]: 'name' is missing; expected a text that is not empty"}));
}

TEST(Scores, cap_one_way_each_by_its_own_name) {
  const auto caps = [](const std::string& list) { return score_problems(R"("caps": )" + list + ", " + kOneMeasure); };
  EXPECT_EQ(
      caps(R"([{"name": "a", "at_most": 1, "set": 2}, {"name": "a", "at_least": 1}, {"name": "b"}, {"set": true}])"),
      (Lines{"scores.s.caps[0].set: stands beside 'at_most': only one of them can be given",
             "scores.s.caps[1].name: two caps are named 'a'",
             "scores.s.caps[2]: needs one of 'at_most', 'at_least' or 'set'",
             "scores.s.caps[3].set: expected a number or a formula; got true",
             "scores.s.caps[3]: 'name' is missing; expected a text that is not empty"}));
  EXPECT_EQ(caps(R"([{"name": "a", "when": "n", "at_most": "t > 'x'"}])").size(), 2U);
  EXPECT_EQ(caps("[]"), Lines{});
}

TEST(Measures, have_one_source_and_one_shape) {
  EXPECT_EQ(measure_problems(R"("identity": true)"),
            Lines{"scores.s.measures.m: needs one of 'value', 'score' or 'each'"});
  EXPECT_EQ(measure_problems(R"("value": "n", "each": "p", "identity": true)"),
            Lines{"scores.s.measures.m.each: stands beside 'value': only one of them can be given"});
  EXPECT_EQ(measure_problems(R"("value": "n")"),
            Lines{"scores.s.measures.m: needs a shape: one of 'bands', 'curve', 'labels', 'identity', 'logistic', "
                  "'percentile', 'zscore' or 'cases'"});
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "curve": [[0, 1], [1, 2]])"),
            Lines{"scores.s.measures.m.identity: stands beside 'curve': only one of them can be given"});
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": false)"),
            Lines{"scores.s.measures.m.identity: expected true; got false"});
}

TEST(Measures, take_other_scores_as_they_are) {
  const Model parsed = model(
      {.metrics = R"({"n": {"formula": "1"}})", .scores = R"({"a": {"measures": {"x": {"score": "b", "weight": 3}}},
                                            "b": {"measures": {"y": {"value": "n", "identity": true}}}})"});
  EXPECT_EQ(std::get<ScoreIndex>(parsed.scores[0].measures[0].source), ScoreIndex{1});
  EXPECT_TRUE(parsed.scores[0].measures[0].cases.empty());
  EXPECT_EQ(parsed.find_score("b"), ScoreIndex{1});
  EXPECT_EQ(parsed.find_score("c"), std::nullopt);
  EXPECT_EQ(problems_in({.scores = R"({"a": {"measures": {"x": {"score": "bb", "identity": true}}},
                                       "b": {"measures": {"y": {"value": "1", "identity": true}}}})"}),
            (Lines{"scores.a.measures.x.identity: does not go with 'score', which has points already",
                   "scores.a.measures.x.score: no score 'bb' in the model; expected one of a, b"}));
}

TEST(Measures, may_not_be_called_like_parts_of_contributions) {
  const Lines problems = score_problems(R"("measures": {"offset": {"value": "n", "identity": true},
      "clamp": {"value": "n", "identity": true}, "round": {"value": "n", "identity": true}})");
  EXPECT_EQ(problems,
            (Lines{"scores.s.measures.clamp: contributions have a part of this name: choose another",
                   "scores.s.measures.offset: contributions have a part of this name: choose another",
                   "scores.s.measures.round: 'round' is a word of the formula language: choose another name"}));
}

TEST(Measures, read_bands) {
  const auto bands = [](const std::string& list) { return measure_problems(R"("value": "n", "bands": )" + list); };
  const Measure m = measure(
      R"("value": "n", "bands": [{"below": 1, "points": 5, "name": "low"}, {"up_to": 1, "points": null}, {"points": 9}])");
  const auto& shape = std::get<BandsShape>(m.cases.at(0).shape);
  EXPECT_EQ(shape.bands[0].edge, 1);
  EXPECT_FALSE(shape.bands[0].includes_edge);
  EXPECT_EQ(shape.bands[0].name, "low");
  EXPECT_TRUE(shape.bands[1].includes_edge);
  EXPECT_FALSE(shape.bands[1].points.has_value());
  EXPECT_FALSE(shape.bands[2].edge.has_value());
  EXPECT_FALSE(m.has_cases);
  EXPECT_EQ(bands(R"([{"up_to": 1, "points": 1}, {"below": 1, "points": 2}])"),
            Lines{"scores.s.measures.m.bands[1]: edges must ascend, but 1 follows 1 (at one edge 'below' comes before "
                  "'up_to')"});
  EXPECT_EQ(bands(R"([{"below": 2, "points": 1}, {"below": 1, "points": 2}])"),
            Lines{"scores.s.measures.m.bands[1]: edges must ascend, but 1 follows 2"});
  EXPECT_EQ(bands(R"([{"points": 1}, {"below": 1, "up_to": 2, "points": 2}, {"below": 4}])"),
            (Lines{"scores.s.measures.m.bands[0]: needs an edge, 'below' or 'up_to': only the last band may have none",
                   "scores.s.measures.m.bands[1].up_to: stands beside 'below': only one of them can be given",
                   "scores.s.measures.m.bands[2]: 'points' is missing; expected a number or null"}));
  EXPECT_EQ(bands("[]").size(), 1U);
}

TEST(Measures, read_curves) {
  const auto curve = [](const std::string& list) { return measure_problems(R"("value": "n", "curve": )" + list); };
  const Measure m = measure(R"("value": "n", "curve": [[0, 1], [2.5, -3]])");
  EXPECT_EQ(std::get<CurveShape>(m.cases.at(0).shape).points[1], (std::pair{2.5, -3.0}));
  EXPECT_EQ(curve("[[0, 1]]"), Lines{"scores.s.measures.m.curve: expected a list (each: a pair of numbers, [x, "
                                     "points]) with 2 elements or more; got a list"});
  EXPECT_EQ(curve(R"([[0, 1], [1, "a"], [3, 4], [3, 5]])"),
            (Lines{"scores.s.measures.m.curve[1]: expected a pair of numbers, [x, points]; got a list",
                   "scores.s.measures.m.curve[3]: x must ascend strictly, but 3 follows 3"}));
}

TEST(Measures, read_labels) {
  const Measure m = measure(R"("value": "t", "labels": {"red": 10, "green": 90, "no \"idea\"": 0})");
  const auto& labels = std::get<LabelsShape>(m.cases.at(0).shape);
  ASSERT_EQ(labels.points.size(), 3U);
  EXPECT_EQ(labels.points[0], (std::pair{std::string{"green"}, 90.0}));
  EXPECT_EQ(measure_problems(R"("value": "t", "labels": {})").size(), 1U);
  EXPECT_EQ(measure_problems(R"("value": "t", "labels": {"so so": "5"})"),
            Lines{"scores.s.measures.m.labels[\"so so\"]: expected a number; got the text '5'"});
  EXPECT_EQ(measure_problems(R"("value": "n + 1", "labels": {"1": 5})"),
            Lines{"scores.s.measures.m.value: labels go with texts and booleans; this is a number\n  n + 1\n  ^"});
  EXPECT_EQ(measure_problems(R"("value": "n > 1", "labels": {"true": 5, "no": 1})"),
            Lines{"scores.s.measures.m: the value is a boolean: its labels are 'true' and 'false', not 'no'"});
}

TEST(Measures, read_cases) {
  const Measure m =
      measure(R"("value": "n", "cases": [{"when": "n < 2", "missing": "too_young"}, {"when": "n < 6", "points": 7},
                                                        {"identity": true}])");
  EXPECT_TRUE(m.has_cases);
  EXPECT_EQ(std::get<FixedMissing>(m.cases[0].shape).reason, Reason::too_young);
  EXPECT_EQ(std::get<FixedPoints>(m.cases[1].shape).points, 7);
  EXPECT_EQ(m.cases[1].when->path, "scores.s.measures.m.cases[1].when");
  EXPECT_TRUE(std::holds_alternative<IdentityShape>(m.cases[2].shape));
  EXPECT_FALSE(m.cases[2].when.has_value());
  EXPECT_EQ(
      measure_problems(R"("value": "n", "cases": [{"when": "n > 1"}, {"points": 1, "missing": "old"}])"),
      (Lines{
          "scores.s.measures.m.cases[0]: needs one of 'bands', 'curve', 'labels', 'identity', 'logistic', "
          "'percentile', "
          "'zscore', 'points' or 'missing'",
          "scores.s.measures.m.cases[1].missing: no such word: 'old'; expected one of never, silent, stale, too_young, "
          "too_few, open, undefined, not_applicable, out_of_range, few_peers, coverage",
          "scores.s.measures.m.cases[1].missing: stands beside 'points': only one of them can be given"}));
  EXPECT_EQ(
      measure_problems(R"("value": "t", "cases": [{"labels": {"a": 1}}, {"identity": true}])"),
      Lines{"scores.s.measures.m.cases: labels go with texts and booleans, the other shapes with numbers: one value "
            "cannot have both"});
}

MissingPolicy::Answer answer(const Measure& m, Reason reason) {
  return m.missing.answers[static_cast<std::size_t>(reason)];
}

TEST(Measures, say_what_a_missing_value_means) {
  using Kind = MissingPolicy::Kind;
  const std::string base = R"("value": "n", "identity": true, "missing": )";
  EXPECT_EQ(answer(measure(R"("value": "n", "identity": true)"), Reason::silent).kind, Kind::skip);
  EXPECT_EQ(answer(measure(base + R"("fail")"), Reason::stale).kind, Kind::fail);
  EXPECT_EQ(answer(measure(base + R"("fail")"), Reason::not_applicable).kind, Kind::skip);
  EXPECT_EQ(answer(measure(base + "12.5"), Reason::never).kind, Kind::points);
  EXPECT_EQ(answer(measure(base + "12.5"), Reason::never).points, 12.5);
  EXPECT_EQ(answer(measure(base + "12.5"), Reason::not_applicable).kind, Kind::skip);
  const Measure map = measure(base + R"({"never": "fail", "silent": 0, "not_applicable": 3, "else": 7})");
  EXPECT_EQ(answer(map, Reason::never).kind, Kind::fail);
  EXPECT_EQ(answer(map, Reason::silent).kind, Kind::points);
  EXPECT_EQ(answer(map, Reason::not_applicable).points, 3);
  EXPECT_EQ(answer(map, Reason::coverage).points, 7);
  EXPECT_EQ(answer(measure(base + R"({"else": "fail"})"), Reason::not_applicable).kind, Kind::skip);
  EXPECT_EQ(answer(measure(base + R"({"never": 1})"), Reason::stale).kind, Kind::skip);
  EXPECT_EQ(
      measure_problems(base + R"({"nver": "skip", "silent": "skp"})"),
      (Lines{"scores.s.measures.m.missing.nver: no such reason; did you mean 'never'?",
             "scores.s.measures.m.missing.silent: expected 'skip', 'fail' or a number of points; got the text 'skp'"}));
  EXPECT_EQ(measure_problems(base + "null").size(), 1U);
}

TEST(Each, makes_a_measure_of_every_part) {
  const Model parsed =
      model({.metrics =
                 R"({"p": {"from": "usage", "agg": "count", "by": {"column": "f", "values": ["b", "a \"q\"", "or"]}}})",
             .scores = R"({"s": {"measures": {"x": {"each": "p", "curve": [[0, 0], [1, 1]],
                                            "weight": {"b": 2, "a \"q\"": 0, "or": 1}}}}})"});
  const auto& measures = parsed.scores[0].measures;
  ASSERT_EQ(measures.size(), 3U);
  EXPECT_EQ(measures[0].name, "x.b");
  EXPECT_EQ(measures[0].weight, 2);
  EXPECT_EQ(measures[1].name, "x.a \"q\"");
  EXPECT_EQ(measures[1].weight, 0);
  EXPECT_EQ(std::get<Formula>(measures[1].source).expression.names().at(0).part, "a \"q\"");
  EXPECT_EQ(std::get<Formula>(measures[2].source).expression.names().at(0).part, "or");
  EXPECT_EQ(measures[2].path, "scores.s.measures.x");
  TextOverlay texts;
  const BoundModel bound = model::bind(parsed, types_with(parsed, {}), texts);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bound.scores[0].measures[i].value->lone_name(), parsed.metrics[0].slots[i]);
  }
}

TEST(Each, wants_a_split_metric_and_weights_for_all_its_values) {
  const std::string shape = R"(, "identity": true)";
  EXPECT_EQ(measure_problems(R"("each": "n")" + shape),
            Lines{"scores.s.measures.m.each: the metric 'n' is not split (by); of split metrics expected p"});
  EXPECT_EQ(measure_problems(R"("each": "q")" + shape),
            Lines{"scores.s.measures.m.each: no metric 'q'; of split metrics expected p"});
  EXPECT_EQ(measure_problems(R"("each": "p", "weight": {"a": 1, "c": 2})" + shape),
            (Lines{"scores.s.measures.m.weight.c: 'p' has no such value; expected one of a, b",
                   "scores.s.measures.m.weight: the value 'b' has no weight"}));
  EXPECT_EQ(measure_problems(R"("value": "n", "weight": {"a": 1})" + shape),
            Lines{"scores.s.measures.m.weight: a map by value goes only with 'each'; expected a number, 0 or more"});
  EXPECT_EQ(measure_problems(R"("each": "p", "weight": {"a": 0, "b": 0})" + shape), Lines{});
}

TEST(Measures, read_the_shapes_among_peers) {
  const Measure p =
      measure(R"("value": "n", "percentile": {"within": "n > 2", "least": 5, "rank": "below"}, "descending": true,
                               "shrink": {"rows": "n", "strength": 2.5})");
  const auto& percentile = std::get<PercentileShape>(p.cases[0].shape);
  EXPECT_EQ(percentile.within->expression.text(), "n > 2");
  EXPECT_EQ(percentile.least, 5);
  EXPECT_EQ(percentile.rank, Rank::below);
  EXPECT_TRUE(percentile.descending);
  EXPECT_EQ(p.shrink->rows.expression.text(), "n");
  EXPECT_EQ(p.shrink->strength, 2.5);
  const auto zscore = std::get<ZscoreShape>(measure(R"("value": "n", "zscore": {})").cases[0].shape);
  EXPECT_EQ(zscore.least, 2);
  EXPECT_EQ(zscore.limit, 3);
  EXPECT_FALSE(zscore.within.has_value() || zscore.descending);
  EXPECT_EQ(std::get<PercentileShape>(measure(R"("value": "n", "percentile": {})").cases[0].shape).least, 1);
  const auto logistic =
      std::get<LogisticShape>(measure(R"("value": "n", "logistic": {"midpoint": 3, "slope": -1})").cases[0].shape);
  EXPECT_EQ(logistic.midpoint, 3);
  EXPECT_EQ(logistic.slope, -1);
}

TEST(Measures, say_what_does_not_go_with_peers) {
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "descending": true)"),
            Lines{"scores.s.measures.m.descending: goes with percentile and zscore; the other shapes say themselves "
                  "what less is worth"});
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "descending": false)"), Lines{});
  EXPECT_EQ(measure_problems(R"("value": "t", "labels": {"x": 1}, "shrink": {"rows": "n", "strength": 1})"),
            Lines{"scores.s.measures.m.shrink: goes with shapes of numbers: there is nothing to shrink"});
  EXPECT_EQ(measure_problems(R"("value": "n", "zscore": {"limit": 0})"),
            Lines{"scores.s.measures.m.zscore.limit: expected a number above 0; got 0"});
  EXPECT_EQ(measure_problems(R"("value": "n", "percentile": {"least": 0, "rank": "top"})"),
            (Lines{"scores.s.measures.m.percentile.least: expected an integer, 1 or more; got the number 0",
                   "scores.s.measures.m.percentile.rank: no such word: 'top'; expected one of mid, below, at_most"}));
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "shrink": {"rows": "p", "strength": 1})"),
            Lines{"scores.s.measures.m.shrink.rows: the metric 'p' is split: a metric with a formula, as p.value, can "
                  "take one of its parts"});
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "shrink": {"rows": "nn", "strength": 1})"),
            Lines{"scores.s.measures.m.shrink.rows: no metric 'nn' in the model; expected one of n, t, p"});
}

TEST(Measures, within_may_not_need_the_score_itself) {
  EXPECT_EQ(measure_problems(R"("value": "n", "percentile": {"within": "s > 3"})"),
            Lines{"scores.s: needs itself: s -> s"});
  EXPECT_EQ(measure_problems(R"("value": "n", "percentile": {"within": "nobody"})").size(), 1U);
}

}  // namespace
}  // namespace customerhealth::model
