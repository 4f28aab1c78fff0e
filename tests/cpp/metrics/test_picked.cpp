#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "metrics/answers_of_chance.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kDay = 86'400'000'000;

Instant day(double days) { return Instant{Micros{static_cast<std::int64_t>(days * static_cast<double>(kDay))}}; }

/// One aggregation over rows at given days with given values.
class Asking {
 public:
  Asking(model::Aggregation aggregation, std::vector<double> days, std::vector<double> values, double edge = 10)
      : values_{Column{std::move(values)}}, edge_{day(edge)} {
    spec.aggregation = aggregation;
    for (const double d : days) times_.push_back(day(d));
    rows_.resize(times_.size());
    std::iota(rows_.begin(), rows_.end(), 0U);
  }

  model::Aggregate spec;
  std::vector<Instant> ends;
  std::vector<std::uint8_t> hidden;

  [[nodiscard]] Picked picked() const { return {rows_, times_, edge_}; }
  [[nodiscard]] PickedAggregation aggregation() { return {&spec, &values_, ends, hidden, {}}; }
  [[nodiscard]] Answer answer() { return aggregation()(picked()); }
  [[nodiscard]] double number() { return answer().number; }

 private:
  Values values_;
  std::vector<std::uint32_t> rows_;
  std::vector<Instant> times_;
  Instant edge_;
};

TEST(PickedStatistic, takes_only_rows_with_a_value) {
  const std::vector<double> days = {1, 2, 3, 4}, values = {4, kNaN, 1, 1};
  EXPECT_EQ(Asking(model::Aggregation::sum, days, values).number(), 6);
  EXPECT_EQ(Asking(model::Aggregation::mean, days, values).number(), 2);
  EXPECT_EQ(Asking(model::Aggregation::median, days, values).number(), 1);
  EXPECT_NEAR(Asking(model::Aggregation::std, days, values).number(), std::sqrt(3.0), 1e-15);
  Asking quantile{model::Aggregation::quantile, days, values};
  quantile.spec.quantile = 0.75;
  EXPECT_EQ(quantile.number(), 2.5);
}

TEST(PickedStatistic, says_why_there_is_nothing) {
  EXPECT_EQ(Asking(model::Aggregation::mean, {1}, {kNaN}).answer().reason, Reason::silent);
  EXPECT_EQ(Asking(model::Aggregation::median, {}, {}).answer().reason, Reason::silent);
  EXPECT_EQ(Asking(model::Aggregation::std, {1}, {5}).answer().reason, Reason::too_few);
  EXPECT_EQ(Asking(model::Aggregation::std, {1}, {kNaN}).answer().reason, Reason::silent);
  EXPECT_EQ(Asking(model::Aggregation::std, {1, 2, 3}, {0.1, 0.1, 0.1}).number(), 0);
  EXPECT_EQ(Asking(model::Aggregation::sum, {}, {}).number(), 0);
  EXPECT_EQ(Asking(model::Aggregation::sum, {1, 2}, {1e308, 1e308}).answer().reason, Reason::undefined);
}

TEST(PickedStatistic, halves_a_value_with_every_half_life) {
  Asking decayed{model::Aggregation::decayed, {10 - 14, 10 - 7, 9.999}, {8, 4, kNaN}};
  decayed.spec.half_life = Length{7, Length::Unit::days};
  EXPECT_EQ(decayed.number(), 4);
}

TEST(PickedPlace, finds_rows_and_times) {
  const std::vector<double> days = {1, 2, 4}, values = {5, -2, 5};
  EXPECT_EQ(Asking(model::Aggregation::first, days, values).answer().row, 0);
  EXPECT_EQ(Asking(model::Aggregation::last, days, values).answer().row, 2);
  EXPECT_EQ(Asking(model::Aggregation::min, days, values).answer().row, 1);
  EXPECT_EQ(Asking(model::Aggregation::max, days, values).answer().row, 0);  // of equals the first in time
  EXPECT_EQ(Asking(model::Aggregation::first_time, days, values).answer().instant, day(1));
  EXPECT_EQ(Asking(model::Aggregation::days_since_last, days, values).number(), 6);
  EXPECT_EQ(Asking(model::Aggregation::days_since_first, {0.5}, {1}).number(), 9.5);
  EXPECT_EQ(Asking(model::Aggregation::last, {}, {}).answer().reason, Reason::silent);
}

