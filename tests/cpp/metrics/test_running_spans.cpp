#include "metrics/answers_of_chance.hpp"
#include "running_spans.hpp"

namespace customerhealth::metrics {
namespace {

constexpr std::int64_t kHour = 3'600'000'000;

/// E of each as-of; times of entries are 0 to 29 microseconds.
std::vector<Instant> edges(std::int64_t first) {
  std::vector<Instant> out;
  for (std::int64_t k = 0; k < chance::kAsOfs; ++k) out.emplace_back(Micros{first + k * 3});
  return out;
}

model::Aggregate spec_of(model::Aggregation aggregation) {
  model::Aggregate spec;
  spec.aggregation = aggregation;
  return spec;
}

TEST(RunningGap, is_the_longest_of_the_rows_that_count) {
  RunningScratch scratch;
  EntryTree<GapNode> tree;
  const model::Aggregate spec = spec_of(model::Aggregation::longest_gap);
  const auto at = edges(31);
  chance::for_many_entries(101, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, auto&, auto&) {
    chance::expect_picked(drawn, {&spec, nullptr, {}, {}, {}}, at,
                          [&](std::size_t, const AccountEntries& entries, const AccountCells& out) {
                            running_gap(entries, at, tree, scratch, out);
                          });
  });
}

TEST(RunningGap, spans_all_of_time) {
  const GapNode first{true, kFirstInstant, kFirstInstant, {}, {}}, last{true, kLastInstant, kLastInstant, {}, {}};
  const GapNode both = GapNode::joined(first, last);
  EXPECT_EQ(both.from, kFirstInstant);
  EXPECT_EQ(both.to, kLastInstant);
}

/// An end for each row: open, at its start or later; times of entries are a few microseconds.
std::vector<Instant> ends_of(std::size_t rows, std::mt19937_64& random) {
  std::vector<Instant> ends;
  for (std::size_t i = 0; i < rows; ++i) {
    ends.push_back(random() % 9 == 0 ? kMissingInstant : Instant{Micros{static_cast<std::int64_t>(random() % 40)}});
  }
  return ends;
}

TEST(RunningUnbroken, chains_the_intervals_that_count) {
  RunningScratch scratch;
  EntryTree<ChainNode> tree;
  const auto at = edges(0);
  for (const bool with_gap : {false, true}) {
    model::Aggregate spec = spec_of(model::Aggregation::days_unbroken);
    if (with_gap) spec.gap = Length{1, Length::Unit::hours};
    chance::for_many_entries(102, chance::kAsOfs, [&](chance::Drawn& drawn, auto&, auto&, auto& random) {
      auto ends = ends_of(drawn.rows, random);
      auto own_at = at;
      if (with_gap) {  // an hour is much beside microseconds: hours then
        const auto longer = [](Instant& t) {
          if (!is_missing(t)) t = Instant{Micros{micros_since_epoch(t) * kHour / 2}};
        };
        std::ranges::for_each(drawn.entries.times_owned, longer);
        std::ranges::for_each(ends, longer);
        std::ranges::for_each(own_at, longer);
      }
      const PickedAggregation aggregation{&spec, nullptr, ends, {}, {}};
      chance::expect_picked(drawn, aggregation, own_at,
                            [&](std::size_t, const AccountEntries& entries, const AccountCells& out) {
                              running_unbroken(aggregation, entries, own_at, tree, scratch, out);
                            });
    });
  }
}

TEST(RunningEnd, is_the_last_of_the_intervals_that_count) {
  RunningScratch scratch;
  const model::Aggregate spec = spec_of(model::Aggregation::days_to_end);
  const auto at = edges(0);
  chance::for_many_entries(103, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, auto&, auto& random) {
    if (drawn.entries.plain) return;  // what is alive never is
    const auto ends = ends_of(drawn.rows, random);
    std::vector<std::uint8_t> hidden(random() % 2 == 0 ? drawn.rows : 0);
    for (auto& flag : hidden) flag = random() % 9 == 0 ? 1 : 0;
    const PickedAggregation aggregation{&spec, nullptr, ends, hidden, {}};
    chance::expect_picked(drawn, aggregation, at,
                          [&](std::size_t, const AccountEntries& entries, const AccountCells& out) {
                            running_end(aggregation, entries, at, scratch, out);
                          });
  });
}

}  // namespace
}  // namespace customerhealth::metrics
