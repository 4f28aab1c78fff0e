#include <gtest/gtest.h>

#include "customerhealth/scores/score.hpp"
#include "scores/sheet.hpp"

namespace customerhealth::scores {
namespace {

using testing::kNan;
using testing::Sheet;

constexpr const char* kColours = R"("labels": {"red": 25, "yellow": 62.5, "green": 87.5})";

/// A score of one measure per column of `values`, each the identity of it; `more` are further keys of the score.
Sheet plain(const std::vector<double>& values, const std::vector<double>& weights, const std::string& more = "") {
  std::string measures;
  for (std::size_t i = 0; i < values.size(); ++i) {
    measures += (i == 0 ? "" : ", ") + std::string{"\"m"} + std::to_string(i) + R"(": {"value": "a.x)" +
                std::to_string(i) + R"(", "identity": true, "weight": )" + std::to_string(weights[i]) + "}";
  }
  Sheet sheet{R"({"s": {"measures": {)" + measures + "}" + (more.empty() ? "" : ", ") + more + "}}"};
  for (std::size_t i = 0; i < values.size(); ++i) sheet.numbers("a.x" + std::to_string(i), {values[i]});
  sheet.work_out();
  return sheet;
}

double score(const Sheet& sheet, const std::string& name = "s", std::size_t row = 0) {
  return sheet.of(name).score[row];
}
Reason reason(const Sheet& sheet, const std::string& name = "s", std::size_t row = 0) {
  return sheet.of(name).reasons[row];
}

TEST(Score, averages_colours_as_gitlab_does) {
  const std::string measures = R"({"x": {"value": "a.x", )" + std::string{kColours} + R"(}, "y": {"value": "a.y", )" +
                               kColours + R"(}, "z": {"value": "a.z", )" + kColours + "}}";
  Sheet sheet{R"({"s": {"measures": )" + measures +
              R"(, "grades": [{"name": "red"}, {"name": "yellow", "above": 50}, {"name": "green", "above": 75}]}})"};
  sheet.texts("a.x", {"yellow", "green", "green", "green", "blue"})
      .texts("a.y", {"green", "green", "red", "", ""})
      .texts("a.z", {"yellow", "yellow", "green", "", ""})
      .work_out();
  EXPECT_NEAR(score(sheet), 70.83, 0.005);
  EXPECT_NEAR(score(sheet, "s", 1), 79.17, 0.005);
  EXPECT_NEAR(score(sheet, "s", 2), 66.67, 0.005);
  EXPECT_EQ(score(sheet, "s", 3), 87.5);  // weight goes to those that are there
  EXPECT_TRUE(std::isnan(score(sheet, "s", 4)));
  EXPECT_EQ(reason(sheet, "s", 4), Reason::coverage);
  std::vector<std::int32_t> grades;
  for (const model::GradeIndex grade : sheet.of("s").grades) grades.push_back(grade.get());
  EXPECT_EQ(grades, (std::vector<std::int32_t>{1, 2, 1, 2, -1}));
}

TEST(Score, weighs_as_gainsight_does) { EXPECT_DOUBLE_EQ(score(plain({47, 59, 21}, {20, 15, 22})), 2287.0 / 57.0); }

TEST(Score, gives_licence_use_by_age_as_gitlab_does) {
  Sheet sheet{R"({"s": {"measures": {"use": {"value": "a.use", "cases": [
      {"when": "a.months < 2", "missing": "too_young"},
      {"when": "a.months < 6", "bands": [{"below": 0.1, "points": 25}, {"up_to": 0.5, "points": 62.5}, {"points": 87.5}]},
      {"when": "a.months < 9", "bands": [{"up_to": 0.5, "points": 25}, {"up_to": 0.75, "points": 62.5}, {"points": 87.5}]},
      {"bands": [{"up_to": 0.75, "points": 25}, {"points": 87.5}]}]}}}})"};
  sheet.numbers("a.use", {0.6, 0.6, 0.6, 0.6, 0.6, kNan, kNan})
      .numbers("a.months", {1, 5, 6, 9, kNan, 1, 6})
      .reasons("a.months", std::vector<Reason>(7, Reason::never))
      .work_out();
  const std::vector<double>& scores = sheet.of("s").score;
  EXPECT_TRUE(std::isnan(scores[0]));
  EXPECT_EQ(scores[1], 87.5);
  EXPECT_EQ(scores[2], 62.5);
  EXPECT_EQ(scores[3], 25);
  EXPECT_TRUE(std::isnan(scores[4]));  // of unknown age is not old
  const Sheet::Parts parts = sheet.parts("s", Depth::one_level);
  EXPECT_EQ(parts.reasons[parts.at("use", 0)], Reason::too_young);
  EXPECT_EQ(parts.reasons[parts.at("use", 4)], Reason::never);
  EXPECT_EQ(parts.reasons[parts.at("use", 5)], Reason::too_young);  // cases come before the value
  EXPECT_EQ(parts.reasons[parts.at("use", 6)], Reason::silent);
}

