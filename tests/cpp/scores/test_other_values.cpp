#include <gtest/gtest.h>

#include "customerhealth/scores/other_values.hpp"
#include "scores/sheet.hpp"

namespace customerhealth::scores {
namespace {

using testing::Sheet;

/// What a measure `m` of a score `s` makes of other values of `a.x`.
std::vector<double> points(const Sheet& sheet, const std::vector<double>& values) {
  std::vector<double> out(values.size());
  points_of_other_values(sheet.bound("s").measures.at(0), sheet.frame(), values, out);
  return out;
}

TEST(OtherValues, have_the_points_of_the_shape_within_the_scale) {
  Sheet sheet{R"({"s": {"measures": {"m": {"value": "a.x", "curve": [[0, -20], [10, 180]]}}}})"};
  sheet.numbers("a.x", {1, 2}).work_out();
  EXPECT_EQ(points(sheet, {1, 2, 5, 0, 10, 6}), (std::vector<double>{0, 20, 80, 0, 100, 100}));
}

TEST(OtherValues, keep_the_case_in_force) {
  Sheet sheet{R"({"s": {"measures": {"m": {"value": "a.x", "cases": [
      {"when": "a.x > 5", "curve": [[0, 0], [10, 100]]}, {"curve": [[0, 100], [10, 0]]}]}}}})"};
  sheet.numbers("a.x", {8, 2}).work_out();
  EXPECT_EQ(points(sheet, {2, 2, 8, 8}), (std::vector<double>{20, 80, 80, 20}));
}

TEST(OtherValues, stand_among_the_peers_that_there_are) {
  Sheet sheet{R"({"s": {"measures": {"m": {"value": "a.x", "percentile": {"rank": "below"}}}}})"};
  sheet.numbers("a.x", {1, 2, 3, 4}).work_out();
  EXPECT_EQ(points(sheet, {4, 4, 1, 1}), (std::vector<double>{75, 75, 0, 0}));
}

TEST(OtherValues, without_points_are_missing) {
  Sheet sheet{R"({"s": {"measures": {"m": {"value": "a.x", "bands": [{"below": 5, "points": 10}], "missing": 50}}}})"};
  sheet.numbers("a.x", {1}).work_out();
  const std::vector<double> found = points(sheet, {4, 5, testing::kNan});
  EXPECT_EQ(found[0], 10);
  EXPECT_TRUE(std::isnan(found[1]));
  EXPECT_TRUE(std::isnan(found[2]));
}

}  // namespace
}  // namespace customerhealth::scores
