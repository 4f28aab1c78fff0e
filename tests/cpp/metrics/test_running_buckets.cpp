#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "customerhealth/common/number.hpp"
#include "running_buckets.hpp"

namespace customerhealth::metrics {
namespace {

constexpr std::int64_t kQuarter = 900'000'000;  // of an hour, in microseconds

Instant quarter(std::int64_t n) { return Instant{Micros{n * kQuarter}}; }

/// One account's rows, some without a value, and as-ofs on one grid or on several.
struct Drawn {
  std::vector<Instant> times, edges, first_times;
  std::vector<double> numbers;
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> first, last;
  model::Aggregate spec;

  [[nodiscard]] AccountEntries entries() const { return {rows, times, true, first, last}; }
};

Drawn draw(std::mt19937_64& random, int round) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  Drawn drawn;
  const auto every = static_cast<std::int32_t>(1 + below(5)), buckets = static_cast<std::int32_t>(1 + below(9));
  drawn.spec.buckets = model::Buckets{Length{every, Length::Unit::hours}, model::Then::mean, round % 3 == 0};
  drawn.spec.window = Length{every * buckets, Length::Unit::hours};
  std::vector<std::int64_t> at(static_cast<std::size_t>(below(70)));
  for (auto& time : at) time = below(400) - 200;
  std::ranges::sort(at);
  for (const std::int64_t time : at) {
    drawn.times.push_back(quarter(time));
    const double whole = static_cast<double>(below(9)) - 3;
    const int exponent = round % 4 == 0 ? static_cast<int>(below(400)) - 200 : 0;  // too far apart for 128 bits
    drawn.numbers.push_back(below(5) == 0 ? kNan : std::ldexp(whole, exponent));
  }
  drawn.rows.resize(at.size());
  std::iota(drawn.rows.begin(), drawn.rows.end(), 0U);
  for (std::int64_t edge = -210; edge < 230; edge += round % 2 == 0 ? 4 * every : 1 + below(9)) {
    drawn.edges.push_back(quarter(edge));
  }
  const auto before = [&](Instant t) {
    return static_cast<std::int32_t>(std::ranges::lower_bound(drawn.times, t) - drawn.times.begin());
  };
  const Instant first_time = at.empty() ? kMissingInstant : quarter(at.front() - below(3) * below(30));
  for (const Instant edge : drawn.edges) {
    drawn.first.push_back(before(minus(edge, *drawn.spec.window)));
    drawn.last.push_back(before(edge));
    drawn.first_times.push_back(!is_missing(first_time) && first_time < edge ? first_time : kMissingInstant);
  }
  return drawn;
}

void expect_same(const Drawn& drawn, const PickedAggregation& aggregation, RunningScratch& scratch) {
  Cells cells{Type::number, drawn.edges.size()};
  RunningBuckets running{aggregation, drawn.edges};
  running.answer(drawn.entries(), drawn.first_times, scratch, AccountCells{cells, 0, drawn.edges.size()});
  each_as_of(drawn.entries(), drawn.edges, [&](std::size_t k, const Picked& picked) {
    const Answer expected = picked_buckets(aggregation, picked, drawn.first_times[k]);
    EXPECT_EQ(cells.reasons[k], expected.reason) << "as-of " << k;
    if (expected.reason != Reason::none) return;
    EXPECT_EQ(cells.numbers[k], expected.number) << "as-of " << k;
  });
}

TEST(RunningBuckets, are_those_of_each_as_of_by_itself) {
  using A = model::Aggregation;
  using T = model::Then;
  std::mt19937_64 random{71};
  RunningScratch scratch;
  for (int round = 0; round < 60; ++round) {
    Drawn drawn = draw(random, round);
    Values values{Column{drawn.numbers}};
    for (const A agg : {A::count, A::count_distinct, A::sum, A::mean, A::min, A::max}) {
      for (const T then : {T::mean, T::median, T::min, T::max, T::std, T::slope, T::active, T::streak, T::floored}) {
        for (const double above : {0.0, -1.0, 1.0}) {
          SCOPED_TRACE(testing::Message() << "round " << round << ", agg " << static_cast<int>(agg) << ", then "
                                          << static_cast<int>(then) << ", above " << above);
          drawn.spec.aggregation = agg;
          drawn.spec.buckets->then = then;
          drawn.spec.buckets->above = above;
          expect_same(drawn, {&drawn.spec, agg == A::count ? nullptr : &values, {}, {}, {}}, scratch);
        }
      }
    }
  }
}

TEST(RunningBuckets, are_undefined_where_a_bucket_is) {
  model::Aggregate spec;
  spec.aggregation = model::Aggregation::sum;
  spec.window = Length{2, Length::Unit::hours};
  spec.buckets = model::Buckets{Length{1, Length::Unit::hours}, model::Then::mean, false};
  Values values{Column{std::vector{1e308, 1e308, 1.0}}};
  const PickedAggregation aggregation{&spec, &values, {}, {}, {}};
  const std::vector times = {quarter(0), quarter(1), quarter(5)}, edges = {quarter(4), quarter(8), quarter(12)};
  const std::vector<std::uint32_t> rows = {0, 1, 2};
  const std::vector<std::int32_t> first = {0, 0, 2}, last = {2, 3, 3};
  Cells cells{Type::number, 3};
  RunningScratch scratch;
  RunningBuckets{aggregation, edges}.answer({rows, times, true, first, last}, std::vector(3, quarter(0)), scratch,
                                            AccountCells{cells, 0, 3});
  EXPECT_EQ(cells.reasons[0], Reason::undefined);
  EXPECT_EQ(cells.reasons[1], Reason::undefined);
  EXPECT_EQ(cells.numbers[2], 0.5);
}

}  // namespace
}  // namespace customerhealth::metrics
