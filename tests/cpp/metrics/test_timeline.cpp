#include <gtest/gtest.h>

#include <algorithm>
#include <random>

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

TEST(Timeline, counts_rows_before_each_edge_whatever_lies_between_them) {
  std::mt19937_64 random{83};
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const Micros step{round % 4 == 0 ? 1 : 1 + below(round % 4 == 1 ? 10 : std::int64_t{1} << 40)};
    const Instant first{Micros{below(std::int64_t{1} << 50) - (std::int64_t{1} << 49)}};
    std::vector<Instant> as_ofs;
    for (std::int64_t k = 0; k < 3 + below(40); ++k) as_ofs.push_back(first + k * step);
    if (round % 8 == 7) as_ofs.back() += step;  // edges at different distances
    const Timeline timeline{std::vector<Reach>{{std::nullopt, std::nullopt}}, as_ofs};
    std::vector<Instant> times;
    for (std::int64_t i = below(120); i > 0; --i) {
      const Instant edge = as_ofs[static_cast<std::size_t>(below(std::ssize(as_ofs)))];
      times.push_back(below(2) == 0 ? edge + Micros{below(3) - 1} : first - 3 * step + step * below(60) / 2);
    }
    if (below(4) == 0) times.insert(times.end(), {kFirstInstant, kLastInstant});
    std::ranges::sort(times);
    std::vector<std::int32_t> expected(timeline.edges().size()), found(expected.size(), -1);
    count_before(times, timeline.edges(), expected);
    timeline.count_before(times, found);
    EXPECT_EQ(found, expected);
  }
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
