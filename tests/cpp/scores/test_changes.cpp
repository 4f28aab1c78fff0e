#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "customerhealth/scores/changes.hpp"
#include "scores/sheet.hpp"

namespace customerhealth::scores {
namespace {

using testing::kNan;
using testing::Sheet;

double total(const std::vector<Change>& changes, std::size_t row) {
  double sum = 0;
  for (const Change& change : changes) sum += change.row == row ? change.contribution : 0;
  return sum;
}

TEST(Changes, give_each_factor_of_a_product_the_mean_of_the_other) {
  const std::string scores = R"({"s": {"measures": {"x": {"value": "a.x", "identity": true},
      "y": {"value": "a.y", "identity": true, "weight": 3}}}})";
  Sheet before{scores}, now{scores};
  before.numbers("a.x", {40}).numbers("a.y", {kNan}).work_out();
  now.numbers("a.x", {60}).numbers("a.y", {80}).work_out();
  const auto changes = before.changes_to(now, "s", Depth::one_level);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].cause, Cause::value);
  EXPECT_EQ(changes[0].contribution, 12.5);
  EXPECT_EQ(changes[1].cause, Cause::weight);
  EXPECT_EQ(changes[1].contribution, -37.5);
  EXPECT_EQ(before.because("s", Depth::one_level, changes[1]), "y appeared");
  EXPECT_EQ(changes[1].because, Change::Because{(Change::OtherPart{Change::OtherPart::Did::appear, PartIndex{1}})});
  EXPECT_TRUE(changes[0].is_unexplained());
  EXPECT_EQ(changes[2].cause, Cause::appeared);
  EXPECT_EQ(changes[2].contribution, 60);
  EXPECT_EQ(total(changes, 0), 75 - 40);
}

TEST(Changes, of_a_score_that_comes_or_goes_are_one_without_a_part) {
  const std::string scores = R"({"s": {"measures": {"x": {"value": "a.x", "identity": true}}}})";
  Sheet before{scores}, now{scores};
  before.numbers("a.x", {kNan, 50, kNan}).work_out();
  now.numbers("a.x", {50, kNan, kNan}).work_out();
  const auto changes = before.changes_to(now, "s", Depth::deep);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].cause, Cause::appeared);
  EXPECT_EQ(changes[1].cause, Cause::vanished);
  for (const Change& change : changes) {
    EXPECT_TRUE(change.part.is_missing());
    EXPECT_TRUE(std::isnan(change.contribution));
    EXPECT_EQ(before.because("s", Depth::deep, change), "coverage");
  }
}

TEST(Changes, name_bands_and_cases) {
  const std::string scores = R"({"s": {"measures": {"x": {"value": "a.x", "cases": [
      {"when": "a.y > 1", "points": 90},
      {"bands": [{"below": 5, "points": 0, "name": "idle"}, {"points": 100}]}]}}}})";
  Sheet before{scores}, now{scores};
  before.numbers("a.x", {4, 4}).numbers("a.y", {0, 0}).work_out();
  now.numbers("a.x", {5, 4}).numbers("a.y", {0, 2}).work_out();
  const auto changes = before.changes_to(now, "s", Depth::one_level);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].cause, Cause::band);
  EXPECT_EQ(before.because("s", Depth::one_level, changes[0]), "idle → from 5");
  EXPECT_EQ(changes[1].cause, Cause::case_);
  EXPECT_EQ(before.because("s", Depth::one_level, changes[1]), "otherwise → a.y > 1");
  EXPECT_EQ(changes[0].because, Change::Because{(Change::Entries{1, 0, 1})});
  EXPECT_EQ(changes[1].because, Change::Because{(Change::Cases{1, 0})});
  const Changes words{before.bound("s"), Depth::one_level};
  EXPECT_EQ(words.words(changes[0])->from, "idle");
  EXPECT_EQ(words.words(changes[0])->to, "from 5");
  EXPECT_EQ(words.words(changes[1])->from, "otherwise");
  EXPECT_EQ(words.words(changes[1])->to, "a.y > 1");
  EXPECT_EQ(total(changes, 0), 100);
  EXPECT_EQ(total(changes, 1), 90);
}

