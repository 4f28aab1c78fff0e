#include <gtest/gtest.h>

#include "customerhealth/model/aggregations.hpp"
#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

Aggregate aggregate(const std::string& keys) {
  const Model parsed = model_of_metrics(R"({"m": {)" + keys + "}}");
  return std::get<Aggregate>(parsed.metrics[0].source);
}

TEST(Metrics, read_every_key) {
  const Aggregate m = aggregate(R"("from": "contracts", "agg": "decayed", "of": "mrr", "where": "mrr > 0",
      "rows": "started", "window": "90d", "offset": "1mo", "since": "accounts.signed", "min_rows": 3,
      "stale_after": "2w", "half_life": "30d", "by": {"column": "product", "values": ["x", "y"]})");
  EXPECT_EQ(m.table, TableIndex{1});
  EXPECT_EQ(m.aggregation, Aggregation::decayed);
  EXPECT_EQ(m.of->expression.text(), "mrr");
  EXPECT_EQ(m.of->path, "metrics.m.of");
  EXPECT_EQ(m.where->expression.text(), "mrr > 0");
  EXPECT_EQ(m.rows, RowsMode::started);
  EXPECT_EQ(m.window, (Length{90, Length::Unit::days}));
  EXPECT_EQ(m.offset, (Length{1, Length::Unit::months}));
  EXPECT_EQ(m.since->expression.text(), "accounts.signed");
  EXPECT_EQ(m.min_rows, 3);
  EXPECT_EQ(m.stale_after, (Length{2, Length::Unit::weeks}));
  EXPECT_EQ(m.half_life, (Length{30, Length::Unit::days}));
  EXPECT_FALSE(m.full_window);
}

TEST(Metrics, read_buckets_quantiles_and_gaps) {
  const Aggregate daily = aggregate(R"("from": "usage", "agg": "count_distinct", "of": "user_id", "every": "1d",
                                       "window": "4w", "then": "streak", "empty": "skip", "full_window": true)");
  EXPECT_EQ(daily.buckets->every, (Length{1, Length::Unit::days}));
  EXPECT_EQ(daily.buckets->then, Then::streak);
  EXPECT_TRUE(daily.buckets->skip_empty);
  EXPECT_TRUE(daily.full_window);
  EXPECT_EQ(daily.buckets->above, 0);
  const std::string weekly = R"("from": "usage", "agg": "count", "every": "7d", "window": "4w", "then": )";
  EXPECT_EQ(aggregate(weekly + R"("active", "above": 2.5)").buckets->above, 2.5);
  EXPECT_EQ(aggregate(weekly + R"("floored")").buckets->then, Then::floored);
  EXPECT_EQ(metric_problems(weekly + R"("floored", "above": 1)"),
            Lines{"metrics.m.above: goes only with 'active' and 'streak'; then is 'floored'"});
  EXPECT_EQ(aggregate(R"("from": "usage", "agg": "quantile", "of": "x", "q": 0.9)").quantile, 0.9);
  EXPECT_EQ(aggregate(R"("from": "contracts", "agg": "days_unbroken", "gap": "1mo")").gap,
            (Length{1, Length::Unit::months}));
}