TEST(PickedPlace, waits_for_the_last_end_and_knows_open_ones) {
  Asking to_end{model::Aggregation::days_to_end, {1, 2}, {0, 0}};
  to_end.ends = {day(12), day(30.5)};
  EXPECT_EQ(to_end.number(), 20.5);
  to_end.hidden = {1, 0};
  EXPECT_EQ(to_end.answer().reason, Reason::open);
  to_end.hidden.clear();
  to_end.ends[0] = kMissingInstant;
  EXPECT_EQ(to_end.answer().reason, Reason::open);
  to_end.ends.clear();
  EXPECT_EQ(to_end.answer().reason, Reason::open);
}

TEST(PickedVariety, weighs_how_often_values_occur) {
  const std::vector<double> days = {1, 2, 3, 4, 5}, values = {7, 7, kNaN, -0.0, 0.0};
  EXPECT_EQ(Asking(model::Aggregation::count, days, values).number(), 5);
  EXPECT_EQ(Asking(model::Aggregation::count_distinct, days, values).number(), 2);
  EXPECT_EQ(Asking(model::Aggregation::top_share, days, values).number(), 0.5);
  EXPECT_NEAR(Asking(model::Aggregation::entropy, days, values).number(), std::log(2.0), 1e-15);
  const Answer one = Asking(model::Aggregation::entropy, {1}, {3}).answer();
  EXPECT_EQ(one.number, 0);
  EXPECT_FALSE(std::signbit(one.number));
  EXPECT_EQ(Asking(model::Aggregation::top_share, {1}, {kNaN}).answer().reason, Reason::silent);
}

TEST(PickedVariety, counts_what_is_met_of_what_is_wanted) {
  Asking asking{model::Aggregation::completeness, {1, 2, 3}, {0, 0, 5}};
  asking.spec.wanted = {{{}, 1}, {{}, 4}, {{}, 3}};
  PickedAggregation aggregation = asking.aggregation();
  aggregation.wanted = {std::bit_cast<std::uint64_t>(5.0), std::bit_cast<std::uint64_t>(0.0), std::nullopt};
  EXPECT_EQ(aggregation(asking.picked()).number, 3.0 / 8);
}

TEST(PickedVariety, does_not_count_more_of_one_value_than_are_wanted) {
  Asking asking{model::Aggregation::completeness, {1, 2, 3}, {5, 5, 5}};
  asking.spec.wanted = {{{}, 1}, {{}, 1}};
  PickedAggregation aggregation = asking.aggregation();
  aggregation.wanted = {std::bit_cast<std::uint64_t>(5.0), std::bit_cast<std::uint64_t>(7.0)};
  EXPECT_EQ(aggregation(asking.picked()).number, 0.5);
  EXPECT_EQ(aggregation(Asking{model::Aggregation::count, {}, {}}.picked()).number, 0);
}

/// The row whose value `mode` gives; -1: none.
std::int64_t mode_row(Column column, const Texts* texts = nullptr) {
  model::Aggregate spec;
  spec.aggregation = model::Aggregation::mode;
  Values values{std::move(column)};
  std::vector<std::uint32_t> rows(rows_of(values.view()));
  std::iota(rows.begin(), rows.end(), 0U);
  const std::vector<Instant> times(rows.size(), day(1));
  const Answer answer = PickedAggregation{&spec, &values, {}, {}, {}, texts}({rows, times, day(10)});
  EXPECT_EQ(answer.reason, answer.row < 0 ? Reason::silent : Reason::none);
  return answer.row;
}

