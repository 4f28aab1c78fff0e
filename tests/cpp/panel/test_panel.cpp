#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "customerhealth/panel/panel.hpp"
#include "engine/results.hpp"
#include "engine/worlds.hpp"

namespace customerhealth::panel {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

constexpr const char* kSmall = R"({"format": 1, "name": "small",
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"},
             "accounts": {"kind": "accounts", "account": "id"}},
  "metrics": {"rows": {"from": "usage", "agg": "count", "window": "2d"},
              "word": {"from": "usage", "agg": "last", "of": "word"},
              "when": {"from": "usage", "agg": "last_time"},
              "is_new": {"formula": "rows > 0"},
              "segment": {"formula": "accounts.segment"},
              "ratio": {"formula": "1 / rows"}},
  "scores": {"s": {"measures": {"rows": {"value": "rows", "curve": [[0, 0], [4, 100]]},
                                "ratio": {"value": "ratio", "curve": [[0, 0], [1, 100]]}},
                   "grades": [{"name": "low"}, {"name": "mid", "from": 40}, {"name": "high", "from": 90}]}}})";

/// Accounts a (rows on days 1 and 2), b (day 2); c has none, x is no account.
Panel small(const std::vector<Instant>& as_ofs) {
  const auto model = shared(kSmall);
  const engine::Portfolio made =
      portfolio(model, inputs(input("usage", {"id", "at", "word"}, texts({"a", "b", "a", "x"}), days({1, 2, 2, 1}),
                                    texts({"one", std::nullopt, "two", "three"})),
                              input("accounts", {"id", "segment"}, texts({"c", "b", "a"}), nulls(3))));
  return score(made, as_ofs);
}

TEST(Panel, has_a_row_an_account_and_as_of_where_something_is_visible) {
  const auto table = small({day(5), day(2), day(3)}).table();
  EXPECT_EQ(results::names(*table), (Lines{"account_id", "as_of", "rows", "word", "when", "is_new", "segment", "ratio",
                                           "s", "s_grade", "s_coverage"}));
  EXPECT_EQ(results::lines(*table),
            (Lines{"a 1970-01-03 1 one 1970-01-02 yes - 1 62.5 mid 1",
                   "a 1970-01-04 2 two 1970-01-03 yes - 0.5 50 mid 1", "a 1970-01-06 0 two 1970-01-03 no - - 0 low 0.5",
                   "b 1970-01-04 1 - 1970-01-03 yes - 1 62.5 mid 1", "b 1970-01-06 0 - 1970-01-03 no - - 0 low 0.5"}));
}

TEST(Panel, says_why_each_missing_value_is_missing) {
  EXPECT_EQ(results::lines(*small({day(5)}).reasons()),
            (Lines{"a 1970-01-06 segment silent", "a 1970-01-06 ratio undefined", "b 1970-01-06 word silent",
                   "b 1970-01-06 segment silent", "b 1970-01-06 ratio undefined"}));
}

TEST(Panel, keeps_every_grade_in_the_order_of_the_model) {
  const auto table = small({day(2)}).table();
  EXPECT_EQ(*table->batches[0].columns[9].categories, (Lines{"low", "mid", "high"}));
}

TEST(Panel, carries_the_model_that_made_it) {
  const Panel panel = small({day(2)});
  const auto metadata = panel.table()->metadata;
  EXPECT_EQ(panel.model().name, "small");
  EXPECT_EQ(metadata[0], (std::pair<std::string, std::string>{"customerhealth.model", "small"}));
  EXPECT_EQ(metadata[1].second, panel.model().digest);
}

TEST(Panel, has_contributions_that_sum_to_the_score) {
  Dice dice{101, 60};
  auto given = activity(dice, 2000);
  given.push_back(accounts_table(60));
  const Panel panel = score(portfolio(shared(kModel), given));
  const auto table = panel.table();
  const auto& columns = table->batches[0].columns;
  const auto health = std::ranges::find(columns, std::string{"health"}, &arrow::ResultColumn::name);
  ASSERT_NE(health, columns.end());
  for (const bool deep : {false, true}) {
    Watch watch;
    const auto parts = panel.contributions("health", deep, Threads::resolve(2), watch);
    for (std::int64_t row = 0; row < panel.rows(); ++row) {
      double sum = 0;
      bool has = true;
      for (const arrow::ResultTable::Batch& part : parts->batches) {
        ASSERT_EQ(part.rows, panel.rows());
        has = has && results::has(part.columns[6], row);
        sum += results::at<double>(part.columns[6].data, row);
        EXPECT_EQ(results::cell(part.columns[0], row), results::cell(columns[0], row));
      }
      EXPECT_EQ(has, results::has(*health, row));
      if (has) {
        EXPECT_NEAR(sum, results::at<double>(health->data, row), 1e-7);
      }
    }
  }
}

TEST(Panel, knows_no_score_that_the_model_does_not_have) {
  Watch watch;
  EXPECT_THROW((void)small({day(2)}).contributions("t", false, Threads::resolve(1), watch), std::out_of_range);
}

TEST(Panel, outlives_its_portfolio_and_its_tables_outlive_it) {
  const auto table = small({day(2), day(3)}).table();
  EXPECT_EQ(results::lines(*table).size(), 3U);
  EXPECT_TRUE(results::bytes(*table) == results::bytes(*small({day(2), day(3)}).table()));
}

}  // namespace
}  // namespace customerhealth::panel
