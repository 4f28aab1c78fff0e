#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "customerhealth/model/aggregations.hpp"
#include "engine/results.hpp"
#include "engine/worlds.hpp"

// Every aggregation over a few rows, worked out by hand.
namespace customerhealth::engine {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

/// What account a's metric is at each as-of; missing: its reason.
Lines values(const panel::Panel& panel, const std::string& metric, const std::string& account = "a") {
  const auto table = panel.table(), reasons = panel.reasons();
  const auto cell = [](const arrow::ResultTable& of, const std::string& name, std::int64_t row) {
    return results::cell(*std::ranges::find(of.batches[0].columns, name, &arrow::ResultColumn::name), row);
  };
  Lines out;
  for (std::int64_t row = 0; row < table->batches[0].rows; ++row) {
    if (cell(*table, "account_id", row) != account) continue;
    std::string value = cell(*table, metric, row);
    for (std::int64_t r = 0; value == "-" && r < reasons->batches[0].rows; ++r) {
      const bool is_it = cell(*reasons, "account_id", r) == account && cell(*reasons, "metric", r) == metric &&
                         cell(*reasons, "as_of", r) == cell(*table, "as_of", row);
      if (is_it) value = cell(*reasons, "reason", r);
    }
    out.push_back(value);
  }
  return out;
}

/// Rows of a at 1 (4, x), 3 (nothing, y), 5 (-2, x), twice at 8 (10, z and 6, z) and at 12 (1, nothing); of b others.
panel::Panel events(const std::string& metrics, const std::vector<Instant>& dates = {day(9), day(12), day(13)}) {
  const auto model = shared(R"({"format": 1, "tables": {"u": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"rows": {"from": "u", "agg": "count"}, "ns": {"from": "u", "agg": "sum", "of": "n"},
                "words": {"from": "u", "agg": "count_distinct", "of": "w"}, )" +
                            metrics + "}}");
  const Portfolio made =
      portfolio(model, inputs(input("u", {"id", "at", "n", "w"}, texts({"b", "a", "a", "a", "a", "b", "a", "a"}),
                                    days({6, 8, 1, 12, 3, 11, 8, 5}), numbers({100, 10, 4, 1, {}, 50, 6, -2}),
                                    texts({"q", "z", "x", {}, "y", "q", "z", "x"}))));
  return score(made, dates);
}

/// Of one metric of the name m.
Lines of_events(const std::string& metric, const std::vector<Instant>& dates = {day(9), day(12), day(13)}) {
  return values(events(R"("m": {"from": "u", )" + metric + "}", dates), "m");
}

/// A metric over the events, and its answers.
struct Example {
  std::string keys;
  Lines answers;
};

/// An example of each aggregation; -Wswitch names one that has none.
Example example_of(model::Aggregation aggregation) {
  using A = model::Aggregation;
  switch (aggregation) {
    case A::count:
      return {"", {"5", "5", "6"}};
    case A::count_distinct:
      return {R"(, "of": "w")", {"3", "3", "3"}};
    case A::sum:
      return {R"(, "of": "n")", {"18", "18", "19"}};
    case A::decayed:
      return {R"(, "half_life": "1d", "window": "2d")", {"1", "0", "0.5"}};
    case A::mean:
      return {R"(, "of": "n")", {"4.5", "4.5", "3.8"}};
    case A::std:
      return {R"(, "of": "n")", {"5", "5", "4.604346"}};
    case A::median:
      return {R"(, "of": "n")", {"5", "5", "4"}};
    case A::quantile:
      return {R"(, "q": 0.25, "of": "n")", {"2.5", "2.5", "1"}};
    case A::min:
      return {R"(, "of": "n")", {"-2", "-2", "-2"}};
    case A::max:
      return {R"(, "of": "n", "window": "3d")", {"10", "silent", "1"}};
    case A::first:
      return {R"(, "of": "w")", {"x", "x", "x"}};
    case A::last:
      return {R"(, "of": "w")", {"z", "z", "silent"}};
    case A::first_time:
      return {R"(, "where": "n < 0")", {"1970-01-06", "1970-01-06", "1970-01-06"}};
    case A::last_time:
      return {"", {"1970-01-09", "1970-01-09", "1970-01-13"}};
    case A::days_since_first:
      return {"", {"8", "11", "12"}};
    case A::days_since_last:
      return {"", {"1", "4", "1"}};
    case A::days_to_end:
    case A::days_unbroken:
      return {};  // over intervals alone: Intervals below
    case A::longest_gap:
      return {"", {"3", "4", "4"}};
    case A::mode:
      return {R"(, "of": "w")", {"x", "x", "x"}};
    case A::top_share:
      return {R"(, "of": "w")", {"0.4", "0.4", "0.4"}};
    case A::entropy:
      return {R"(, "of": "w")", {"1.05492", "1.05492", "1.05492"}};
    case A::completeness:
      return {R"(, "of": "w", "wanted": ["x", "q"])", {"0.5", "0.5", "0.5"}};
  }
  return {};
}

