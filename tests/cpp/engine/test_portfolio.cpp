#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "customerhealth/engine/portfolio.hpp"
#include "engine/results.hpp"
#include "engine/worlds.hpp"
#include "ledger/models.hpp"

namespace customerhealth::engine {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

std::shared_ptr<const arrow::ResultTable> quality_of(const Portfolio& portfolio) {
  Watch watch;
  return portfolio.quality(Threads::resolve(1), watch);
}

/// All that a portfolio has to say, byte by byte.
std::string everything(const Portfolio& portfolio, int threads = 1) {
  const panel::Panel panel = score(portfolio, kAsOfs, threads);
  Watch watch;
  std::string out = results::bytes(*panel.table()) + results::bytes(*panel.reasons());
  for (const bool deep : {false, true}) {
    out += results::bytes(*panel.contributions("health", deep, Threads::resolve(threads), watch));
  }
  return out + results::bytes(*portfolio.accounts()) + results::bytes(*quality_of(portfolio));
}

std::vector<ledger::TableInput> world(std::uint64_t seed, int accounts, std::size_t rows) {
  Dice dice{seed, accounts};
  auto given = activity(dice, rows);
  given.push_back(accounts_table(accounts));
  return given;
}

TEST(Portfolio, gives_the_same_bytes_with_any_number_of_threads) {
  const auto model = shared(kModel);
  for (const auto& [accounts, rows] : {std::pair{5, std::size_t{60}}, std::pair{3000, std::size_t{6000}}}) {
    const auto given = world(81, accounts, rows);
    const Portfolio one = portfolio(model, given, 1);
    const std::string expected = everything(one);
    for (const int threads : {2, 7}) {
      EXPECT_TRUE(everything(portfolio(model, given, threads), threads) == expected) << threads;
      EXPECT_TRUE(everything(one, threads) == expected) << threads;
    }
  }
}

TEST(Portfolio, answers_an_as_of_alone_as_among_others) {
  const auto model = shared(kModel);
  const Portfolio all = portfolio(model, world(82, 40, 800));
  const Lines together = results::lines(*score(all).table());
  Lines apart;
  for (const Instant as_of : kAsOfs) {
    for (const std::string& line : results::lines(*score(all, {as_of}).table())) apart.push_back(line);
  }
  std::ranges::sort(apart);  // an as-of that was given twice is answered once
  apart.erase(std::ranges::unique(apart).begin(), apart.end());
  Lines sorted = together;
  std::ranges::sort(sorted);
  EXPECT_EQ(sorted, apart);
}

TEST(Portfolio, answers_the_same_whether_rows_were_appended_or_there_at_once) {
  const auto model = shared(kModel);
  for (std::uint64_t seed = 83; seed < 91; ++seed) {
    Dice dice{seed, seed % 2 == 0 ? 12 : 400};
    // The same rows twice: batch by batch, and as the batches of one stream.
    std::map<std::string, std::vector<ledger::TableInput>> batches;
    Portfolio grown = portfolio(model, {accounts_table(300)});
    for (int i = 0; i < 12; ++i) {
      auto more = activity(dice, static_cast<std::size_t>(1 + dice.below(60)));
      append(grown, more);
      for (ledger::TableInput& table : more) batches[table.name].push_back(std::move(table));
    }
    Portfolio by_table = portfolio(model, {accounts_table(300)});
    for (auto& [name, all] : batches) {
      for (ledger::TableInput& batch : all) append(by_table, {std::move(batch)});
    }
    EXPECT_EQ(results::lines(*score(grown).table()), results::lines(*score(by_table).table())) << seed;
    EXPECT_EQ(results::lines(*score(grown).reasons()), results::lines(*score(by_table).reasons())) << seed;
  }
}

TEST(Portfolio, is_as_it_was_when_an_append_fails) {
  const auto model = shared(kModel);
  Portfolio kept = portfolio(model, world(91, 30, 300));
  const std::string before = everything(kept);
  const auto clicks = [](const char* id, Ints at, TestColumn page) {
    return input("clicks", {"id", "at", "amount", "page"}, texts({id}), micros(at), integers({1}), std::move(page));
  };
  EXPECT_THROW(append(kept, inputs(clicks("new", {1}, texts({"x"})))), DataError);  // pages were numbers
  EXPECT_THROW(append(kept, inputs(accounts_table(40), input("nothing", {"id"}, texts({"a"})))), DataError);
  EXPECT_TRUE(everything(kept) == before);
  append(kept, inputs(clicks("account 2", {0}, integers({1}))));
  EXPECT_FALSE(everything(kept) == before);
}

TEST(Portfolio, refuses_an_append_whose_types_do_not_fit_a_formula) {
  const auto model = shared(R"({"format": 1, "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"m": {"from": "usage", "agg": "sum", "of": "x * 2"}}})");
  Portfolio kept = portfolio(model, inputs(input("usage", {"id", "at", "x"}, texts({"a"}), days({1}), nulls(1))));
  const auto more = [](TestColumn x) {
    return inputs(input("usage", {"id", "at", "x"}, texts({"a"}), days({1}), std::move(x)));
  };
  EXPECT_THROW(append(kept, more(texts({"word"}))), ModelError);
  append(kept, more(integers({4})));
  EXPECT_EQ(results::lines(*score(kept, {day(2)}).table()), Lines{"a 1970-01-03 8"});
}

