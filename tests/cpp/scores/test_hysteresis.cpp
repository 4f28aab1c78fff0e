#include <gtest/gtest.h>

#include <chrono>
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

Instant day(std::size_t k) { return Instant{std::chrono::days{k}}; }

using Changes = std::vector<GradeChange>;

/// The grades shown along a walk, an instant a day; by default each is a tick with a panel row.
Grades walked(const Numbers& scores, Flags ticks = {}, Flags present = {}, const Changes& kept = {},
              Instant walked_until = kMissingInstant, Changes* changes = nullptr) {
  const model::ScoreSpec score = spec();
  std::vector<Instant> instants;
  for (std::size_t k = 0; k < scores.size(); ++k) instants.push_back(day(k));
  ticks.resize(scores.size(), 1);
  present.resize(scores.size(), 1);
  Grades plain(scores.size());
  count_passed(scores, grade_edges(score), plain);
  std::vector<model::GradeIndex> grades;
  for (std::size_t k = 0; k < scores.size(); ++k) grades.emplace_back(std::isnan(scores[k]) ? -1 : plain[k]);
  Changes made;
  Hysteresis{score}.walk({instants, ticks, present, kept, walked_until}, scores, grades, made);
  if (changes != nullptr) *changes = made;
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

TEST(Hysteresis, goes_on_from_what_was_kept) {
  const Numbers scores{50, kMissing, 36, 30, 44, 45, 39, 95};
  const Flags present{1, 1, 1, 1, 0, 1, 1, 1};
  Changes all;
  const Grades whole = walked(scores, {}, present, {}, kMissingInstant, &all);
  EXPECT_EQ(whole, (Grades{1, -1, 1, 0, 0, 1, 1, 3}));
  for (std::size_t k = 0; k < scores.size(); ++k) {  // the ticks up to day k were walked
    Changes kept, later, made;
    for (const GradeChange& change : all) (change.at <= day(k) ? kept : later).push_back(change);
    EXPECT_EQ(walked(scores, {}, present, kept, day(k), &made), whole);
    EXPECT_EQ(made.size(), later.size());
    for (std::size_t i = 0; i < later.size(); ++i) {
      EXPECT_EQ(made[i].at, later[i].at);
      EXPECT_EQ(made[i].grade, later[i].grade);
    }
  }
}

TEST(Hysteresis, needs_no_tick_that_was_walked) {
  const std::vector<Instant> instants{day(6)};
  const model::ScoreSpec score = spec();
  Changes made;
  for (const std::int32_t held : {0, 1, 2}) {
    std::vector<model::GradeIndex> grade{model::GradeIndex{1}};
    const model::GradeIndex bright{3};
    // What changed on that very day is not held before it.
    const Changes kept{{day(2), bright}, {day(5), model::GradeIndex{held}}, {day(6), bright}};
    Hysteresis{score}.walk({instants, Flags{1}, Flags{1}, kept, day(6)}, Numbers{66}, grade, made);
    EXPECT_EQ(grade[0].get(), held == 0 ? 1 : held);
  }
  EXPECT_TRUE(made.empty());
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
