#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "revenue/books.hpp"

namespace customerhealth::revenue {
namespace {

using books::book;
using books::column;
using books::moved;
using books::names;
using books::periods;
using Column = std::vector<double>;

constexpr std::array kMoves{"new", "expansion", "contraction", "churn", "reactivation"};

TEST(Movements, are_new_then_more_then_less_then_gone_then_back) {
  const auto contracts = book({{"a", 1, 50, 100.0}, {"a", 11, 25, 20.0}, {"a", 61, {}, 30.0}});
  const auto table = moved(*contracts, periods({0, 10, 20, 30, 60, 70}), {}, true);
  EXPECT_EQ(names(*table, "movement"),
            (std::vector<std::string>{"new", "expansion", "contraction", "churn", "reactivation"}));
  for (std::size_t move = 0; move < kMoves.size(); ++move) {
    Column expected(kMoves.size(), 0.0);
    expected[move] = Column{100.0, 20.0, 20.0, 100.0, 30.0}[move];
    EXPECT_EQ(column(*table, kMoves[move]), expected) << kMoves[move];
  }
  EXPECT_EQ(column(*table, "start"), (Column{0.0, 100.0, 120.0, 100.0, 0.0}));
  EXPECT_EQ(column(*table, "end"), (Column{100.0, 120.0, 100.0, 0.0, 30.0}));
}

TEST(Movements, leave_out_periods_at_neither_end_of_which_the_account_is_a_customer) {
  const auto contracts = book({{"a", 11, 15, 5.0}, {"a", 45, {}, 5.0}});
  EXPECT_EQ(column(*moved(*contracts, periods({0, 10, 20, 30, 40, 50})), "reactivation"), Column{5.0});
  const auto table = moved(*contracts, periods({0, 12, 30, 40, 50}), {}, true);
  EXPECT_EQ(names(*table, "movement"), (std::vector<std::string>{"new", "churn", "reactivation"}));
}

TEST(Movements, of_periods_that_overlap_are_each_by_itself) {
  const auto contracts = book({{"a", 5, {}, 10.0}, {"a", 15, {}, 1.0}});
  const std::vector<Period> given{
      {books::day(0), books::day(12)}, {books::day(0), books::day(20)}, {books::day(10), books::day(20)}};
  const auto table = moved(*contracts, given, {}, true);
  EXPECT_EQ(names(*table, "movement"), (std::vector<std::string>{"new", "new", "expansion"}));
  EXPECT_EQ(column(*table, "start"), (Column{0.0, 0.0, 10.0}));
  EXPECT_EQ(column(*table, "end"), (Column{10.0, 11.0, 11.0}));
}

TEST(Movements, refuse_periods_that_do_not_ascend) {
  const auto contracts = book({{"a", 5, {}, 10.0}});
  const std::vector<Period> given{{books::day(0), books::day(20)}, {books::day(5), books::day(10)}};
  EXPECT_THROW((void)moved(*contracts, given), std::invalid_argument);
}

TEST(Movements, are_listed_by_period_then_movement_then_account) {
  const auto contracts = book({{"a", 1, {}, 5.0}, {"b", 5, {}, 5.0}, {"b", 15, {}, 1.0}, {"c", 1, 15, 5.0}});
  const auto table = moved(*contracts, periods({2, 10, 20}), {}, true);
  EXPECT_EQ(names(*table, "movement"),
            (std::vector<std::string>{"new", "unchanged", "unchanged", "expansion", "churn", "unchanged"}));
  EXPECT_EQ(column(*table, "start"), (Column{0.0, 5.0, 5.0, 5.0, 5.0, 5.0}));
}

TEST(Movements, of_many_accounts_share_what_their_rows_have_in_common) {
  std::vector<std::string> ids;
  std::vector<books::Row> rows;
  for (int i = 0; i < 2000; ++i) ids.push_back("a" + std::to_string(10'000 + i));
  for (int i = 0; i < 2000; ++i)
    rows.push_back({ids[static_cast<std::size_t>(i)].c_str(), 1, i < 3 ? 15 : 100, 1.0 + i});
  const auto table = moved(*book(rows), periods({0, 10, 20, 30}), {}, true);
  ASSERT_EQ(table->batches.size(), 4U);  // all new; three gone; the rest unchanged twice
  const auto of = [](const arrow::ResultTable::Batch& batch, std::size_t column) { return batch.columns[column].data; };
  for (const std::size_t batch : {2U, 3U}) EXPECT_EQ(of(table->batches[batch], 3), of(table->batches[batch], 9));
  EXPECT_EQ(of(table->batches[0], 4), of(table->batches[0], 9));  // new and end
  EXPECT_EQ(column(*table, "churn").size(), 2000U + 3U + 2U * 1997U);
  double churned = 0, started = 0;
  for (const double amount : column(*table, "churn")) churned += amount;
  for (const double amount : column(*table, "new")) started += amount;
  EXPECT_EQ(churned, 1.0 + 2.0 + 3.0);
  EXPECT_EQ(started, 2000.0 * 2001.0 / 2.0);
}

TEST(Movements, of_free_customers_are_counted_by_name_at_no_amount) {
  const auto table = moved(*book({{"a", 5, 15, 0.0}}), periods({0, 10, 20}), {}, true);
  EXPECT_EQ(names(*table, "movement"), (std::vector<std::string>{"new", "churn"}));
  EXPECT_EQ(column(*table, "churn"), (Column{0.0, 0.0}));
}

TEST(Movements, tell_products_apart_also_where_the_gap_holds_them) {
  const ContractColumns columns{"mrr", "plan", {}, "months"};
  const auto contracts = book({{"a", 1, 20, 10.0, "x", 1.0}, {"a", 30, {}, 12.0, "y", 12.0}}, columns);
  const View view{std::nullopt, Length::parse("14d")};
  const auto table = moved(*contracts, periods({10, 25, 40}), view, true);
  EXPECT_EQ(names(*table, "movement"), (std::vector<std::string>{"unchanged", "expansion"}));
  EXPECT_EQ(column(*table, "product_added"), (Column{0.0, 12.0}));
  EXPECT_EQ(column(*table, "product_dropped"), (Column{0.0, 10.0}));
  EXPECT_EQ(column(*table, "price_change"), (Column{0.0, 0.0}));
  EXPECT_EQ(column(*table, "start_billing_period")[0], 1.0);
  EXPECT_TRUE(std::isnan(column(*table, "end_billing_period")[0]));  // none is alive in the gap
}

TEST(Movements, close_and_are_the_same_whatever_the_threads) {
  std::mt19937_64 chance{4};
  const auto below = [&](int limit) { return static_cast<int>(chance() % static_cast<unsigned>(limit)); };
  std::vector<std::string> ids;
  for (int i = 0; i < 3000; ++i) ids.push_back("a" + std::to_string(i));
  std::vector<books::Row> rows;
  for (int i = 0; i < 9000; ++i) {
    const int start = below(700);
    rows.push_back({ids[static_cast<std::size_t>(below(3000))].c_str(), start, start + 1 + below(200),
                    0.01 * (1 + below(100'000))});
  }
  std::vector<std::int64_t> dates;
  for (std::int64_t i = 0; i < 24; ++i) dates.push_back(i * 30);
  const auto contracts = book(rows);
  const auto one = moved(*contracts, periods(dates), {}, false, 1),
             two = moved(*contracts, periods(dates), {}, false, 2);
  const Column start = column(*two, "start"), end = column(*two, "end");
  Column closed = start;
  for (const char* move : kMoves) {
    const Column amounts = column(*two, move);
    EXPECT_EQ(amounts, column(*one, move)) << move;
    const double sign = std::string{move} == "contraction" || std::string{move} == "churn" ? -1.0 : 1.0;
    for (std::size_t i = 0; i < closed.size(); ++i) closed[i] += sign * amounts[i];
  }
  ASSERT_GT(closed.size(), 10'000U);
  for (std::size_t i = 0; i < closed.size(); ++i) EXPECT_NEAR(closed[i], end[i], 1e-9);
}

TEST(Runs, join_what_starts_within_the_gap_after_the_latest_end) {
  const auto contracts = book({{"a", 1, 30, 1.0}, {"a", 2, 5, 1.0}, {"a", 37, 40, 1.0}, {"a", 48, {}, 1.0}});
  Watch watch;
  const auto table = runs_table(*contracts, kLastInstant, Length::parse("7d"), watch);
  ASSERT_EQ(table->batches.front().rows, 2);
  const auto* starts = static_cast<const std::int64_t*>(table->batches.front().columns[1].data);
  EXPECT_EQ(starts[0], tables::kDay);
  EXPECT_EQ(starts[1], 48 * tables::kDay);
}

}  // namespace
}  // namespace customerhealth::revenue