TEST(Portfolio, stays_usable_when_a_call_is_interrupted) {
  const auto model = shared(kModel);
  Portfolio kept = portfolio(model, world(92, 4000, 20'000), 2);
  const std::string before = everything(kept);
  std::vector<Instant> many;
  for (int i = 0; i < 400; ++i) many.push_back(day(i));
  Watch stopped{[](double) { return false; }};
  EXPECT_THROW((void)kept.score(many, Threads::resolve(2), stopped), Interrupted);
  Watch still_stopped{[](double) { return false; }};
  Dice dice{93, 100'000};
  const auto much = activity(dice, 300'000);
  EXPECT_THROW(kept.append(much, Threads::resolve(2), still_stopped), Interrupted);
  EXPECT_TRUE(everything(kept, 2) == before);
}

TEST(Portfolio, is_scored_while_rows_are_appended) {
  const auto model = shared(kModel);
  Portfolio growing = portfolio(model, world(94, 50, 500));
  std::atomic<bool> is_done = false;
  std::thread reader{[&] {
    while (!is_done) {
      const panel::Panel panel = score(growing, {day(90)}, 2);
      EXPECT_EQ(panel.table()->batches[0].rows, panel.rows());
    }
  }};
  Dice dice{95, 500};
  for (int i = 0; i < 15; ++i) append(growing, activity(dice, 50), 2);
  is_done = true;
  reader.join();
}

TEST(Portfolio, has_an_answer_without_rows_accounts_or_as_ofs) {
  const auto model = shared(kModel);
  const Portfolio empty = portfolio(model, {});
  EXPECT_EQ(score(empty).rows(), 0);
  EXPECT_EQ(score(empty).table()->batches.size(), 1U);
  EXPECT_TRUE(results::lines(*score(empty).reasons()).empty());
  EXPECT_TRUE(results::lines(*empty.accounts()).empty());
  const Portfolio some = portfolio(model, world(96, 5, 40));
  EXPECT_EQ(score(some, {}).rows(), 0);
  EXPECT_EQ(results::names(*score(some, {}).table()), results::names(*score(some).table()));
  EXPECT_EQ(score(some, {kFirstInstant}).rows(), 0);
  EXPECT_GT(score(some, {kLastInstant}).rows(), 0);
}

TEST(Portfolio, tells_its_quality_table_by_table) {
  const auto model = shared(kListed);
  const Portfolio seen = portfolio(model, inputs(rows({"a", std::nullopt, "z"}, {20'001, 1, 20'001})));
  const auto quality = quality_of(seen);
  EXPECT_EQ(results::names(*quality), (Lines{"table", "check", "rows", "first_row", "example", "meaning"}));
  EXPECT_EQ(
      results::lines(*quality),
      (Lines{"usage null_account 1 1  rows without an account belong to nobody and are left out",
             "usage orphans 2 0 account a 2 accounts stand here and not in accounts, so the panel leaves them out",
             "accounts table_not_given 0 -  the table is taken as empty: its metrics are missing, and an accounts "
             "table leaves nobody in the panel"}));
}

TEST(Portfolio, lists_accounts_in_the_order_of_the_panel) {
  const auto model = shared(kUsage);
  const auto numbered = [](const Ints& ids) {
    return inputs(
        input("usage", {"id", "at", "feature"}, integers(ids), days(Ints(ids.size(), 1)), texts(Words(ids.size()))));
  };
  Portfolio kept = portfolio(model, numbered({10, 9, -1}));
  append(kept, numbered({2, 100}));
  EXPECT_EQ(results::lines(*kept.accounts()), (Lines{"-1", "2", "9", "10", "100"}));
  EXPECT_EQ(results::lines(*score(kept, {day(2)}).table()),
            (Lines{"-1 1970-01-03 0", "2 1970-01-03 0", "9 1970-01-03 0", "10 1970-01-03 0", "100 1970-01-03 0"}));
}

TEST(Portfolio, takes_a_key_that_is_the_account_itself) {
  const auto model = shared(R"({"format": 1,
    "tables": {"contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "known",
                             "key": "id"}},
    "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}}})");
  const Portfolio corrected =
      portfolio(model, inputs(input("contracts", {"id", "begins", "ends", "known", "mrr"}, texts({"a", "a"}),
                                    days({1, 1}), days({9, 9}), days({1, 2}), integers({10, 20}))));
  EXPECT_EQ(results::lines(*score(corrected, {day(4)}).table()), Lines{"a 1970-01-05 20"});
}

}  // namespace
}  // namespace customerhealth::engine