TEST(Score, does_not_apply_where_no_case_holds) {
  Sheet sheet{R"({"s": {"measures": {"use": {"value": "a.use", "cases": [
      {"when": "a.tier = 'free'", "missing": "not_applicable"}, {"when": "a.tier = 'gold'", "points": 40}]}}}})"};
  sheet.numbers("a.use", {1, kNan, 1}).texts("a.tier", {"free", "gold", "other"}).work_out();
  EXPECT_EQ(reason(sheet, "s", 0), Reason::not_applicable);
  EXPECT_EQ(score(sheet, "s", 1), 40);  // whatever the value
  EXPECT_EQ(reason(sheet, "s", 2), Reason::not_applicable);
  EXPECT_TRUE(std::isnan(sheet.of("s").coverage[0]));
}

TEST(Score, means_what_the_policy_says_about_each_reason) {
  Sheet sheet{R"({"s": {"measures": {
      "x": {"value": "a.x", "identity": true, "weight": 3, "missing": {"silent": 0, "stale": "fail", "else": 50}},
      "y": {"value": "a.y", "identity": true}}}})"};
  sheet.numbers("a.x", {kNan, kNan, kNan, 20})
      .numbers("a.y", {80, 80, 80, kNan})
      .reasons("a.x", {Reason::silent, Reason::stale, Reason::never, Reason::none})
      .work_out();
  EXPECT_EQ(score(sheet, "s", 0), 20);
  EXPECT_EQ(sheet.of("s").coverage[0], 1);  // points by policy are points
  EXPECT_EQ(reason(sheet, "s", 1), Reason::stale);
  EXPECT_TRUE(std::isnan(score(sheet, "s", 1)));
  EXPECT_EQ(score(sheet, "s", 2), 57.5);
  EXPECT_EQ(score(sheet, "s", 3), 20);
  EXPECT_EQ(sheet.of("s").coverage[3], 0.75);
}

TEST(Score, fails_with_the_reason_of_the_first_that_fails) {
  Sheet sheet{R"({"s": {"measures": {
      "none": {"value": "a.x", "identity": true, "weight": 0, "missing": "fail"},
      "y": {"value": "a.y", "identity": true, "missing": "fail"},
      "z": {"value": "a.z", "identity": true, "missing": "fail"}}}})"};
  sheet.numbers("a.x", {kNan, kNan}).numbers("a.y", {kNan, 10}).numbers("a.z", {kNan, 30});
  sheet.reasons("a.y", {Reason::never, Reason::none}).reasons("a.z", {Reason::stale, Reason::none}).work_out();
  EXPECT_EQ(reason(sheet, "s", 0), Reason::never);
  EXPECT_EQ(score(sheet, "s", 1), 20);  // of weight 0 nothing fails
}

