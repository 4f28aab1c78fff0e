#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/scores/model_changes.hpp"
#include "document_paths.hpp"
#include "scores/sheet.hpp"

namespace customerhealth::scores {
namespace {

using testing::kNan;
using testing::Sheet;

struct Told {
  std::string part, because;
  double from, to, contribution;
};

std::vector<Told> told(const Sheet& old, const Sheet& now, const std::vector<std::string>& differences,
                       Depth depth = Depth::deep) {
  const ModelChanges changes{{&old.bound(), &old.bound("s")}, {&now.bound(), &now.bound("s")}, depth, differences};
  std::vector<Change> found;
  changes.fill(old.frame(), now.frame(), found);
  const auto names = changes.part_names();
  std::vector<Told> out;
  for (const Change& change : found) {
    EXPECT_EQ(change.cause, Cause::model);
    out.push_back({names[change.part.place()], changes.because(change), change.from, change.to, change.contribution});
  }
  return out;
}

TEST(ModelChanges, give_each_factor_of_a_product_the_mean_of_the_other) {
  Sheet old{
      R"({"s": {"measures": {"x": {"value": "a.x", "identity": true}, "y": {"value": "a.y", "identity": true}}}})"};
  Sheet now{R"({"s": {"measures": {"x": {"value": "a.x", "curve": [[0, 0], [50, 100]]},
      "y": {"value": "a.y", "identity": true, "weight": 3}}}})"};
  old.numbers("a.x", {40}).numbers("a.y", {20}).work_out();
  now.numbers("a.x", {40}).numbers("a.y", {20}).work_out();
  const auto rows = told(old, now, {"scores.s.measures.x.curve", "scores.s.measures.y.weight"});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].because, "scores.s.measures.x.curve");
  EXPECT_EQ(rows[0].contribution, 0.375 * 40);
  EXPECT_EQ(rows[1].because, "share: scores.s.measures.y.weight");
  EXPECT_EQ(rows[1].from, 0.5);
  EXPECT_EQ(rows[1].to, 0.25);
  EXPECT_EQ(rows[1].contribution, -0.25 * 60);
  EXPECT_EQ(rows[2].contribution, 0.25 * 20);
  EXPECT_EQ(rows[0].contribution + rows[1].contribution + rows[2].contribution, 35 - 30);
}

TEST(ModelChanges, name_the_parts_of_the_first_and_then_those_of_the_second) {
  Sheet old{R"({"s": {"measures": {"x": {"value": "a.x", "identity": true}, "z": {"value": "a.x", "identity": true}},
      "caps": [{"name": "c", "at_most": 90}]}})"};
  Sheet now{R"({"s": {"measures": {"y": {"value": "a.x", "identity": true}, "z": {"value": "a.x", "identity": true}},
      "caps": [{"name": "d", "at_most": 90}], "round": 0}})"};
  old.numbers("a.x", {40}).work_out();
  now.numbers("a.x", {40}).work_out();
  const ModelChanges changes{
      {&old.bound(), &old.bound().scores[0]}, {&now.bound(), &now.bound().scores[0]}, Depth::deep, {}};
  EXPECT_EQ(changes.part_names(), (std::vector<std::string>{"x", "z", "y", "cap:c", "cap:d", "round", "clamp"}));
}

TEST(ModelChanges, of_a_score_of_another_name_below_are_taken_apart_by_the_names_of_the_measures) {
  Sheet old{
      R"({"below": {"measures": {"x": {"value": "a.x", "identity": true}}}, "s": {"measures": {"n": {"score": "below"}}}})"};
  Sheet now{R"({"inner": {"scale": [0, 10], "measures": {"x": {"value": "a.x / 5", "identity": true}}},
      "s": {"measures": {"n": {"score": "inner"}}}})"};
  old.numbers("a.x", {40}).work_out();
  now.numbers("a.x", {40}).work_out();
  const auto rows = told(old, now, {"scores.below", "scores.inner", "scores.s.measures.n.score"});
  // 40 of 100 becomes 8 of 10: Δ(k s), k from 1 to 10.
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].part, "n");
  EXPECT_EQ(rows[0].contribution, 24.0 * 9);
  EXPECT_EQ(rows[1].part, "n.x");
  EXPECT_EQ(rows[1].because, "scores.below, scores.inner");
  EXPECT_EQ(rows[1].contribution, 5.5 * -32);
  EXPECT_EQ(rows[0].contribution + rows[1].contribution, 80 - 40);
}

TEST(DocumentPaths, follow_what_a_part_reads) {
  Sheet sheet{R"({"below": {"measures": {"x": {"value": "twice", "identity": true}}},
      "s": {"measures": {"n": {"score": "below"}, "p": {"value": "a.x", "percentile": {}}},
            "caps": [{"name": "c", "when": "once > 1", "at_most": 90}]}})",
              R"({"once": {"formula": "a.x"}, "twice": {"formula": "2 * once"}})"};
  sheet.numbers("a.x", {40}).work_out();
  const auto paths = [&](LevelPart::Kind kind, std::int32_t index) {
    return paths_of_part(sheet.bound(), sheet.bound("s"), {kind, index});
  };
  using Paths = std::vector<std::string>;
  EXPECT_EQ(paths(LevelPart::Kind::measure, 0), (Paths{"scores.s.measures.n", "scores.s.scale", "scores.below",
                                                       "metrics.twice", "metrics.once", "tables.a"}));
  EXPECT_EQ(paths(LevelPart::Kind::measure, 1),
            (Paths{"scores.s.measures.p", "scores.s.scale", "tables.a", "include", "scores.s.include"}));
  EXPECT_EQ(paths(LevelPart::Kind::cap, 0), (Paths{"scores.s.caps[0]", "metrics.once", "tables.a"}));
}

TEST(DocumentPaths, overlap_by_whole_keys) {
  EXPECT_TRUE(overlap("scores.s.measures.x", "scores.s.measures.x.curve[1]"));
  EXPECT_TRUE(overlap("scores.s.caps[0].at_most", "scores.s.caps"));
  EXPECT_TRUE(overlap("metrics.m", "metrics.m"));
  EXPECT_FALSE(overlap("metrics.m", "metrics.more"));
  EXPECT_FALSE(overlap("", "metrics.m"));
}

TEST(DocumentPaths, decide_shares_when_they_are_weights_or_measures_or_how_they_join) {
  for (const char* path : {"scores.s.measures.x.weight", "scores.s.measures.x.weight.csv", "scores.s.measures.x",
                           "scores.s.measures.x.each", "scores.s.combine", "scores.s"}) {
    EXPECT_TRUE(decides_shares(path, "scores.s")) << path;
  }
  for (const char* path : {"scores.s.measures.x.curve", "scores.s.round", "scores.t.combine", "metrics.s"}) {
    EXPECT_FALSE(decides_shares(path, "scores.s")) << path;
  }
  EXPECT_TRUE(is_weight("scores.s.measures.x.weight", "scores.s"));
  EXPECT_FALSE(is_weight("scores.s.measures.weight", "scores.s"));
}

TEST(DocumentPaths, are_listed_three_at_most) {
  const std::vector<std::string> paths{"a", "b", "c", "d", "e"};
  EXPECT_EQ(listed(std::span{paths}.first(2)), "a, b");
  EXPECT_EQ(listed(paths), "a, b, c and 2 more");
}

}  // namespace
}  // namespace customerhealth::scores
