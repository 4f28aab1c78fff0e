#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/results.hpp"
#include "revenue/books.hpp"

namespace customerhealth::revenue {
namespace {

using books::book;
using books::day;
using Lines = std::vector<std::string>;

Lines listed(const Contracts& contracts, Instant as_known_at = kLastInstant) {
  Watch watch;
  return results::lines(*contracts_table(contracts, as_known_at, watch));
}

Lines runs(const Contracts& contracts, std::optional<Length> gap = {}, Instant as_known_at = kLastInstant) {
  Watch watch;
  return results::lines(*runs_table(contracts, as_known_at, gap, watch));
}

TEST(ContractsTable, lists_what_counts_with_the_columns_that_are_known) {
  const std::vector<books::Row> rows{{"b", 5, {}, 1.5, "y", 12.0},
                                     {"a", 7, 9, 2.0},
                                     {"a", 3, 8, 3.0, "x", 1.0},
                                     {"a", 4, 9, {}, "z"},
                                     {"c", 1, 9, 4.0, "y"}};
  EXPECT_EQ(listed(*book(rows)), (Lines{"a 1970-01-04 1970-01-09 3", "a 1970-01-08 1970-01-10 2", "b 1970-01-06 - 1.5",
                                        "c 1970-01-02 1970-01-10 4"}));
  const auto full = book(rows, {"mrr", "plan", {}, "months"});
  EXPECT_EQ(listed(*full), (Lines{"a 1970-01-04 1970-01-09 3 x 1", "a 1970-01-08 1970-01-10 2 - -",
                                  "b 1970-01-06 - 1.5 y 12", "c 1970-01-02 1970-01-10 4 y -"}));
  Watch watch;
  EXPECT_EQ(results::names(*contracts_table(*full, kLastInstant, watch)),
            (Lines{"account_id", "start", "end", "mrr", "product", "billing_period"}));
}

TEST(ContractsTable, lists_what_was_known_at_an_instant) {
  const auto contracts =
      books::corrected({{"a", 1, 50, 5, "k", 10.0}, {"a", 1, 60, 20, "k", 11.0}, {"b", 90, {}, 6, "k", 7.0}});
  EXPECT_EQ(listed(*contracts, day(5)), Lines{});
  EXPECT_EQ(listed(*contracts, day(6)), Lines{"a 1970-01-02 1970-02-20 10"});
  EXPECT_EQ(listed(*contracts, day(20)), (Lines{"a 1970-01-02 1970-02-20 10", "b 1970-04-01 - 7"}));
  EXPECT_EQ(listed(*contracts, day(21)), (Lines{"a 1970-01-02 1970-03-02 11", "b 1970-04-01 - 7"}));
  EXPECT_EQ(listed(*contracts), (Lines{"a 1970-01-02 1970-03-02 11", "b 1970-04-01 - 7"}));
}

TEST(ContractsTable, of_decimals_is_of_decimals) {
  const auto input = tables::input("contracts", {"id", "begins", "ends", "mrr", "plan", "months"},
                                   books::texts({"a", "b"}), books::days({1, 1}), books::days({2, 2}),
                                   books::decimals(3, {"1005", "2"}), tables::nulls(2), tables::nulls(2));
  Watch watch;
  const auto table = contracts_table(*books::read(books::kPlain, input, {"mrr", {}, {}, {}}), kLastInstant, watch);
  const arrow::ResultColumn& mrr = table->batches[0].columns[3];
  EXPECT_EQ(mrr.kind, arrow::ResultColumn::Kind::decimal);
  EXPECT_EQ(mrr.scale, 3);
  EXPECT_EQ(static_cast<std::int64_t>(results::at<Int128>(mrr.data, 0)), 1005);
  EXPECT_EQ(static_cast<std::int64_t>(results::at<Int128>(mrr.data, 1)), 2);
}

TEST(Runs, without_a_gap_go_on_where_the_next_starts_at_the_end) {
  EXPECT_EQ(runs(*book({{"a", 1, 10, 1.0}, {"a", 10, 20, 1.0}, {"a", 21, 30, 1.0}, {"b", 5, 6, 1.0}})),
            (Lines{"a 1970-01-02 1970-01-21", "a 1970-01-22 1970-01-31", "b 1970-01-06 1970-01-07"}));
}

TEST(Runs, end_with_the_contract_that_ends_last) {
  EXPECT_EQ(runs(*book({{"a", 1, 30, 1.0}, {"a", 2, 5, 1.0}, {"a", 29, 31, 1.0}, {"a", 40, 41, 1.0}})),
            (Lines{"a 1970-01-02 1970-02-01", "a 1970-02-10 1970-02-11"}));
  EXPECT_EQ(runs(*book({{"a", 1, {}, 1.0}, {"a", 2, 5, 1.0}, {"a", 90, 91, 1.0}})), Lines{"a 1970-01-02 -"});
}

TEST(Runs, hold_over_a_gap_to_its_last_day) {
  const auto contracts = book({{"a", 1, 30, 1.0}, {"a", 37, 40, 1.0}, {"a", 48, {}, 1.0}, {"b", 49, 50, 1.0}});
  EXPECT_EQ(runs(*contracts, Length::parse("7d")),
            (Lines{"a 1970-01-02 1970-02-10", "a 1970-02-18 -", "b 1970-02-19 1970-02-20"}));
  EXPECT_EQ(runs(*contracts, Length::parse("8d")), (Lines{"a 1970-01-02 -", "b 1970-02-19 1970-02-20"}));
}

TEST(Runs, are_of_what_was_known_at_an_instant) {
  const auto contracts =
      books::corrected({{"a", 1, 50, 5, "k", 10.0}, {"a", 1, 60, 20, "k", 11.0}, {"a", 55, 70, 6, "l", 7.0}});
  EXPECT_EQ(runs(*contracts, {}, day(6)), Lines{"a 1970-01-02 1970-02-20"});
  EXPECT_EQ(runs(*contracts, {}, day(7)), (Lines{"a 1970-01-02 1970-02-20", "a 1970-02-25 1970-03-12"}));
  EXPECT_EQ(runs(*contracts), Lines{"a 1970-01-02 1970-03-12"});
}

}  // namespace
}  // namespace customerhealth::revenue