TEST(Score, leaves_out_what_does_not_apply_from_its_coverage) {
  Sheet sheet{R"({"s": {"least_coverage": 0.5, "measures": {
      "x": {"value": "a.x", "bands": [{"below": 0, "points": null}, {"points": 100}], "weight": 6},
      "y": {"value": "a.y", "identity": true, "weight": 1}, "z": {"value": "a.z", "identity": true, "weight": 1}}}})"};
  sheet.numbers("a.x", {-1, kNan, -1, -1}).numbers("a.y", {40, 40, kNan, 40}).numbers("a.z", {kNan, 60, kNan, 60});
  sheet.work_out();
  EXPECT_EQ(sheet.of("s").coverage, (std::vector<double>{0.5, 0.25, 0, 1}));
  EXPECT_EQ(score(sheet, "s", 0), 40);  // at the least is enough
  EXPECT_EQ(reason(sheet, "s", 1), Reason::coverage);
  EXPECT_EQ(reason(sheet, "s", 2), Reason::coverage);
  EXPECT_EQ(score(sheet, "s", 3), 50);
}

TEST(Score, concerns_only_those_it_includes) {
  Sheet sheet{R"({"s": {"include": "a.months >= 3", "measures": {"x": {"value": "a.x", "identity": true}}}})"};
  sheet.numbers("a.x", {50, 50, 50}).numbers("a.months", {3, 2, kNan}).work_out();
  EXPECT_EQ(score(sheet, "s", 0), 50);
  EXPECT_EQ(reason(sheet, "s", 1), Reason::not_applicable);
  EXPECT_EQ(reason(sheet, "s", 2), Reason::not_applicable);
  EXPECT_TRUE(std::isnan(sheet.of("s").coverage[1]));
}

TEST(Score, does_not_apply_by_what_weighs_nothing) {
  EXPECT_EQ(score(plain({10, 20}, {0, 3})), 20);
  Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x", "bands": [{"points": null}]},
                                     "shown": {"value": "a.x", "identity": true, "weight": 0}}}})"};
  sheet.numbers("a.x", {10}).work_out();
  EXPECT_EQ(reason(sheet), Reason::not_applicable);
  EXPECT_TRUE(std::isnan(sheet.of("s").coverage[0]));
}

/// One measure a weight as it is written, each worth `points`.
Sheet shares(const std::vector<std::string>& weights, const std::vector<double>& points, const std::string& more = "") {
  std::string measures;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    measures += (i == 0 ? "" : ", ") + std::string{"\"m"} + std::to_string(i) + R"(": {"value": "a.x)" +
                std::to_string(i) + R"(", "identity": true, "weight": )" + weights[i] + "}";
  }
  Sheet sheet{R"({"s": {"measures": {)" + measures + "}" + more + "}}"};
  for (std::size_t i = 0; i < points.size(); ++i) sheet.numbers("a.x" + std::to_string(i), {points[i]});
  sheet.work_out();
  return sheet;
}

TEST(Score, is_that_of_its_parts_where_they_agree) {
  const std::vector<std::vector<std::string>> all{{"0.4", "0.2", "0.3", "0.1"},
                                                  {"0.3", "0.25", "0.15", "0.2", "0.1"},
                                                  {"0.333", "0.333", "0.334"},
                                                  {"1e-7", "0.3", "12"},
                                                  {"0.3333333333333333", "0.3333333333333333", "0.3333333333333333"},
                                                  {"0.14285714285714285", "0.7", "1e20"},
                                                  {"9007199254740991", "1", "1", "1"}};
  for (const auto& weights : all) {
    for (const double points : {75.0, 74.3, 33.3, 0.1, 100.0, 1e-300}) {
      EXPECT_EQ(score(shares(weights, std::vector<double>(weights.size(), points))), points) << weights.front();
    }
  }
}

TEST(Score, takes_weights_as_the_decimals_that_are_written) {
  EXPECT_EQ(score(shares({"0.35", "0.05", "0.6"}, {70, 90, 76.66666666666667})), 75);
  EXPECT_EQ(score(shares({"0.1", "0.2"}, {60, 82.5})), 75);
  EXPECT_EQ(score(shares({"0.1", "0.2", "0.7"}, {70, 70, 70}, R"(, "combine": "sum")")), 70);
  EXPECT_EQ(shares({"0.1", "0.25", "0.45", "0.2"}, {kNan, 1, 1, 1}).of("s").coverage[0], 0.9);
  EXPECT_EQ(score(shares({"0.1", "0.25", "0.45", "0.2"}, {kNan, 80, 80, 80}, R"(, "least_coverage": 0.9)")), 80);
}

