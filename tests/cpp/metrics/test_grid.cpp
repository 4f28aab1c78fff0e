#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "customerhealth/metrics/grid.hpp"

namespace customerhealth::metrics {
namespace {

Instant at(std::int64_t micros) { return Instant{Micros{micros}}; }
Instant on(const char* text) { return *parse_instant(text); }

TEST(CountEdges, counts_edges_at_or_before_each_time_in_any_order) {
  std::mt19937_64 random{41};
  for (int round = 0; round < 200; ++round) {
    std::vector<Instant> edges, times;
    for (int i = 0; i < round % 9; ++i) edges.push_back(at(static_cast<std::int64_t>(random() % 10)));
    std::ranges::sort(edges);
    for (int i = 0; i < 20; ++i) times.push_back(at(static_cast<std::int64_t>(random() % 12) - 1));
    times.push_back(kMissingInstant);
    times.push_back(kLastInstant);
    std::vector<std::int32_t> counts(times.size(), -1);
    count_edges(edges, times, counts);
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_EQ(counts[i], std::ranges::count_if(edges, [&](Instant edge) { return edge <= times[i]; }));
    }
  }
}

TEST(CountEdges, guesses_right_among_edges_that_lie_about_evenly) {
  std::mt19937_64 random{42};
  for (int round = 0; round < 100; ++round) {
    const std::int64_t step = 1 + static_cast<std::int64_t>(random() % 1'000'000),
                       wobble = round % 3 == 0 ? 0 : step / 2;
    std::vector<Instant> edges, times = {kMissingInstant, kFirstInstant, kLastInstant};
    for (int i = 0; i < 4 + round; ++i) {
      edges.push_back(at(i * step + (wobble > 0 ? static_cast<std::int64_t>(random()) % wobble : 0)));
    }
    std::ranges::sort(edges);
    for (const Instant edge : edges) times.insert(times.end(), {edge - Micros{1}, edge, edge + Micros{1}});
    const auto counts = count_edges(edges, times);
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_EQ(counts[i], std::ranges::count_if(edges, [&](Instant edge) { return edge <= times[i]; }));
    }
  }
}

TEST(CountEdges, counts_in_order_and_raises_as_one_by_one) {
  std::mt19937_64 random{43};
  const auto some = [&](std::size_t most) {
    std::vector<Instant> times;
    for (std::size_t i = random() % (most + 1); i > 0; --i)
      times.push_back(at(static_cast<std::int64_t>(random() % 40)));
    return times;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<Instant> edges = some(30), times, others;
    std::ranges::sort(edges);
    std::vector<std::int64_t> begins = {0};
    for (int run = 0; run < 4; ++run) {
      std::vector<Instant> own = some(12);
      std::ranges::sort(own);
      times.insert(times.end(), own.begin(), own.end());
      begins.push_back(std::ssize(times));
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
      others.push_back(random() % 4 == 0 ? kMissingInstant : at(static_cast<std::int64_t>(random() % 60)));
    }
    const auto one_by_one = count_edges(edges, times), of_others = count_edges(edges, others);
    auto counts = count_edges_in_order(edges, times, begins);
    EXPECT_EQ(counts, one_by_one);
    raise_counts(edges, others, counts);
    for (std::size_t i = 0; i < counts.size(); ++i) EXPECT_EQ(counts[i], std::max(one_by_one[i], of_others[i]));
  }
}

TEST(Shifted, moves_back_by_the_offset_and_then_by_the_window) {
  const std::vector as_ofs = {on("2026-03-31"), on("2026-05-31")};
  const Length month{1, Length::Unit::months}, day{1, Length::Unit::days};
  EXPECT_EQ(shifted(as_ofs, std::nullopt), as_ofs);
  EXPECT_EQ(shifted(as_ofs, month), (Edges{on("2026-02-28"), on("2026-04-30")}));
  EXPECT_EQ(shifted(as_ofs, month, day), (Edges{on("2026-02-27"), on("2026-04-29")}));
  EXPECT_EQ(shifted(as_ofs, day, month), (Edges{on("2026-02-28"), on("2026-04-30")}));
}

TEST(Shifted, stops_at_the_end_of_the_range) {
  const std::vector as_ofs = {kFirstInstant, at(0)};
  const Edges edges = shifted(as_ofs, Length{10'000, Length::Unit::years}, Length{10'000, Length::Unit::weeks});
  EXPECT_EQ(edges[0], kFirstInstant);
  EXPECT_LT(edges[1], at(0));
}

}  // namespace
}  // namespace customerhealth::metrics
