#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/scores/trend.hpp"

namespace customerhealth::scores {
namespace {

TEST(Trend, is_the_difference_of_two_scores) {
  EXPECT_EQ(change_of({62, Reason::none}, {50, Reason::none}).score, 12);
  EXPECT_EQ(change_of({62, Reason::none}, {50, Reason::none}).reason, Reason::none);
}

TEST(Trend, is_missing_for_the_reason_of_the_score_that_is) {
  const ScoreAt there{50, Reason::none}, covered{std::nan(""), Reason::coverage}, stale{std::nan(""), Reason::stale};
  EXPECT_EQ(change_of(covered, there).reason, Reason::coverage);
  EXPECT_EQ(change_of(there, stale).reason, Reason::stale);
  EXPECT_EQ(change_of(covered, stale).reason, Reason::coverage);
  EXPECT_EQ(change_of(there, kNoPanelRow).reason, Reason::too_young);
  EXPECT_TRUE(std::isnan(change_of(there, kNoPanelRow).score));
}

TEST(Trend, is_flat_up_to_its_limit_and_at_it) {
  EXPECT_EQ(direction_of(2.1, 2, 100), Direction::up);
  EXPECT_EQ(direction_of(2, 2, 100), Direction::flat);
  EXPECT_EQ(direction_of(-2, 2, 100), Direction::flat);
  EXPECT_EQ(direction_of(-2.1, 2, 100), Direction::down);
  EXPECT_EQ(direction_of(0, 0, 100), Direction::flat);
}

TEST(Trend, is_flat_where_only_rounding_goes_beyond_its_limit) {
  EXPECT_EQ(direction_of(70.3 - 67.3, 3, 100), Direction::flat);  // the doubles are 3.0000000000000004 apart or so
  EXPECT_EQ(direction_of(3 + 0.9e-7, 3, 100), Direction::flat);
  EXPECT_EQ(direction_of(3 + 1.1e-7, 3, 100), Direction::up);
  EXPECT_EQ(direction_of(-3 - 1.1e-7, 3, 100), Direction::down);
  EXPECT_EQ(direction_of(0.9e-9, 0, 1), Direction::flat);
  EXPECT_EQ(direction_of(1.1e-9, 0, 1), Direction::up);
}

}  // namespace
}  // namespace customerhealth::scores
