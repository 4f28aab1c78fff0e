#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/scores/changes.hpp"
#include "scores/sheet.hpp"

namespace customerhealth {
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
    EXPECT_EQ(change.part, Change::kWhole);
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
  EXPECT_EQ(total(changes, 0), 100);
  EXPECT_EQ(total(changes, 1), 90);
}

}  // namespace
}  // namespace customerhealth