TEST(Changes, tell_points_by_policy_by_the_reasons_on_either_side) {
  const std::string scores = R"({"s": {"measures": {"x": {"value": "a.x", "identity": true,
      "missing": {"silent": 10, "stale": 90}}}}})";
  Sheet before{scores}, now{scores};
  before.numbers("a.x", {kNan, 50, kNan}).work_out();
  now.numbers("a.x", {50, kNan, kNan}).reasons("a.x", {Reason::silent, Reason::silent, Reason::stale}).work_out();
  const auto changes = before.changes_to(now, "s", Depth::one_level);
  ASSERT_EQ(changes.size(), 3U);
  const auto because = [&](std::size_t i) { return before.because("s", Depth::one_level, changes[i]); };
  EXPECT_EQ(changes[0].because, Change::Because{(Change::Policy{Reason::silent, Reason::none})});
  EXPECT_EQ(because(0), "missing before: silent");
  EXPECT_EQ(changes[1].because, Change::Because{(Change::Policy{Reason::none, Reason::silent})});
  EXPECT_EQ(because(1), "missing now: silent");
  EXPECT_EQ(changes[2].because, Change::Because{(Change::Policy{Reason::silent, Reason::stale})});
  EXPECT_EQ(because(2), "missing: silent → stale");
}

TEST(Changes, say_what_a_cap_did) {
  const std::string scores = R"({"s": {"measures": {"x": {"value": "a.x", "identity": true}},
      "caps": [{"name": "c", "at_most": "a.limit"}]}})";
  Sheet before{scores}, now{scores};
  before.numbers("a.x", {80, 80, 80, 60}).numbers("a.limit", {kNan, 50, 50, 50}).work_out();
  now.numbers("a.x", {80, 80, 80, 80}).numbers("a.limit", {50, kNan, 60, 50}).work_out();
  std::vector<Change> caps;
  for (const Change& change : before.changes_to(now, "s", Depth::one_level)) {
    if (change.cause == Cause::cap) caps.push_back(change);
  }
  ASSERT_EQ(caps.size(), 4U);
  const std::vector<std::pair<Change::Limit, std::string>> expected{{Change::Limit::on, "on"},
                                                                    {Change::Limit::off, "off"},
                                                                    {Change::Limit::moved, "bound moved"},
                                                                    {Change::Limit::holds, "on at both"}};
  for (std::size_t row = 0; row < caps.size(); ++row) {
    EXPECT_EQ(caps[row].row, row);
    EXPECT_EQ(caps[row].because, Change::Because{expected[row].first});
    EXPECT_EQ(before.because("s", Depth::one_level, caps[row]), expected[row].second);
  }
}

TEST(Changes, name_the_part_that_decides_instead) {
  const std::string scores = R"({"s": {"combine": "lowest", "measures": {"x": {"value": "a.x", "identity": true},
      "y": {"value": "a.y", "identity": true}}}})";
  Sheet before{scores}, now{scores};
  before.numbers("a.x", {40}).numbers("a.y", {50}).work_out();
  now.numbers("a.x", {60}).numbers("a.y", {30}).work_out();
  const auto changes = before.changes_to(now, "s", Depth::one_level);
  using Did = Change::OtherPart::Did;
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].because, Change::Because{(Change::OtherPart{Did::decide_now, PartIndex{1}})});
  EXPECT_EQ(before.because("s", Depth::one_level, changes[0]), "y instead");
  EXPECT_EQ(changes[1].because, Change::Because{(Change::OtherPart{Did::decide_before, PartIndex{0}})});
  EXPECT_EQ(before.because("s", Depth::one_level, changes[1]), "instead of x");
}

}  // namespace
}  // namespace customerhealth::scores
