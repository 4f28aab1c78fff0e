#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

Lines steps_of(const Model& model) {
  Lines names;
  for (const Step& step : model.steps) {
    const auto index = static_cast<std::size_t>(step.index);
    names.push_back(step.kind == Step::Kind::metric ? model.metrics[index].name : model.scores[index].name);
  }
  return names;
}

TEST(Steps, follow_what_they_need) {
  const Model parsed =
      model({.metrics = R"({"a": {"formula": "b + s_coverage"}, "b": {"formula": "1"},
      "c": {"from": "usage", "agg": "count", "since": "d"}, "d": {"formula": "accounts.x"}})",
             .scores = R"({"s": {"measures": {"m": {"score": "t"}}, "caps": [{"name": "c", "at_most": "b"}]},
                                            "t": {"measures": {"m": {"value": "c", "identity": true}}}})"});
  EXPECT_EQ(steps_of(parsed), (Lines{"b", "d", "c", "t", "s", "a"}));
  EXPECT_EQ(parsed.include_after, 0U);
}

TEST(Steps, know_what_they_read) {
  const Model parsed =
      model({.metrics = R"({"a": {"formula": "b + s_change + b + accounts.x"}, "b": {"formula": "1"}})",
             .scores = R"({"s": {"measures": {"m": {"score": "t"}}, "trend": {"over": "1d"}},
                                            "t": {"measures": {"m": {"value": "b", "identity": true}}}})"});
  const auto reads = [&](std::size_t step) {
    Lines names;
    for (const SlotIndex slot : parsed.steps[step].reads) names.push_back(parsed.slots[slot.place()].name);
    return names;
  };
  ASSERT_EQ(steps_of(parsed), (Lines{"b", "t", "s", "a"}));
  EXPECT_EQ(reads(0), Lines{});
  EXPECT_EQ(reads(1), Lines{"b"});
  EXPECT_EQ(reads(2), Lines{"t"});
  EXPECT_EQ(reads(3), (Lines{"b", "s_change"}));
}

TEST(Steps, begin_with_what_include_needs) {
  const Model parsed = model({.metrics = R"({"a": {"formula": "1"}, "b": {"formula": "2"}, "c": {"formula": "b"}})",
                              .more = R"(, "include": "c > 1 and accounts.x")"});
  EXPECT_EQ(steps_of(parsed), (Lines{"b", "c", "a"}));
  EXPECT_EQ(parsed.include_after, 2U);
}

TEST(Cycles, are_shown) {
  EXPECT_EQ(
      problems_in({.metrics = R"({"a": {"formula": "b + 1"}, "b": {"formula": "c"}, "c": {"formula": "a * 2"}})"}),
      Lines{"metrics.a: needs itself: a -> b -> c -> a"});
  EXPECT_EQ(problems_in({.metrics = R"({"a": {"formula": "a"}})"}), Lines{"metrics.a: needs itself: a -> a"});
  EXPECT_EQ(problems_in(
                {.scores = R"({"s": {"measures": {"m": {"score": "t"}}}, "t": {"measures": {"m": {"score": "s"}}}})"}),
            Lines{"scores.s: needs itself: s -> t -> s"});
}

TEST(Cycles, may_go_through_metrics_scores_and_split_metrics) {
  EXPECT_EQ(
      problems_in(
          {.metrics = R"j({"m": {"formula": "h_grade = 'x'"},
      "p": {"from": "usage", "agg": "count", "since": "t", "by": {"column": "f", "values": [1]}},
      "t": {"formula": "if(m, as_of, as_of)"}})j",
           .scores = R"({"h": {"measures": {"each": {"each": "p", "identity": true}}, "grades": [{"name": "g"}]}})"}),
      Lines{"metrics.m: needs itself: m -> h -> p -> t -> m"});
  EXPECT_EQ(problems_in(
                {.scores = R"({"s": {"measures": {"m": {"value": "1", "cases": [{"when": "s > 1", "points": 1}]}}}})"}),
            Lines{"scores.s: needs itself: s -> s"});
}

TEST(Cycles, go_through_the_past_as_well) {
  EXPECT_EQ(problems_in({.scores = R"({"s": {"measures": {"m": {"value": "s_change", "identity": true}},
                                             "trend": {"over": "1d"}}})"}),
            Lines{"scores.s: needs itself: s -> s"});
}

TEST(Cycles, each_is_said) {
  EXPECT_EQ(problems_in({.metrics = R"({"a": {"formula": "a"}, "b": {"formula": "c"}, "c": {"formula": "b"}})"}),
            (Lines{"metrics.a: needs itself: a -> a", "metrics.b: needs itself: b -> c -> b"}));
}

TEST(Cycles, a_long_chain_is_none_and_costs_no_stack) {
  constexpr int kLength = 20'000;  // each needs the next
  std::string metrics = "{";
  for (int i = 1; i < kLength; ++i) {
    metrics += "\"m" + std::to_string(i - 1) + R"(": {"formula": "m)" + std::to_string(i) + "\"}, ";
  }
  metrics += "\"m" + std::to_string(kLength - 1) + R"(": {"formula": "1"}})";
  const Model parsed = model_of_metrics(metrics);
  ASSERT_EQ(parsed.steps.size(), static_cast<std::size_t>(kLength));
  EXPECT_EQ(parsed.metrics[static_cast<std::size_t>(parsed.steps[0].index)].name, "m19999");
}

}  // namespace
}  // namespace customerhealth::model