TEST(Metrics, read_what_is_wanted) {
  const Aggregate list = aggregate(R"("from": "mood", "agg": "completeness", "of": "role", "wanted": ["b", "a"])");
  ASSERT_EQ(list.wanted.size(), 2U);
  EXPECT_EQ(list.wanted[0].value.text, "b");
  EXPECT_EQ(list.wanted[0].needed, 1);
  EXPECT_FALSE(list.wanted_is_map);
  const Aggregate map =
      aggregate(R"("from": "mood", "agg": "completeness", "of": "role", "wanted": {"b": 2, "a": 0.5})");
  EXPECT_TRUE(map.wanted_is_map);
  EXPECT_EQ(map.wanted[0].value.text, "a");  // the order of a map's keys means nothing
  EXPECT_EQ(map.wanted[0].needed, 0.5);
  const std::string keys = R"("from": "mood", "agg": "completeness", "of": "role", "wanted": )";
  EXPECT_EQ(
      metric_problems(keys + "[]"),
      Lines{"metrics.m.wanted: expected a list of values, or a map from value to the rows needed; got an empty list"});
  EXPECT_EQ(metric_problems(keys + R"({"a": 0, "b": -1})"),
            (Lines{"metrics.m.wanted.a: expected a number above 0; got 0",
                   "metrics.m.wanted.b: expected a number, 0 or more; got the number -1"}));
  EXPECT_EQ(metric_problems(keys + R"(["a", "a"])"), Lines{"metrics.m.wanted: the value 'a' is given twice"});
  EXPECT_EQ(metric_problems(R"("from": "mood", "agg": "completeness", "of": "role")"),
            Lines{"metrics.m: 'completeness' needs 'wanted'"});
}

TEST(Metrics, are_a_formula_or_an_aggregate) {
  EXPECT_EQ(
      metric_problems(R"("formula": "1", "window": "7d", "agg": "count")"),
      (Lines{"metrics.m.agg: needs 'from', which is not given", "metrics.m.window: needs 'from', which is not given"}));
  EXPECT_EQ(metric_problems(R"("formula": "1", "from": "usage", "agg": "count")"),
            Lines{"metrics.m.from: stands beside 'formula': only one of them can be given"});
  EXPECT_EQ(metric_problems(R"("agg": "count")"), Lines{"metrics.m: needs one of 'formula' or 'from'"});
  EXPECT_EQ(metric_problems(R"("from": "usage")"), Lines{"metrics.m.from: needs 'agg', which is not given"});
}

TEST(Metrics, come_from_a_table_of_the_model) {
  EXPECT_EQ(metric_problems(R"("from": "usge", "agg": "count")"),
            Lines{"metrics.m.from: no table 'usge' in the model; did you mean 'usage'?"});
  EXPECT_EQ(
      metric_problems(R"("from": "accounts", "agg": "count")"),
      Lines{"metrics.m.from: a metric cannot be taken from the accounts table: its columns are names in formulas, "
            "as in {\"formula\": \"accounts.column\"}"});
}

TEST(Metrics, need_of_or_do_not_take_it) {
  for (const AggregationRule& rule : kAggregationRules) {
    const std::string agg{rule.name};
    if (rule.own_key != AggregationRule::OwnKey::none || rule.on == AggregationRule::On::alive) continue;
    const Lines without_of = metric_problems(R"("from": "usage", "agg": ")" + agg + "\"");
    const Lines with_of = metric_problems(R"("from": "usage", "of": "x", "agg": ")" + agg + "\"");
    if (rule.of == AggregationRule::Of::needed) {
      EXPECT_EQ(without_of, Lines{"metrics.m: '" + agg + "' needs 'of', a formula over the table's columns"});
      EXPECT_EQ(with_of, Lines{});
    } else {
      EXPECT_EQ(without_of, Lines{});
      EXPECT_EQ(with_of, Lines{"metrics.m.of: does not go with '" + agg + "', which looks at rows alone"});
    }
  }
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "decayed", "half_life": "7d")"), Lines{});
}