TEST(Events, have_an_example_of_every_aggregation) {
  for (const model::AggregationRule& rule : model::kAggregationRules) {
    const Example example = example_of(static_cast<model::Aggregation>(&rule - model::kAggregationRules.data()));
    if (rule.on == model::AggregationRule::On::alive) continue;
    EXPECT_EQ(of_events(R"("agg": ")" + std::string{rule.name} + '"' + example.keys), example.answers) << rule.name;
  }
}

TEST(Events, are_counted_in_half_open_windows) {
  EXPECT_EQ(of_events(R"("agg": "count", "window": "5d")"), (Lines{"3", "2", "3"}));  // from 4, from 7, from 8 on
  EXPECT_EQ(of_events(R"("agg": "count", "window": "5d", "offset": "4d")"), (Lines{"2", "2", "3"}));
  EXPECT_EQ(of_events(R"("agg": "count", "offset": "4d")"), (Lines{"2", "3", "5"}));
  EXPECT_EQ(of_events(R"("agg": "count", "where": "n > 0")"), (Lines{"3", "3", "4"}));
  EXPECT_EQ(of_events(R"("agg": "count", "where": "w = 'z'", "window": "4d")"), (Lines{"2", "2", "0"}));
  EXPECT_EQ(of_events(R"("agg": "count", "min_rows": 3, "window": "5d")"), (Lines{"3", "too_few", "3"}));
  EXPECT_EQ(of_events(R"("agg": "sum", "of": "n", "min_rows": 5)"), (Lines{"too_few", "too_few", "19"}));
  EXPECT_EQ(of_events(R"("agg": "count", "window": "8d", "full_window": true)"), (Lines{"5", "3", "4"}));
  EXPECT_EQ(of_events(R"("agg": "count", "window": "9d", "full_window": true)"), (Lines{"too_young", "4", "4"}));
}

TEST(Events, are_summed_up_and_averaged_over_those_with_a_value) {
  EXPECT_EQ(of_events(R"("agg": "sum", "of": "n", "window": "5d")"), (Lines{"14", "16", "17"}));
  EXPECT_EQ(of_events(R"("agg": "sum", "of": "2 * n + 1", "where": "w is missing or w != 'x'")"),
            (Lines{"34", "34", "37"}));
  EXPECT_EQ(of_events(R"("agg": "mean", "of": "n", "window": "3d")"), (Lines{"8", "silent", "1"}));
  EXPECT_EQ(of_events(R"("agg": "std", "of": "n", "window": "4d")"), (Lines{"6.110101", "2.828427", "too_few"}));
  EXPECT_EQ(of_events(R"("agg": "decayed", "of": "n", "half_life": "4d")")[0], "13.454343");  // 1 - 1 + 16 * 2^-1/4
}

TEST(Events, have_extremes_ends_and_gaps) {
  EXPECT_EQ(of_events(R"("agg": "max", "of": "n > 5")"), (Lines{"yes", "yes", "yes"}));
  EXPECT_EQ(of_events(R"("agg": "min", "of": "at")"), (Lines{"1970-01-02", "1970-01-02", "1970-01-02"}));
  EXPECT_EQ(of_events(R"("agg": "max", "of": "at")"), (Lines{"1970-01-09", "1970-01-09", "1970-01-13"}));
  EXPECT_EQ(of_events(R"("agg": "last", "of": "n")"), (Lines{"6", "6", "1"}));  // of one time the later to come
  EXPECT_EQ(of_events(R"("agg": "first", "of": "n", "window": "4d", "offset": "1d")"), (Lines{"-2", "10", "10"}));
  EXPECT_EQ(of_events(R"("agg": "first", "of": "n", "where": "w = 'y'")"), (Lines{"silent", "silent", "silent"}));
  EXPECT_EQ(of_events(R"("agg": "days_since_last", "offset": "3d", "where": "n is not missing")"),
            (Lines{"1", "1", "2"}));
  EXPECT_EQ(of_events(R"("agg": "longest_gap", "window": "5d")"), (Lines{"3", "4", "4"}));
  EXPECT_EQ(of_events(R"("agg": "longest_gap", "window": "3d")"), (Lines{"1", "silent", "1"}));
}

TEST(Events, are_told_apart_by_value) {
  EXPECT_EQ(of_events(R"("agg": "mode", "of": "w", "window": "5d")"), (Lines{"z", "z", "z"}));
  EXPECT_EQ(of_events(R"("agg": "mode", "of": "w", "window": "3d")"), (Lines{"z", "silent", "silent"}));
  EXPECT_EQ(of_events(R"("agg": "mode", "of": "n", "where": "n > 5")"), (Lines{"6", "6", "6"}));
  EXPECT_EQ(of_events(R"("agg": "mode", "of": "n > 5")"), (Lines{"no", "no", "no"}));
  EXPECT_EQ(of_events(R"("agg": "mode", "of": "at")"), (Lines{"1970-01-09", "1970-01-09", "1970-01-09"}));
  EXPECT_EQ(of_events(R"("agg": "count_distinct", "of": "w", "window": "5d")"), (Lines{"2", "1", "1"}));
  EXPECT_EQ(of_events(R"("agg": "count_distinct", "of": "w", "window": "9d", "offset": "3d")"), (Lines{"2", "3", "3"}));
  EXPECT_EQ(of_events(R"("agg": "completeness", "of": "w", "wanted": {"x": 1, "z": 3, "q": 1})"), Lines(3, "0.6"));
  EXPECT_EQ(of_events(R"("agg": "completeness", "of": "w", "wanted": {"x": 1, "z": 1})"), Lines(3, "1"));
  const panel::Panel by =
      events(R"("m": {"from": "u", "agg": "sum", "of": "n", "by": {"column": "w", "values": ["z", "x", "q"]}})");
  EXPECT_EQ(values(by, "m.z"), (Lines{"16", "16", "16"}));
  EXPECT_EQ(values(by, "m.x"), (Lines{"2", "2", "2"}));
  EXPECT_EQ(values(by, "m.q"), (Lines{"0", "0", "0"}));
  EXPECT_EQ(values(by, "m.q", "b"), (Lines{"100", "150", "150"}));
  EXPECT_EQ(values(by, "words", "b"), (Lines{"1", "1", "1"}));
}

TEST(Completeness, does_not_let_many_of_one_stand_for_another) {
  const auto model = shared(R"({"format": 1,
    "tables": {"people": {"kind": "states", "account": "id", "time": "at", "key": "person"}},
    "metrics": {"m": {"from": "people", "agg": "completeness", "of": "role", "wanted": {"champion": 1, "sponsor": 1}}}})");
  const Portfolio three =
      portfolio(model, inputs(input("people", {"id", "at", "person", "role"}, texts({"a", "a", "a", "b", "b"}),
                                    days({1, 1, 1, 1, 1}), texts({"p", "q", "r", "p", "q"}),
                                    texts({"champion", "champion", "champion", "champion", "sponsor"}))));
  EXPECT_EQ(results::lines(*score(three, {day(2)}).table()), (Lines{"a 1970-01-03 0.5", "b 1970-01-03 1"}));
}

