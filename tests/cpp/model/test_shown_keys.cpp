#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

TEST(ShownKeys, stand_on_metrics_measures_and_scores) {
  const std::string shown = R"("label": "Sign-ins <b>", "unit": "percent", "digits": 0, )";
  EXPECT_EQ(metric_problems(shown + R"("formula": "1")"), Lines{});
  EXPECT_EQ(metric_problems(shown + R"("from": "usage", "agg": "count", "by": {"column": "f", "values": ["a"]})"),
            Lines{});
  EXPECT_EQ(measure_problems(shown + R"("value": "n", "identity": true)"), Lines{});
  EXPECT_EQ(measure_problems(shown + R"("each": "p", "identity": true)"), Lines{});
  EXPECT_EQ(score_problems(shown + R"("measures": {"m": {"value": "n", "identity": true}})"), Lines{});
}

TEST(ShownKeys, give_grades_stages_cohorts_and_plays_a_label) {
  EXPECT_EQ(problems_in({.scores = R"({"s": {"measures": {"m": {"value": "1", "identity": true}},
                                             "grades": [{"name": "red", "label": "At risk"}]}})",
                         .more = R"(, "journeys": {"j": {"stages": [{"name": "new", "label": "New", "enter": "true"}]}},
                                     "cohorts": {"c": {"when": "true", "label": "Everyone"}},
                                     "plays": {"p": {"when": "true", "label": "Call them"}})"}),
            Lines{});
}

TEST(ShownKeys, are_unknown_where_nothing_is_shown_by_them) {
  EXPECT_EQ(problems_in({.scores = R"({"s": {"measures": {"m": {"value": "1", "identity": true}},
                                             "grades": [{"name": "red", "digits": 1}]}})",
                         .more = R"(, "cohorts": {"c": {"when": "true", "digits": 1}},
                                     "clock": {"label": "Weeks"})"})
                .size(),
            3U);
}

TEST(ShownKeys, of_a_wrong_type_name_it) {
  EXPECT_EQ(metric_problems(R"("formula": "1", "label": 7, "unit": ["days"], "digits": "2")"),
            (Lines{"metrics.m.digits: expected an integer from 0 to 15; got the text '2'",
                   "metrics.m.label: expected a text that is not empty; got the number 7",
                   "metrics.m.unit: expected a text that is not empty; got a list"}));
  EXPECT_EQ(measure_problems(R"("value": "n", "identity": true, "label": "", "digits": null)").size(), 2U);
  EXPECT_EQ(problems_in({.more = R"(, "plays": {"p": {"when": "true", "label": false}})"}),
            Lines{"plays.p.label: expected a text that is not empty; got false"});
}

TEST(ShownKeys, allow_0_to_15_digits) {
  for (const char* digits : {"0", "15", "2.0"})
    EXPECT_EQ(metric_problems(std::string{R"("formula": "1", "digits": )"} + digits), Lines{}) << digits;
  for (const char* digits : {"-1", "16", "1.5", "1e300", "true"})
    EXPECT_EQ(metric_problems(std::string{R"("formula": "1", "digits": )"} + digits).size(), 1U) << digits;
}

/// Peers fitted with one go on with the other: no number depends on a word.
TEST(ShownKeys, change_the_digest_and_not_the_basis) {
  const auto with = [](const std::string& shown, const std::string& label) {
    return model({.metrics = R"({"n": {)" + shown + R"("from": "usage", "agg": "count"}})",
                  .scores = R"({"s": {)" + shown + R"("measures": {"m": {)" + shown +
                            R"("value": "n", "percentile": {}}},
                                "grades": [{)" +
                            label + R"("name": "red"}]}})",
                  .more = R"(, "cohorts": {"c": {)" + label + R"("when": "s > 1"}})"});
  };
  const Model plain = with("", "");
  const Model named = with(R"("label": "L", "unit": "days", "digits": 1, )", R"("label": "L", )");
  const Model other = with(R"("label": "M", "unit": "EUR", "digits": 2, )", R"("label": "M", )");
  EXPECT_NE(plain.digest, named.digest);
  EXPECT_NE(other.digest, named.digest);
  EXPECT_EQ(plain.basis, named.basis);
  EXPECT_EQ(other.basis, named.basis);
}

}  // namespace
}  // namespace customerhealth::model