TEST(PickedVariety, finds_the_most_frequent_value_and_of_equals_the_least) {
  EXPECT_EQ(mode_row(Column{std::vector<double>{9, 5, 7, 5, 1}}), 1);
  EXPECT_EQ(mode_row(Column{std::vector<double>{9, -5, 9, -5, kNaN, kNaN, kNaN}}), 1);  // as numbers, not as bits
  EXPECT_EQ(mode_row(Column{std::vector<double>{1, -0.0, 0.0, 1, 0.0}}), 1);            // there is one zero
  EXPECT_EQ(mode_row(Column{std::vector<double>{3, 2}}), 1);
  EXPECT_EQ(mode_row(Column{std::vector<double>{kNaN}}), -1);
  EXPECT_EQ(mode_row(Column{std::vector<double>{}}), -1);
}

TEST(PickedVariety, compares_whole_numbers_by_all_their_64_bits) {
  const std::vector<std::int64_t> large = {(std::int64_t{1} << 53) + 1, std::int64_t{1} << 53, -1};
  const std::vector<std::uint8_t> valid = {1, 1, 0};
  EXPECT_EQ(mode_row(Column{IntegerView{large, valid}}), 1);
  EXPECT_EQ(mode_row(Column{IntegerView{large, {}}}), 2);
  EXPECT_EQ(mode_row(Column{IntegerView{large, {}, true}}), 1);  // unsigned, -1 is the largest
}

TEST(PickedVariety, takes_texts_by_their_bytes_booleans_false_first_and_the_earlier_instant) {
  TextOverlay texts;
  const TextCode late = texts.intern("ä"), small = texts.intern("b"), capital = texts.intern("Z");
  EXPECT_EQ(mode_row(Column{std::vector{late, small, capital}}, &texts), 2);  // the code of none of them says so
  EXPECT_EQ(mode_row(Column{std::vector{late, small}}, &texts), 1);
  EXPECT_EQ(mode_row(Column{std::vector{late, small, capital, late, TextCode{}, TextCode{}, TextCode{}}}, &texts), 0);
  EXPECT_EQ(mode_row(Column{std::vector{Truth::yes, Truth::no, Truth::missing, Truth::missing}}), 1);
  EXPECT_EQ(mode_row(Column{std::vector{Truth::yes, Truth::no, Truth::yes}}), 0);
  EXPECT_EQ(mode_row(Column{std::vector{day(3), day(-2), kMissingInstant}}), 1);
}

TEST(PickedVariety, has_the_entropy_of_uneven_shares) {
  EXPECT_NEAR(Asking(model::Aggregation::entropy, {1, 2, 3, 4}, {1, 1, 2, 3}).number(), 1.5 * std::log(2.0), 1e-15);
  EXPECT_EQ(Asking(model::Aggregation::top_share, {1, 2, 3, 4}, {3, 1, 2, 1}).number(), 0.5);
}

TEST(PickedStatistic, decays_rows_themselves_where_there_is_no_value) {
  Asking rows{model::Aggregation::decayed, {10 - 14, 10 - 7}, {8, 4}};
  rows.spec.half_life = Length{7, Length::Unit::days};
  PickedAggregation aggregation = rows.aggregation();
  aggregation.of = nullptr;
  EXPECT_EQ(aggregation(rows.picked()).number, 0.75);
}

TEST(PickedSpan, finds_the_longest_gap_up_to_the_edge) {
  EXPECT_EQ(Asking(model::Aggregation::longest_gap, {1, 6, 7}, {0, 0, 0}).number(), 5);
  EXPECT_EQ(Asking(model::Aggregation::longest_gap, {1, 2, 3}, {0, 0, 0}).number(), 7);
  EXPECT_EQ(Asking(model::Aggregation::longest_gap, {}, {}).answer().reason, Reason::silent);
}

TEST(PickedSpan, chains_intervals_to_the_run_that_holds) {
  Asking runs{model::Aggregation::days_unbroken, {1, 3, 6, 7}, {0, 0, 0, 0}};
  runs.ends = {day(3), day(5), day(6), day(20)};  // the third never was alive
  EXPECT_EQ(runs.number(), 3);
  runs.spec.gap = Length{2, Length::Unit::days};
  EXPECT_EQ(runs.number(), 9);
  runs.ends[3] = day(9);
  EXPECT_EQ(runs.answer().reason, Reason::silent);
  runs.ends[0] = kMissingInstant;  // never ends
  EXPECT_EQ(runs.number(), 9);
}

