#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "customerhealth/scores/hysteresis.hpp"

namespace customerhealth::scores {
namespace {

using Numbers = std::vector<double>;
using Flags = std::vector<std::uint8_t>;
using Grades = std::vector<std::int32_t>;

const double kMissing = std::nan("");

/// Grades 0, 1 from 40, 2 above 70, 3 from 90; edges move by 5.
model::ScoreSpec spec() {
  model::ScoreSpec score;
  score.grades = {{"red", std::nullopt, true}, {"yellow", 40.0, true}, {"green", 70.0, false}, {"bright", 90.0, true}};
  score.hysteresis = 5;
  return score;
}

/// The grades shown along a walk; by default every instant is a tick with a panel row.
Grades walked(const Numbers& scores, Flags ticks = {}, Flags present = {}, HeldGrade held = {}) {
  const model::ScoreSpec score = spec();
  ticks.resize(scores.size(), 1);
  present.resize(scores.size(), 1);
  Grades plain(scores.size());
  count_passed(scores, grade_edges(score), plain);
  std::vector<model::GradeIndex> grades;
  for (std::size_t k = 0; k < scores.size(); ++k) grades.emplace_back(std::isnan(scores[k]) ? -1 : plain[k]);
  Hysteresis{score}.walk(scores, ticks, present, grades, held);
  Grades shown;
  for (const model::GradeIndex grade : grades) shown.push_back(grade.get());
  return shown;
}

TEST(Hysteresis, begins_with_the_plain_grade) {
  EXPECT_EQ(walked({39}), Grades{0});
  EXPECT_EQ(walked({40}), Grades{1});
  EXPECT_EQ(walked({70}), Grades{1});
  EXPECT_EQ(walked({91}), Grades{3});
}

TEST(Hysteresis, leaves_a_grade_upwards_once_its_moved_edge_is_reached) {
  EXPECT_EQ(walked({39, 44.9, 45}), (Grades{0, 0, 1}));           // from 40, moved to 45
  EXPECT_EQ(walked({50, 74.9, 75, 75.1}), (Grades{1, 1, 1, 2}));  // above 70: 75 itself is not above
}

TEST(Hysteresis, leaves_a_grade_downwards_once_its_moved_edge_no_longer_holds) {
  EXPECT_EQ(walked({40, 35, 34.9}), (Grades{1, 1, 0}));         // from 40, moved to 35
  EXPECT_EQ(walked({71, 65.1, 65, 71}), (Grades{2, 2, 1, 1}));  // above 70: 65 itself is not above
}

TEST(Hysteresis, passes_several_grades_at_once) {
  EXPECT_EQ(walked({0, 95}), (Grades{0, 3}));
  EXPECT_EQ(walked({0, 94}), (Grades{0, 2}));  // bright needs 95, green more than 75
  EXPECT_EQ(walked({0, 72}), (Grades{0, 1}));  // green needs more than 75, yellow 45
  EXPECT_EQ(walked({95, 0}), (Grades{3, 0}));
  EXPECT_EQ(walked({95, 36}), (Grades{3, 1}));  // yellow still holds down to 35
  EXPECT_EQ(walked({95, 66}), (Grades{3, 2}));
}

TEST(Hysteresis, remembers_the_grade_held_while_the_score_is_missing) {
  EXPECT_EQ(walked({50, kMissing, kMissing, 36}), (Grades{1, -1, -1, 1}));
  EXPECT_EQ(walked({kMissing, 36}), (Grades{-1, 0}));
}

TEST(Hysteresis, moves_at_ticks_alone) {
  // At the second instant red is shown, but yellow stays held, so that 36 is yellow still.
  EXPECT_EQ(walked({50, 30, 36}, {1, 0, 1}), (Grades{1, 0, 1}));
  EXPECT_EQ(walked({50, 30, 36}, {1, 1, 1}), (Grades{1, 0, 0}));
}

TEST(Hysteresis, changes_nothing_at_a_tick_without_a_panel_row) {
  EXPECT_EQ(walked({50, 30, 36}, {1, 1, 1}, {1, 0, 1}), (Grades{1, 0, 1}));
  EXPECT_EQ(walked({50, 36}, {1, 1}, {0, 1}), (Grades{1, 0}));
}

TEST(Hysteresis, goes_on_from_a_state_that_was_kept) {
  EXPECT_EQ(walked({36}, {}, {}, HeldGrade{model::GradeIndex{1}}), Grades{1});
  const model::ScoreSpec score = spec();
  const Hysteresis hysteresis{score};
  HeldGrade held;
  const Flags yes{1};
  Grades shown;
  for (const double value : {50.0, 36.0, 30.0, 44.0, 45.0}) {  // one by one as together
    std::vector<model::GradeIndex> grade{model::GradeIndex{value >= 40 ? 1 : 0}};
    hysteresis.walk(Numbers{value}, yes, yes, grade, held);
    shown.push_back(grade[0].get());
  }
  EXPECT_EQ(shown, walked({50, 36, 30, 44, 45}));
}

TEST(Hysteresis, moves_edges_without_changing_their_kind) {
  const auto edges = grade_edges(spec(), -5);
  ASSERT_EQ(edges.size(), 3U);
  EXPECT_EQ(edges[0].at, 35);
  EXPECT_FALSE(edges[0].lower_keeps_it);
  EXPECT_EQ(edges[1].at, 65);
  EXPECT_TRUE(edges[1].lower_keeps_it);
}

}  // namespace
}  // namespace customerhealth::scores