TEST(Events, since_an_instant_are_those_of_a_window_that_begins_there) {
  const panel::Panel panel = events(
      R"("ten": {"from": "u", "agg": "first_time", "where": "n = 10"},
         "last": {"from": "u", "agg": "last_time"}, "never": {"from": "u", "agg": "last_time", "where": "n > 900"},
         "m": {"from": "u", "agg": "count", "since": "ten", "window": "4d"},
         "open": {"from": "u", "agg": "sum", "of": "n", "since": "ten"},
         "few": {"from": "u", "agg": "count", "since": "ten", "min_rows": 3},
         "none": {"from": "u", "agg": "count", "since": "never"},
         "later": {"from": "u", "agg": "mean", "of": "n", "since": "last", "window": "1d"})",
      {day(8), day(9), day(12), day(13)});
  EXPECT_EQ(values(panel, "m"), (Lines{"silent", "2", "2", "2"}));
  EXPECT_EQ(values(panel, "open"), (Lines{"silent", "16", "16", "17"}));
  EXPECT_EQ(values(panel, "few"), (Lines{"silent", "too_few", "too_few", "3"}));
  EXPECT_EQ(values(panel, "none"), Lines(4, "silent"));
  EXPECT_EQ(values(panel, "later"), (Lines{"-2", "8", "8", "1"}));
}