/// Buckets of two days over the eight before day 10.
Answer in_buckets(model::Then then, model::Aggregation aggregation, const std::vector<double>& days,
                  const std::vector<double>& values, double first = 0, bool skip_empty = false) {
  Asking asking{aggregation, days, values};
  asking.spec.window = Length{8, Length::Unit::days};
  asking.spec.buckets = model::Buckets{Length{2, Length::Unit::days}, then, skip_empty};
  return picked_buckets(asking.aggregation(), asking.picked(), day(first));
}

TEST(PickedBuckets, summarise_buckets_counted_back_from_the_edge) {
  const std::vector<double> days = {2, 3.9, 8, 9}, ones = {1, 2, 3, 4};  // 2, 0, 0, 2 rows
  EXPECT_EQ(in_buckets(model::Then::mean, model::Aggregation::count, days, ones).number, 1);
  EXPECT_EQ(in_buckets(model::Then::max, model::Aggregation::sum, days, ones).number, 7);
  EXPECT_EQ(in_buckets(model::Then::min, model::Aggregation::count, days, ones).number, 0);
  EXPECT_EQ(in_buckets(model::Then::active, model::Aggregation::count, days, ones).number, 2);
  EXPECT_EQ(in_buckets(model::Then::streak, model::Aggregation::count, days, ones).number, 1);
  EXPECT_EQ(in_buckets(model::Then::slope, model::Aggregation::sum, days, ones).number, 1.2);  // 3, 0, 0, 7
  EXPECT_EQ(in_buckets(model::Then::mean, model::Aggregation::sum, days, ones, 0, true).number, 5);
  EXPECT_EQ(in_buckets(model::Then::mean, model::Aggregation::max, days, ones).number, 3);
}

TEST(PickedBuckets, count_those_above_a_value) {
  Asking asking{model::Aggregation::count, {2, 3.9, 8, 9}, {1, 1, 1, 1}};  // 2, 0, 0, 2 rows
  asking.spec.window = Length{8, Length::Unit::days};
  const auto above = [&asking](model::Then then, double least) {
    asking.spec.buckets = model::Buckets{Length{2, Length::Unit::days}, then, false, least};
    return picked_buckets(asking.aggregation(), asking.picked(), day(0)).number;
  };
  EXPECT_EQ(above(model::Then::active, 1), 2);
  EXPECT_EQ(above(model::Then::active, 2), 0);
  EXPECT_EQ(above(model::Then::active, -1), 4);
  EXPECT_EQ(above(model::Then::streak, 1), 1);
  EXPECT_EQ(above(model::Then::streak, -0.5), 4);
}

TEST(PickedBuckets, sum_up_from_the_oldest_and_never_fall_below_0) {
  const std::vector<double> days = {2, 3, 5, 7, 9};
  const auto floored = [&days](const std::vector<double>& values) {
    return in_buckets(model::Then::floored, model::Aggregation::sum, days, values).number;
  };
  EXPECT_EQ(floored({5, 5, -30, 7, 1}), 8);    // 10, 0, 7, 8
  EXPECT_EQ(floored({50, -55, 9, 0, -2}), 7);  // within a bucket values cancel out: -5 is 0
  EXPECT_EQ(floored({1, 1, 1, 1, -9}), 0);
  EXPECT_EQ(in_buckets(model::Then::floored, model::Aggregation::sum, {}, {}, 0).number, 0);
}

