#include <gtest/gtest.h>

#include "customerhealth/metrics/timeline.hpp"

namespace customerhealth::metrics {
namespace {

Instant at(std::int64_t hours) { return Instant{std::chrono::hours{hours}}; }

const Length kTwoHours{2, Length::Unit::hours}, kOneHour{1, Length::Unit::hours};

TEST(Timeline, has_each_edge_once_and_one_before_all_rows) {
  const std::vector<Instant> as_ofs{at(10), at(12)};
  const std::vector<Reach> reaches{{std::nullopt, kTwoHours}, {std::nullopt, std::nullopt}, {kOneHour, kOneHour}};
  const Timeline timeline{reaches, as_ofs};
  const std::vector<Instant> edges(timeline.edges().begin(), timeline.edges().end());
  EXPECT_EQ(edges, (std::vector<Instant>{kFirstInstant, at(8), at(9), at(10), at(11), at(12)}));
  EXPECT_EQ(timeline.window(0).begin, (std::vector<std::int32_t>{1, 3}));
  EXPECT_EQ(timeline.window(0).end, (std::vector<std::int32_t>{3, 5}));
  EXPECT_EQ(timeline.window(1).begin, (std::vector<std::int32_t>{0, 0}));
  EXPECT_EQ(timeline.window(1).end, timeline.window(0).end);
  EXPECT_EQ(timeline.window(2).begin, (std::vector<std::int32_t>{1, 3}));
  EXPECT_EQ(timeline.window(2).end, (std::vector<std::int32_t>{2, 4}));
}

TEST(CountBefore, leaves_what_lies_at_an_edge_to_the_next) {
  const std::vector<Instant> times{kFirstInstant, at(1), at(1), at(3)};
  const std::vector<Instant> edges{kFirstInstant, at(1), at(2), at(3), at(4)};
  std::vector<std::int32_t> out(edges.size());
  count_before(times, edges, out);
  EXPECT_EQ(out, (std::vector<std::int32_t>{0, 1, 3, 3, 4}));
}

TEST(AscendingParts, cut_by_the_time_of_day_where_months_cross) {
  const std::vector<Reach> month{{std::nullopt, Length{1, Length::Unit::months}}};
  const Instant midnight{std::chrono::sys_days{std::chrono::year{2026} / 3 / 28}};
  const auto after = [&](int hours) { return midnight + std::chrono::hours{hours}; };
  using Parts = std::vector<std::vector<std::int32_t>>;
  EXPECT_EQ(ascending_parts(month, std::vector{after(0), after(24)}), (Parts{{0, 1}}));
  EXPECT_EQ(ascending_parts(month, std::vector{after(0), after(12), after(24)}), (Parts{{0, 2}, {1}}));
  EXPECT_EQ(ascending_parts({}, std::vector{after(0), after(12), after(24)}), (Parts{{0, 1, 2}}));
  EXPECT_EQ(ascending_parts(month, {}), Parts{{}});
}

TEST(RunsOf, puts_the_counts_of_each_window_side_by_side) {
  const std::vector<std::int32_t> before{0, 2, 5, 0, 0, 1};  // two accounts, three edges
  const Runs runs = runs_of(before, 3, {{0, 1}, {1, 2}});
  EXPECT_EQ(runs.first, (std::vector<std::int32_t>{0, 2, 0, 0}));
  EXPECT_EQ(runs.last, (std::vector<std::int32_t>{2, 5, 0, 1}));
}

}  // namespace
}  // namespace customerhealth::metrics