TEST(Metrics, take_windows_only_over_rows_that_are_instants) {
  const std::string rule = "goes only with events, and with intervals whose rows are 'started' or 'ended'; ";
  EXPECT_EQ(metric_problems(R"("from": "contracts", "agg": "count", "window": "7d", "since": "accounts.x")"),
            (Lines{"metrics.m.since: " + rule + "'contracts' is a table of intervals (rows 'alive')",
                   "metrics.m.window: " + rule + "'contracts' is a table of intervals (rows 'alive')"}));
  EXPECT_EQ(
      metric_problems(R"("from": "mood", "agg": "longest_gap", "window": "7d", "every": "1d", "then": "mean")"),
      (Lines{"metrics.m.agg: 'longest_gap' " + rule + "'mood' is a table of states",
             "metrics.m.every: does not go with 'longest_gap', only with 'count', 'count_distinct', 'sum', 'mean', "
             "'min' or 'max'",
             "metrics.m.every: " + rule + "'mood' is a table of states",
             "metrics.m.window: " + rule + "'mood' is a table of states"}));
  for (const char* rows : {"started", "ended"}) {
    EXPECT_EQ(metric_problems(R"("from": "contracts", "agg": "decayed", "half_life": "1d", "window": "7d", "rows": ")" +
                              std::string{rows} + "\""),
              Lines{});
  }
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "count", "rows": "alive")"),
            Lines{"metrics.m.rows: goes only with intervals; 'usage' is a table of events"});
}

TEST(Metrics, look_back_and_go_stale_where_that_has_a_meaning) {
  for (const char* rows : {"alive", "started", "ended"}) {
    EXPECT_EQ(
        metric_problems(R"("from": "contracts", "agg": "count", "offset": "7d", "rows": ")" + std::string{rows} + "\""),
        Lines{});
  }
  EXPECT_EQ(metric_problems(R"("from": "mood", "agg": "count", "offset": "7d", "stale_after": "1d")"), Lines{});
  EXPECT_EQ(
      metric_problems(R"("from": "contracts", "agg": "count", "rows": "any", "offset": "7d", "stale_after": "1d")"),
      (Lines{"metrics.m.offset: does not go with rows 'upcoming' and 'any'; 'contracts' is a table of intervals (rows "
             "'any')",
             "metrics.m.stale_after: does not go with rows 'alive', 'upcoming' and 'any'; 'contracts' is a table of "
             "intervals (rows 'any')"}));
  EXPECT_EQ(metric_problems(R"("from": "contracts", "agg": "count", "stale_after": "1d")").size(), 1U);
  EXPECT_EQ(
      metric_problems(R"("from": "contracts", "agg": "days_to_end", "rows": "upcoming")"),
      Lines{"metrics.m.agg: 'days_to_end' goes only with intervals that are alive; 'contracts' is a table of intervals "
            "(rows 'upcoming')"});
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "days_unbroken")").size(), 1U);
}

TEST(Metrics, keep_windows_since_and_buckets_apart) {
  const std::string base = R"("from": "usage", "agg": "count", )";
  EXPECT_EQ(metric_problems(base + R"("full_window": true)"),
            Lines{"metrics.m.full_window: needs 'window', which is not given"});
  EXPECT_EQ(metric_problems(base + R"("full_window": false)"), Lines{});
  EXPECT_EQ(metric_problems(base + R"("window": "7d", "full_window": true, "since": "accounts.x")"), Lines{});
  EXPECT_EQ(metric_problems(base + R"("window": "7d", "every": "1d", "then": "mean", "since": "accounts.x")"),
            Lines{"metrics.m.since: does not go with 'every'"});
  EXPECT_EQ(metric_problems(base + R"("every": "1d", "then": "mean")"),
            Lines{"metrics.m.every: needs 'window', which is not given"});
  EXPECT_EQ(metric_problems(base + R"("window": "7d", "every": "1d")"),
            Lines{"metrics.m.every: needs 'then', which is not given"});
  EXPECT_EQ(metric_problems(base + R"("window": "7d", "then": "mean", "empty": "skip")"),
            (Lines{"metrics.m.empty: needs 'every', which is not given",
                   "metrics.m.then: needs 'every', which is not given"}));
}

