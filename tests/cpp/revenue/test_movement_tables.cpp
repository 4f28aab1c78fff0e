#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/results.hpp"
#include "revenue/books.hpp"

namespace customerhealth::revenue {
namespace {

using books::book;
using books::day;
using books::moved;
using books::periods;
using Lines = std::vector<std::string>;

const ContractColumns kAll{"mrr", "plan", {}, "months"};
const std::vector<std::int64_t> kDates{10, 20, 30};

/// Seven accounts, each `copies` times, that do whatever an account can do.
std::vector<books::Row> busy(const std::vector<std::string>& suffixes, std::vector<std::string>& ids) {
  ids.clear();
  ids.reserve(7 * suffixes.size());
  std::vector<books::Row> rows;
  const auto add = [&](const std::vector<books::Row>& more) {
    for (const std::string& suffix : suffixes) {
      const char* id = ids.emplace_back(more.front().account + suffix).c_str();
      for (books::Row row : more) {
        row.account = id;
        rows.push_back(row);
      }
    }
  };
  add({{"g", 1, 25, 8.0, "P", 12.0}, {"g", 25, {}, 6.0, "P", 12.0}});
  add({{"f", 1, 25, 20.0, "P", 1.0}, {"f", 1, 25, 5.0, "Q"}, {"f", 25, {}, 20.0, "P", 1.0}});
  add({{"e", 1, {}, 10.0, "P", 1.0}, {"e", 12, {}, 5.0, "Q", 12.0}});
  add({{"d", 1, 5, 7.0, "P", 1.0}, {"d", 12, {}, 9.0, "P", 1.0}});
  add({{"c", 1, 15, 40.0, "Q", 1.0}});
  add({{"b", 12, {}, 50.0, "P", 1.0}});
  add({{"a", 1, {}, 100.0, "P", 1.0}});
  return rows;
}

// account_id, from, to, start, new, expansion, contraction, churn, reactivation, end, movement, product_added,
// product_dropped, price_change, start_billing_period, end_billing_period.
const Lines kBusy{"b 1970-01-11 1970-01-21 0 50 0 0 0 0 50 new 0 0 0 - 1",
                  "e 1970-01-11 1970-01-21 10 0 5 0 0 0 15 expansion 5 0 0 1 6.5",
                  "c 1970-01-11 1970-01-21 40 0 0 0 40 0 0 churn 0 0 0 1 -",
                  "d 1970-01-11 1970-01-21 0 0 0 0 0 9 9 reactivation 0 0 0 - 1",
                  "a 1970-01-11 1970-01-21 100 0 0 0 0 0 100 unchanged 0 0 0 1 1",
                  "f 1970-01-11 1970-01-21 25 0 0 0 0 0 25 unchanged 0 0 0 1 1",
                  "g 1970-01-11 1970-01-21 8 0 0 0 0 0 8 unchanged 0 0 0 12 12",
                  "f 1970-01-21 1970-01-31 25 0 0 5 0 0 20 contraction 0 5 0 1 1",
                  "g 1970-01-21 1970-01-31 8 0 0 2 0 0 6 contraction 0 0 -2 12 12",
                  "a 1970-01-21 1970-01-31 100 0 0 0 0 0 100 unchanged 0 0 0 1 1",
                  "b 1970-01-21 1970-01-31 50 0 0 0 0 0 50 unchanged 0 0 0 1 1",
                  "d 1970-01-21 1970-01-31 9 0 0 0 0 0 9 unchanged 0 0 0 1 1",
                  "e 1970-01-21 1970-01-31 15 0 0 0 0 0 15 unchanged 0 0 0 6.5 6.5"};

/// The first ten columns.
std::string amounts_of(const std::string& line) {
  std::size_t end = 0;
  for (int column = 0; column < 10; ++column) end = line.find(' ', end + 1);
  return line.substr(0, end);
}

TEST(MovementTable, of_a_few_accounts_has_a_row_for_whatever_happens) {
  std::vector<std::string> ids;
  const auto contracts = book(busy({""}, ids), kAll);
  Lines amounts;
  for (const std::string& line : kBusy) amounts.push_back(amounts_of(line));
  for (const int threads : {1, 2}) {
    const auto table = moved(*contracts, periods(kDates), {}, true, threads);
    EXPECT_EQ(table->batches.size(), 1U);
    EXPECT_EQ(results::lines(*table), kBusy);
    EXPECT_EQ(results::lines(*moved(*contracts, periods(kDates), {}, false, threads)), amounts);
  }
  EXPECT_EQ(results::names(*moved(*contracts, periods(kDates), {}, true)),
            (Lines{"account_id", "from", "to", "start", "new", "expansion", "contraction", "churn", "reactivation",
                   "end", "movement", "product_added", "product_dropped", "price_change", "start_billing_period",
                   "end_billing_period"}));
}

TEST(MovementTable, of_many_accounts_has_the_same_rows_in_batches_of_one_movement) {
  std::vector<std::string> suffixes, ids;
  for (int i = 0; i < 1100; ++i) suffixes.push_back(std::to_string(10'000 + i));
  const auto contracts = book(busy(suffixes, ids), kAll);
  Lines expected;
  for (const std::string& line : kBusy) {
    for (const std::string& suffix : suffixes) expected.push_back(line.substr(0, 1) + suffix + line.substr(1));
  }
  for (const int threads : {1, 2}) {
    const auto table = moved(*contracts, periods(kDates), {}, true, threads);
    EXPECT_EQ(table->batches.size(), 7U);
    const Lines found = results::lines(*table);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], expected[i]) << i << " " << threads;
    const Lines plain = results::lines(*moved(*contracts, periods(kDates), {}, false, threads));
    for (std::size_t i = 0; i < plain.size(); ++i) ASSERT_EQ(plain[i], amounts_of(expected[i])) << i << " " << threads;
  }
}

TEST(MovementTable, puts_groups_together_up_to_1024_rows) {
  for (const int count : {512, 513}) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back("a" + std::to_string(10'000 + i));
    std::vector<books::Row> rows;
    for (const std::string& id : ids) rows.push_back({id.c_str(), 15, {}, 1.0});
    const auto table = moved(*book(rows), periods(kDates));
    EXPECT_EQ(table->batches.size(), count == 512 ? 1U : 2U);
    EXPECT_EQ(results::lines(*table).back(), ids.back() + " 1970-01-21 1970-01-31 1 0 0 0 0 0 1");
  }
}

TEST(MovementTable, of_one_product_knows_no_other) {
  std::vector<std::string> ids;
  const auto contracts = book(busy({""}, ids), kAll);
  const auto of = [&](const char* product) {
    Watch watch;
    std::shared_ptr<const arrow::ResultTable> table;
    const TextCode code = contracts->ledger->texts->find(product);
    run(Threads::resolve(1), watch, [&] { table = movements(*contracts, periods(kDates), {}, false, code, watch); });
    return results::lines(*table);
  };
  EXPECT_EQ(of("Q"), (Lines{"e 1970-01-11 1970-01-21 0 5 0 0 0 0 5", "c 1970-01-11 1970-01-21 40 0 0 0 40 0 0",
                            "f 1970-01-11 1970-01-21 5 0 0 0 0 0 5", "f 1970-01-21 1970-01-31 5 0 0 0 5 0 0",
                            "e 1970-01-21 1970-01-31 5 0 0 0 0 0 5"}));
}

TEST(MovementTable, of_decimals_is_of_decimals) {
  const auto input =
      tables::input("contracts", {"id", "begins", "ends", "mrr", "plan", "months"}, books::integers({10, 9, 9}),
                    books::days({1, 1, 15}), books::days({{}, 15, {}}), books::decimals(2, {"1010", "33", "44"}),
                    books::texts({"x", "x", "y"}), books::numbers({1.0, 1.0, 1.0}));
  const auto contracts = books::read(books::kPlain, input, kAll);
  const auto table = moved(*contracts, periods(kDates), {}, true);
  const auto& batch = table->batches.at(0);
  const auto cents = [&](const char* name) {
    std::vector<std::int64_t> out;
    for (const arrow::ResultColumn& column : batch.columns) {
      if (column.name != name) continue;
      EXPECT_EQ(column.kind, arrow::ResultColumn::Kind::decimal);
      EXPECT_EQ(column.scale, 2);
      for (std::int64_t row = 0; row < batch.rows; ++row)
        out.push_back(static_cast<std::int64_t>(results::at<Int128>(column.data, row)));
    }
    return out;
  };
  using Cents = std::vector<std::int64_t>;
  EXPECT_EQ(cents("start"), (Cents{33, 1010, 44, 1010}));  // more of 9, the same of 10; then the same of both
  EXPECT_EQ(cents("expansion"), (Cents{11, 0, 0, 0}));
  EXPECT_EQ(cents("end"), (Cents{44, 1010, 44, 1010}));
  EXPECT_EQ(cents("product_added"), (Cents{44, 0, 0, 0}));
  EXPECT_EQ(cents("product_dropped"), (Cents{33, 0, 0, 0}));
  EXPECT_EQ(cents("price_change"), (Cents{0, 0, 0, 0}));
  EXPECT_EQ(results::cell(batch.columns[0], 0), "9");
  EXPECT_EQ(results::cell(batch.columns[0], 1), "10");
}

TEST(Movements, at_the_very_date_from_which_they_are_asked_begin_after_it) {
  const auto names = [](const std::vector<books::Row>& rows) {
    return books::names(*moved(*book(rows), periods({10, 20}), {}, true), "movement");
  };
  EXPECT_EQ(names({{"a", 10, {}, 5.0}}), Lines{"new"});
  EXPECT_EQ(names({{"a", 9, 10, 5.0}, {"a", 12, {}, 5.0}}), Lines{"unchanged"});  // still alive at its end
  EXPECT_EQ(names({{"a", 8, 9, 5.0}, {"a", 12, {}, 5.0}}), Lines{"reactivation"});
  EXPECT_EQ(names({{"a", 9, 20, 5.0}}), Lines{"unchanged"});
  EXPECT_EQ(names({{"a", 9, 19, 5.0}}), Lines{"churn"});
  EXPECT_EQ(names({{"a", 20, 30, 5.0}}), Lines{});
}

TEST(Movements, of_products_forget_the_account_before) {
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back("a" + std::to_string(100 + i));
  std::vector<books::Row> rows;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % 2 == 0) {
      rows.push_back({ids[i].c_str(), 1, {}, 100.0, "P"});
    } else {
      rows.push_back({ids[i].c_str(), 1, 41, 100.0, "P"});
      rows.push_back({ids[i].c_str(), 41, {}, 130.0, "Q"});
    }
  }
  const auto table = moved(*book(rows, {"mrr", "plan", {}, {}}), periods({32, 60}), {}, true, 1);
  const auto turned = [](double changed) {  // the 20 that changed, then the 20 that did not
    std::vector<double> all(40, 0.0);
    std::fill_n(all.begin(), 20, changed);
    return all;
  };
  EXPECT_EQ(books::column(*table, "expansion"), turned(30.0));
  EXPECT_EQ(books::column(*table, "product_added"), turned(130.0));
  EXPECT_EQ(books::column(*table, "product_dropped"), turned(100.0));
  EXPECT_EQ(books::column(*table, "price_change"), turned(0.0));
}

TEST(Movements, of_a_contract_that_was_corrected_to_nothing_are_new) {
  constexpr std::int64_t kYear = 20'454;  // 2026-01-01
  const auto contracts = books::corrected({{"a", kYear, kYear + 14, kYear + 19, "k1", 100.0},
                                           {"a", kYear, kYear, kYear + 19, "k1", 100.0},
                                           {"a", kYear + 99, {}, kYear + 99, "k2", 100.0}});
  const View view{std::nullopt, Length::parse("1mo")};
  EXPECT_EQ(books::names(*moved(*contracts, periods({kYear + 90, kYear + 120}), view, true), "movement"), Lines{"new"});
}

TEST(Movements, of_dates_that_many_periods_share_or_that_none_touch) {
  const auto contracts = book({{"a", 12, 28, 5.0}, {"b", 35, {}, 7.0}});
  const std::vector<Period> given{{day(10), day(20)}, {day(10), day(30)}, {day(20), day(30)}, {day(20), day(40)}};
  EXPECT_EQ(results::lines(*moved(*contracts, given)),
            (Lines{"a 1970-01-11 1970-01-21 0 5 0 0 0 0 5", "a 1970-01-21 1970-01-31 5 0 0 0 5 0 0",
                   "b 1970-01-21 1970-02-10 0 7 0 0 0 0 7", "a 1970-01-21 1970-02-10 5 0 0 0 5 0 0"}));
  EXPECT_EQ(results::lines(*moved(*contracts, {})), Lines{});
  EXPECT_EQ(moved(*contracts, {})->batches.size(), 1U);
}

}  // namespace
}  // namespace customerhealth::revenue