TEST(Score, adds_what_one_double_beside_the_sum_cannot_hold) {
  // Beside 66.6 and its rest stands 1e-40: the three together have more bits than two doubles.
  const double sum = score(shares({"1", "1", "1", "1"}, {66.6, 1e-40, 0.1, 33.3}, R"(, "combine": "sum")"));
  EXPECT_EQ(sum, 66.6 + 0.1 + 33.3);
  EXPECT_EQ(score(shares({"1", "1", "1"}, {1, 0x1p-53, 0x1p-120}, R"(, "combine": "sum", "scale": [0, 2])")),
            1 + 0x1p-52);  // a tie but for the last
}

TEST(Score, clamps_points_to_the_scale) {
  EXPECT_EQ(score(plain({-50, 150}, {1, 3})), 75);
  EXPECT_EQ(score(plain({-50, 3}, {1, 1}, R"("scale": [1, 5])")), 2);
}

TEST(Score, adds_up_within_the_scale) {
  EXPECT_EQ(score(plain({20, 30}, {1, 2}, R"("combine": "sum")")), 80);
  EXPECT_EQ(score(plain({20, -30}, {1, 0.5}, R"("combine": "sum")")), 5);
  EXPECT_EQ(score(plain({20, -30}, {1, 1}, R"("combine": "sum")")), 0);
  EXPECT_EQ(score(plain({500, -30}, {1, 1}, R"("combine": "sum")")), 70);  // 500 counts as 100
  EXPECT_EQ(score(plain({90, 30}, {1, 1}, R"("combine": "sum")")), 100);
}

TEST(Score, takes_the_lowest_and_the_highest) {
  EXPECT_EQ(score(plain({40, 20, 10}, {1, 2, 0}, R"("combine": "lowest")")), 20);
  EXPECT_EQ(score(plain({40, 20, 90}, {1, 2, 0}, R"("combine": "highest")")), 40);
  EXPECT_EQ(score(plain({40, kNan}, {1, 1}, R"("combine": "lowest")")), 40);
}

TEST(Score, caps_in_order) {
  const std::string caps = R"("caps": [{"name": "late", "when": "a.x1 > 1", "at_most": 50},
      {"name": "floor", "at_least": 20}, {"name": "by hand", "when": "a.x1 = 3", "set": "a.x1 * 10"}])";
  EXPECT_EQ(score(plain({80, 1}, {1, 0}, caps)), 80);
  EXPECT_EQ(score(plain({80, 2}, {1, 0}, caps)), 50);
  EXPECT_EQ(score(plain({10, 2}, {1, 0}, caps)), 20);
  EXPECT_EQ(score(plain({80, 3}, {1, 0}, caps)), 30);
  EXPECT_EQ(score(plain({80, kNan}, {1, 0}, caps)), 80);
  EXPECT_EQ(score(plain({kNan, 3}, {1, 0}, caps)), 30);  // of a person, where the data say nothing
  EXPECT_TRUE(std::isnan(score(plain({kNan, 2}, {1, 0}, caps))));
}

TEST(Score, is_not_capped_by_a_missing_limit) {
  EXPECT_EQ(score(plain({80, kNan}, {1, 0}, R"("caps": [{"name": "c", "at_most": "a.x1"}])")), 80);
}

TEST(Score, rounds_and_then_returns_to_the_scale) {
  EXPECT_EQ(score(plain({72.25}, {1}, R"("round": 1)")), 72.3);
  EXPECT_EQ(score(plain({2.5}, {1}, R"("round": 0)")), 3);
  EXPECT_EQ(score(plain({0.6}, {1}, R"("round": 0, "scale": [0, 0.75])")), 0.75);
  EXPECT_EQ(score(plain({72}, {1}, R"("caps": [{"name": "c", "set": 130}])")), 100);
}