TEST(Metrics, cut_windows_into_whole_buckets) {
  const std::string base = R"("from": "usage", "agg": "count", "then": "mean", )";
  EXPECT_EQ(metric_problems(base + R"("window": "4w", "every": "7d")"), Lines{});
  EXPECT_EQ(metric_problems(base + R"("window": "7d", "every": "2d")"),
            Lines{"metrics.m.every: the window, 7d, must be a multiple of it; got 2d"});
  EXPECT_EQ(metric_problems(base + R"("window": "1mo", "every": "1d")"),
            Lines{"metrics.m.every: the window, 1mo, must be a multiple of it; got 1d"});
  EXPECT_EQ(metric_problems(base + R"("window": "12mo", "every": "1mo")"),
            Lines{"metrics.m.every: expected a fixed length such as '12h', '28d' or '4w'; got the text '1mo'"});
}

TEST(Metrics, have_keys_for_one_aggregation_alone) {
  EXPECT_EQ(
      metric_problems(R"("from": "usage", "agg": "count", "q": 0.5, "half_life": "7d", "gap": "1d", "wanted": [1])"),
      (Lines{"metrics.m.gap: goes only with 'days_unbroken'; the aggregation is 'count'",
             "metrics.m.half_life: goes only with 'decayed'; the aggregation is 'count'",
             "metrics.m.q: goes only with 'quantile'; the aggregation is 'count'",
             "metrics.m.wanted: goes only with 'completeness'; the aggregation is 'count'"}));
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "quantile", "of": "x")"),
            Lines{"metrics.m: 'quantile' needs 'q'"});
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "decayed")"), Lines{"metrics.m: 'decayed' needs 'half_life'"});
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "decayed", "half_life": "1mo")"),
            Lines{"metrics.m.half_life: expected a fixed length such as '12h', '28d' or '4w'; got the text '1mo'"});
}

TEST(Metrics, have_numbers_in_their_ranges) {
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "quantile", "of": "x", "q": 1.5, "min_rows": -1)"),
            (Lines{"metrics.m.min_rows: expected an integer, 0 or more; got the number -1",
                   "metrics.m.q: expected a number from 0 to 1; got the number 1.5"}));
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "count", "min_rows": 1.5)"),
            Lines{"metrics.m.min_rows: expected an integer, 0 or more; got the number 1.5"});
}

TEST(Metrics, split_by_values_of_one_type_each_once) {
  const std::string base = R"("from": "usage", "agg": "count", "by": )";
  EXPECT_EQ(
      metric_problems(base + R"({"column": "c", "values": []})"),
      Lines{"metrics.m.by.values: expected a list (each: a text that is not empty, a number, true or false) with one "
            "element or more; got an empty list"});
  EXPECT_EQ(metric_problems(base + R"({"column": "c", "values": [1, 1.0]})"),
            Lines{"metrics.m.by.values: the value '1' is given twice"});
  EXPECT_EQ(metric_problems(base + R"({"column": "c", "values": [1, "a"]})"),
            Lines{"metrics.m.by.values: values of one column have one type, but '1' is a number and 'a' is a text"});
  EXPECT_EQ(metric_problems(base + R"({"column": "c", "values": [null, "", "x"]})").size(), 2U);
  EXPECT_EQ(metric_problems(base + R"({"values": ["x"]})"),
            Lines{"metrics.m.by: 'column' is missing; expected the name of a column"});
}

TEST(Metrics, look_at_columns_alone_in_table_formulas) {
  EXPECT_EQ(metric_problems(R"("from": "usage", "agg": "count", "where": "x > 1 and usage.y > 2")"),
            Lines{"metrics.m.where: 'usage.y' is no column: over a table's rows only its columns are names "
                  "(one with a point in its name goes in double quotes: \"usage.y\")\n"
                  "  x > 1 and usage.y > 2\n            ^"});
}

TEST(Metrics, may_have_the_name_of_the_table_they_are_taken_from) {
  const Model named = model_of_metrics(R"({"usage": {"from": "usage", "agg": "count"}})");
  EXPECT_EQ(std::get<Aggregate>(named.metrics[0].source).table, named.find_table("usage"));
}

}  // namespace
}  // namespace customerhealth::model