TEST(Events, in_buckets_are_summarised) {
  const auto two_days = [](const std::string& more) { return of_events(R"("every": "2d", "window": "6d", )" + more); };
  EXPECT_EQ(two_days(R"("agg": "count", "then": "mean")"), (Lines{"1.333333", "0.666667", "1"}));
  EXPECT_EQ(two_days(R"("agg": "count", "then": "max")"), (Lines{"2", "2", "2"}));
  EXPECT_EQ(two_days(R"("agg": "count", "then": "active")"), (Lines{"3", "1", "2"}));
  EXPECT_EQ(two_days(R"("agg": "count", "then": "streak")"), (Lines{"3", "0", "1"}));
  EXPECT_EQ(two_days(R"("agg": "sum", "of": "n", "then": "slope")"), (Lines{"8", "0", "-7.5"}));
  EXPECT_EQ(two_days(R"("agg": "sum", "of": "n", "then": "floored")"), (Lines{"16", "16", "17"}));
  EXPECT_EQ(two_days(R"("agg": "count", "then": "std")"), (Lines{"0.57735", "1.154701", "1"}));
  EXPECT_EQ(two_days(R"("agg": "mean", "of": "n", "then": "min")"), (Lines{"-2", "8", "1"}));
  EXPECT_EQ(two_days(R"("agg": "count", "then": "median", "empty": "skip")"), (Lines{"1", "2", "1.5"}));
  EXPECT_EQ(of_events(R"("agg": "count", "every": "2d", "window": "6d", "then": "mean")", {day(2), day(4)}),
            (Lines{"1", "1"}));  // buckets before the first row are left out
}

TEST(Intervals, hold_from_their_start_to_their_end) {
  const auto of = [](const std::string& metric) {
    const auto model = shared(R"({"format": 1,
      "tables": {"c": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "known"}},
      "metrics": {"rows": {"from": "c", "agg": "count", "rows": "any"}, "m": {"from": "c", )" +
                              metric + "}}}");
    const Portfolio made =
        portfolio(model, inputs(input("c", {"id", "begins", "ends", "known", "n"}, texts({"a", "b", "a", "a", "a"}),
                                      days({9, 1, 2, 5, 20}), days({{}, 99, 10, 4, 30}), days({9, 1, 2, 4, 11}),
                                      numbers({7, 1000, 5, 100, 3}))));
    return values(score(made, {day(9), day(10), day(11), day(12)}), "m");
  };
  EXPECT_EQ(of(R"("agg": "sum", "of": "n")"), (Lines{"5", "12", "7", "7"}));
  EXPECT_EQ(of(R"("agg": "sum", "of": "n", "offset": "1d")"), (Lines{"5", "5", "12", "7"}));
  EXPECT_EQ(of(R"("agg": "sum", "of": "n", "rows": "started")"), (Lines{"5", "12", "12", "12"}));
  EXPECT_EQ(of(R"("agg": "sum", "of": "n", "rows": "started", "window": "5d")"), (Lines{"0", "7", "7", "7"}));
  EXPECT_EQ(of(R"("agg": "sum", "of": "n", "rows": "ended")"), (Lines{"0", "0", "5", "5"}));
  EXPECT_EQ(of(R"("agg": "count", "rows": "upcoming")"), (Lines{"0", "0", "0", "1"}));
  EXPECT_EQ(of(R"("agg": "count", "rows": "any")"), (Lines{"2", "3", "3", "4"}));
  EXPECT_EQ(of(R"("agg": "days_to_end")"), (Lines{"1", "open", "open", "open"}));
  EXPECT_EQ(of(R"("agg": "days_to_end", "where": "n = 5")"), (Lines{"1", "0", "silent", "silent"}));
  EXPECT_EQ(of(R"("agg": "days_unbroken")"), (Lines{"7", "8", "9", "10"}));
  EXPECT_EQ(of(R"("agg": "days_unbroken", "where": "n != 5")"), (Lines{"silent", "1", "2", "3"}));
  EXPECT_EQ(of(R"("agg": "first_time", "rows": "ended")"), (Lines{"silent", "silent", "1970-01-11", "1970-01-11"}));
}