TEST(Score, never_is_a_negative_zero) {
  EXPECT_FALSE(std::signbit(score(plain({-0.0}, {1}, R"("scale": [-1, 1], "combine": "lowest")"))));
  EXPECT_FALSE(std::signbit(score(plain({1}, {1}, R"("scale": [-1, 1], "caps": [{"name": "c", "set": "-0"}])"))));
}

TEST(Score, says_that_a_sum_beyond_the_doubles_is_undefined) {
  EXPECT_EQ(reason(plain({100, 100}, {1e307, 1e307}, R"("combine": "sum")")), Reason::undefined);
}

TEST(Score, grades_by_edges_of_both_kinds) {
  const std::string grades =
      R"("grades": [{"name": "d", "from": 0}, {"name": "c", "above": 50}, {"name": "b", "from": 75}])";
  const auto grade = [&](double value) { return plain({value}, {1}, grades).of("s").grades.front().get(); };
  EXPECT_EQ(grade(0), 0);
  EXPECT_EQ(grade(50), 0);
  EXPECT_EQ(grade(50.001), 1);
  EXPECT_EQ(grade(75), 2);
  EXPECT_EQ(grade(kNan), -1);
}

TEST(Score, takes_other_scores_from_scale_to_scale) {
  Sheet sheet{R"({
      "top": {"scale": [0, 10], "measures": {"part": {"score": "inner", "weight": 3}, "x": {"value": "a.x", "identity": true}}},
      "inner": {"scale": [1, 5], "measures": {"y": {"value": "a.y", "identity": true}}}})"};
  sheet.numbers("a.x", {6, 6}).numbers("a.y", {2, kNan}).work_out();
  EXPECT_EQ(score(sheet, "top", 0), (3 * 2.5 + 6) / 4);
  EXPECT_EQ(score(sheet, "top", 1), 6);
  const Sheet::Parts parts = sheet.parts("top", Depth::one_level);
  EXPECT_EQ(parts.value[parts.at("part")], 2);
  EXPECT_EQ(parts.points[parts.at("part")], 2.5);
  EXPECT_EQ(parts.reasons[parts.at("part", 1)], Reason::coverage);
}

TEST(Score, reads_what_other_scores_define) {
  Sheet sheet{R"({"first": {"measures": {"x": {"value": "a.x", "identity": true}},
                            "grades": [{"name": "red"}, {"name": "green", "from": 50}]},
                  "second": {"measures": {"c": {"value": "first_coverage * 100", "identity": true}},
                             "caps": [{"name": "red first", "when": "first_grade = 'red'", "at_most": 30}]}})"};
  sheet.numbers("a.x", {40, 60}).work_out();
  EXPECT_EQ(score(sheet, "second", 0), 30);
  EXPECT_EQ(score(sheet, "second", 1), 100);
}

TEST(Score, takes_booleans_by_label) {
  Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x", "labels": {"true": 90, "false": 10}, "missing": 30}}}})"};
  sheet.truths("a.x", {Truth::yes, Truth::no, Truth::missing}).work_out();
  EXPECT_EQ(sheet.of("s").score, (std::vector<double>{90, 10, 30}));
  const Sheet::Parts parts = sheet.parts("s", Depth::one_level);
  EXPECT_EQ(parts.value[parts.at("x", 0)], 1);
  EXPECT_EQ(parts.value[parts.at("x", 1)], 0);
  EXPECT_TRUE(std::isnan(parts.value[parts.at("x", 2)]));
}

TEST(Score, has_the_reason_of_the_first_missing_name) {
  Sheet sheet{R"({"s": {"measures": {"x": {"value": "a.x / a.y", "identity": true, "missing": "fail"}}}})"};
  sheet.numbers("a.x", {1, kNan, 1}).numbers("a.y", {0, kNan, kNan});
  sheet.reasons("a.x", std::vector<Reason>(3, Reason::never)).work_out();
  EXPECT_EQ(sheet.of("s").reasons, (std::vector<Reason>{Reason::undefined, Reason::never, Reason::silent}));
}

}  // namespace
}  // namespace customerhealth::scores