TEST(PickedBuckets, leave_out_what_was_before_the_first_row) {
  const std::vector<double> days = {7, 9}, ones = {1, 1};
  EXPECT_EQ(in_buckets(model::Then::mean, model::Aggregation::count, days, ones, 7).number, 1);
  EXPECT_EQ(in_buckets(model::Then::mean, model::Aggregation::count, days, ones, 6).number,
            1);  // the bucket that ends there
  EXPECT_EQ(in_buckets(model::Then::mean, model::Aggregation::count, days, ones, 5.9).number, 2.0 / 3);
  EXPECT_EQ(in_buckets(model::Then::mean, model::Aggregation::count, {}, {}, 10).reason, Reason::too_young);
  EXPECT_EQ(in_buckets(model::Then::streak, model::Aggregation::count, {}, {}, 1).number, 0);
  EXPECT_EQ(in_buckets(model::Then::active, model::Aggregation::max, {}, {}, 1).reason, Reason::silent);
  EXPECT_EQ(in_buckets(model::Then::slope, model::Aggregation::count, days, ones, 8).reason, Reason::too_few);
}

std::vector<std::uint32_t> rows_of(const Picked& picked) { return {picked.rows.begin(), picked.rows.end()}; }

TEST(EachAsOf, picks_the_entries_that_count_there) {
  chance::for_many_entries(19, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, const auto&, auto&) {
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      const AccountEntries entries = drawn.account(a);
      std::size_t met = 0;
      each_as_of(entries, Edges(chance::kAsOfs), [&](std::size_t k, const Picked& picked) {
        EXPECT_EQ(k, met++);
        EXPECT_EQ(rows_of(picked), chance::rows_at(entries, k));
        EXPECT_EQ(picked.times.size(), picked.rows.size());
      });
      EXPECT_EQ(met, static_cast<std::size_t>(chance::kAsOfs));
    }
  });
}

/// Of the rows that count at an as-of those in [start, end).
std::vector<std::uint32_t> rows_between(const AccountEntries& entries, std::size_t k, Instant start, Instant end) {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < entries.rows.size(); ++i) {
    const bool is_inside = start <= entries.times[i] && entries.times[i] < end;
    if (is_inside && chance::counts(entries, i, static_cast<std::int32_t>(k))) rows.push_back(entries.rows[i]);
  }
  return rows;
}

TEST(EachSince, picks_those_in_the_window_from_each_start) {
  std::size_t cut = 0, missing = 0;
  const Length window{1, Length::Unit::days};
  chance::for_many_entries(20, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, const auto&, auto& random) {
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      const AccountEntries entries = drawn.account(a);
      std::vector<Instant> starts(chance::kAsOfs, kMissingInstant);
      for (Instant& start : starts) {  // before the rows, so that the window ends among them, or among them
        if (entries.times.empty() || random() % 4 == 0) continue;
        start = entries.times[random() % entries.times.size()];
        if (random() % 2 == 0) start = minus(start, window);
      }
      const bool is_open = random() % 3 == 0;
      std::size_t met = 0;
      each_since(entries, Edges(chance::kAsOfs), starts, is_open ? std::nullopt : std::optional{window},
                 [&](std::size_t k, const Picked& picked) {
                   const Instant end = is_open ? kLastInstant : plus(starts[k], window);
                   const auto expected = rows_between(entries, k, starts[k], end);
                   EXPECT_EQ(rows_of(picked), expected);
                   cut += expected.size() < chance::rows_at(entries, k).size() ? 1 : 0;
                   ++met;
                 });
      EXPECT_EQ(met, starts.size() - static_cast<std::size_t>(std::ranges::count(starts, kMissingInstant)));
      missing += starts.size() - met;
    }
  });
  EXPECT_GT(cut, 0U);
  EXPECT_GT(missing, 0U);
}

TEST(QuantileOf, is_linear_between_values) {
  std::vector<double> values = {3, 1, 2, 10};
  EXPECT_EQ(quantile_of(values, 0), 1);
  EXPECT_EQ(quantile_of(values, 1), 10);
  EXPECT_EQ(quantile_of(values, 0.5), 2.5);
  std::vector<double> one = {4};
  EXPECT_EQ(quantile_of(one, 0.3), 4);
  std::vector<double> hundred(101);
  std::iota(hundred.begin(), hundred.end(), 0.0);
  EXPECT_EQ(quantile_of(hundred, 0.29), 29);  // 100 * 0.29 is 28.999999999999996
}

}  // namespace
}  // namespace customerhealth::metrics
