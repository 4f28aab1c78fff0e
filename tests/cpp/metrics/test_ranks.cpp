#include <set>

#include "metrics/answers_of_chance.hpp"
#include "ranks.hpp"

namespace customerhealth::metrics {
namespace {

TEST(RankSet, finds_the_nth_rank_among_many) {
  std::mt19937_64 random{21};
  RankSet set;
  for (const std::uint64_t size : {1U, 64U, 65U, 1'023U, 1'024U, 5'000U}) {
    set.clear(size);
    std::set<std::uint32_t> expected;
    for (int step = 0; step < 2'000; ++step) {
      const auto rank = static_cast<std::uint32_t>(random() % size);
      if (expected.insert(rank).second) {
        set.insert(rank);
      } else if (step % 2 == 0) {
        expected.erase(rank);
        set.erase(rank);
      }
    }
    ASSERT_EQ(set.size(), std::ssize(expected));
    std::int64_t n = 0;
    std::size_t before = 0;
    for (const std::uint32_t rank : expected) {
      if (n > 0) {
        EXPECT_EQ(set.after(before), rank);
      }
      EXPECT_EQ(set.nth(n++), rank);
      before = rank;
    }
  }
}

TEST(RunningQuantile, is_that_of_the_rows_that_count) {
  RunningScratch scratch;
  RankSet set;
  for (const double share : {0.0, 0.25, 0.29, 0.5, 0.9, 1.0}) {
    chance::for_many_entries(22, chance::kAsOfs, [&](const chance::Drawn& drawn, auto& numbers, auto&, auto&) {
      for (std::size_t i = 0; i < numbers.size(); i += 7) numbers[i] = i % 2 == 0 ? 0.0 : -0.0;  // equal, and one zero
      model::Aggregate spec;
      spec.aggregation = model::Aggregation::quantile;
      spec.quantile = share;
      Values values{Column{numbers}};
      const RankRows ranks{drawn.entries, numbers};
      chance::expect_picked(drawn, {&spec, &values, {}, {}, {}}, Edges(chance::kAsOfs),
                            [&](std::size_t a, const AccountEntries& entries, const AccountCells& out) {
                              running_quantile(entries, ranks, a, share, set, scratch, out);
                              for (const double number : out.numbers())
                                EXPECT_FALSE(number == 0 && std::signbit(number));
                            });
    });
  }
}

}  // namespace
}  // namespace customerhealth::metrics