TEST(States, hold_until_the_next_of_their_key) {
  const auto model = shared(R"({"format": 1,
    "tables": {"mood": {"kind": "states", "account": "id", "time": "at", "key": "k"},
               "plan": {"kind": "states", "account": "id", "time": "at", "known": "known"}},
    "metrics": {"m": {"from": "mood", "agg": "sum", "of": "n"}, "low": {"from": "mood", "agg": "count", "where": "n < 6"},
                "before": {"from": "mood", "agg": "sum", "of": "n", "offset": "2d"},
                "plan": {"from": "plan", "agg": "last", "of": "w"}, "since": {"from": "plan", "agg": "last_time"}}})");
  const Portfolio made = portfolio(
      model,
      inputs(input("mood", {"id", "at", "k", "n"}, texts({"a", "b", "a", "a", "a", "a"}), days({6, 1, 1, 3, 4, 4}),
                   texts({"p", "p", "p", "q", {}, {}}), numbers({7, 50, 5, 1, 100, 200})),
             input("plan", {"id", "at", "known", "w"}, texts({"a", "a", "a"}), days({1, 5, 3}), days({1, 8, 3}),
                   texts({"free", "pro", "plus"}))));
  const panel::Panel panel = score(made, {day(3), day(4), day(6), day(7), day(9)});
  EXPECT_EQ(values(panel, "m"), (Lines{"5", "6", "306", "308", "308"}));
  EXPECT_EQ(values(panel, "low"), (Lines{"1", "2", "2", "1", "1"}));
  EXPECT_EQ(values(panel, "before"), (Lines{"0", "5", "6", "306", "308"}));
  EXPECT_EQ(values(panel, "plan"), (Lines{"free", "plus", "plus", "plus", "pro"}));
  EXPECT_EQ(values(panel, "since"), (Lines{"1970-01-02", "1970-01-04", "1970-01-04", "1970-01-04", "1970-01-06"}));
}

TEST(Tickets, have_no_end_before_it_has_come) {
  const auto model = shared(R"({"format": 1,
    "tables": {"t": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "end_known": "at_end"}},
    "metrics": {"open": {"from": "t", "agg": "count", "rows": "any", "where": "ends is missing"},
                "taken": {"from": "t", "agg": "max", "of": "ends - begins", "rows": "any"},
                "left": {"from": "t", "agg": "days_to_end"}}})");
  const Portfolio made =
      portfolio(model, inputs(input("t", {"id", "begins", "ends"}, texts({"a", "a"}), days({1, 2}), days({6, 4}))));
  const panel::Panel panel = score(made, {day(3), day(4), day(5), day(6), day(7)});
  EXPECT_EQ(values(panel, "open"), (Lines{"2", "2", "1", "1", "0"}));
  EXPECT_EQ(values(panel, "taken"), (Lines{"silent", "silent", "2", "2", "5"}));
  EXPECT_EQ(values(panel, "left"), (Lines{"open", "open", "open", "open", "silent"}));
}

TEST(Events, of_a_month_are_each_date_s_own_where_months_cross) {
  // A month before 28 March at noon lies after a month before 29 March at midnight.
  const auto model = shared(R"({"format": 1, "tables": {"u": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"m": {"from": "u", "agg": "count", "window": "1mo"}, "last": {"from": "u", "agg": "last", "of": "w", "window": "1mo"},
                "late": {"from": "u", "agg": "last_time", "where": "w = 'x'"},
                "since": {"from": "u", "agg": "count", "since": "late", "window": "1mo"}}})");
  const Instant march = *parse_instant("2026-03-28"), half{Micros{tables::kDay / 2}};
  const Micros noon = half - Instant{};
  const auto hours = [](Instant t) { return t.time_since_epoch().count(); };
  const Instant february = *parse_instant("2026-02-28");
  const Portfolio made = portfolio(
      model,
      inputs(input("u", {"id", "at", "w"}, texts({"a", "a", "a", "b", "b", "b"}),
                   micros({hours(february), hours(february + noon), hours(march + Micros{1}),
                           hours(february + Micros{1}), hours(march + noon), hours(*parse_instant("2026-02-10"))}),
                   texts({"x", "y", "z", "p", "q", "x"}))));
  const std::vector<Instant> dates{march, march + noon, march + 2 * noon, march + 3 * noon};
  EXPECT_EQ(results::lines(*score(made, dates).table()),
            (Lines{"a 2026-03-28 2 y 2026-02-28 2", "a 2026-03-28T12:00:00Z 2 z 2026-02-28 2",
                   "a 2026-03-29 3 z 2026-02-28 2", "a 2026-03-29T12:00:00Z 2 z 2026-02-28 2",
                   "b 2026-03-28 1 p 2026-02-10 2", "b 2026-03-28T12:00:00Z 0 - 2026-02-10 2",
                   "b 2026-03-29 2 q 2026-02-10 2", "b 2026-03-29T12:00:00Z 1 q 2026-02-10 2"}));
}

}  // namespace
}  // namespace customerhealth::engine
