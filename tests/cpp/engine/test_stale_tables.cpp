#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/results.hpp"
#include "engine/worlds.hpp"

namespace customerhealth::engine {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

/// The reasons of metric m as of some dates, "account date reason" a line; there are no other metrics.
Lines reasons(const Portfolio& portfolio, const std::vector<Instant>& dates) {
  Lines out;
  for (const std::string& line : results::lines(*score(portfolio, dates).reasons())) out.push_back(line);
  return out;
}

constexpr const char* kFed = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at", "known": "known", "stale_after": "7d"},
             "other": {"kind": "events", "account": "id", "time": "at"},
             "accounts": {"kind": "accounts", "account": "id"}},
  "metrics": {"m": {"from": "usage", "agg": "count"}}})";

Portfolio fed(const Words& ids, const Ints& at, const Ints& known) {
  return portfolio(shared(kFed), inputs(input("usage", {"id", "at", "known"}, texts(ids), days(at), days(known)),
                                        input("other", {"id", "at"}, texts({"a", "b"}), days({0, 0})),
                                        input("accounts", {"id"}, texts({"a", "b"}))));
}

TEST(StaleTable, is_one_whose_last_row_lies_before_the_length_to_the_microsecond) {
  const Portfolio fed_once = fed({"a"}, {10}, {10});
  EXPECT_EQ(reasons(fed_once, {day(17)}), Lines{"b 1970-01-18 m never"});
  EXPECT_EQ(reasons(fed_once, {day(17) + Micros{1}}),
            (Lines{"a 1970-01-18T00:00:00.000001Z m stale", "b 1970-01-18T00:00:00.000001Z m stale"}));
  EXPECT_EQ(reasons(fed_once, {day(9)}), (Lines{"a 1970-01-10 m never", "b 1970-01-10 m never"}));  // nothing there yet
  EXPECT_EQ(reasons(fed_once, {day(10)}), (Lines{"a 1970-01-11 m never", "b 1970-01-11 m never"}));
}

TEST(StaleTable, is_made_fresh_by_any_account_and_by_one_that_is_no_account) {
  EXPECT_EQ(reasons(fed({"a", "b"}, {10, 18}, {10, 18}), {day(20)}), Lines{});
  EXPECT_EQ(reasons(fed({"a", "x"}, {10, 18}, {10, 18}), {day(20)}), Lines{"b 1970-01-21 m never"});
}

TEST(StaleTable, of_events_goes_by_their_time_and_not_by_when_they_became_known) {
  EXPECT_EQ(reasons(fed({"a"}, {10}, {19}), {day(20)}), (Lines{"a 1970-01-21 m stale", "b 1970-01-21 m stale"}));
  EXPECT_EQ(reasons(fed({"a", "a"}, {5, 19}, {5, 25}), {day(20)}),
            (Lines{"a 1970-01-21 m stale", "b 1970-01-21 m stale"}));  // the fresh one is not known yet
  EXPECT_EQ(reasons(fed({"a", "a"}, {5, 19}, {5, 25}), {day(26)}), Lines{"b 1970-01-27 m never"});
}

TEST(StaleTable, at_many_dates_is_what_it_is_at_each) {
  const Portfolio often = fed({"a", "b", "x", "a"}, {10, 30, 31, 50}, {10, 30, 31, 50});
  Lines apart;
  const std::vector<Instant> dates{day(11), day(18), day(31), day(32), day(38), day(39), day(51), day(60)};
  for (const Instant date : dates) {
    for (const std::string& line : reasons(often, {date})) apart.push_back(line);
  }
  std::ranges::sort(apart);
  EXPECT_EQ(apart,
            (Lines{"a 1970-01-19 m stale", "a 1970-02-09 m stale", "a 1970-03-02 m stale", "b 1970-01-12 m never",
                   "b 1970-01-19 m stale", "b 1970-02-09 m stale", "b 1970-03-02 m stale"}));
  Lines together = reasons(often, dates);
  std::ranges::sort(together);
  EXPECT_EQ(together, apart);
}

TEST(StaleTable, of_more_accounts_than_a_task_is_made_fresh_by_the_last_of_them) {
  for (const int threads : {1, 2}) {
    Words ids;
    Ints at;
    for (int i = 0; i < 1500; ++i) {
      ids.push_back("a" + std::to_string(10'000 + i));
      at.push_back(i == 1499 ? 18 : 10);
    }
    const Portfolio many = portfolio(shared(kFed),
                                     inputs(input("usage", {"id", "at", "known"}, texts(ids), days(at), days(at)),
                                            input("accounts", {"id"}, texts(ids))),
                                     threads);
    EXPECT_EQ(results::lines(*score(many, {day(20)}, threads).reasons()), Lines{});
    EXPECT_EQ(results::lines(*score(many, {day(26)}, threads).reasons()).size(), 1500U);
  }
}

TEST(StaleTable, of_intervals_goes_by_when_they_became_known) {
  const auto model = shared(R"({"format": 1,
    "tables": {"contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "known",
                             "stale_after": "7d"}},
    "metrics": {"m": {"from": "contracts", "agg": "sum", "of": "mrr"}}})");
  const auto with = [&](const Ints& known) {
    return portfolio(model, inputs(input("contracts", {"id", "begins", "ends", "known", "mrr"}, texts({"a", "a"}),
                                         days({1, 2}), days({{}, {}}), days(known), numbers({5.0, 6.0}))));
  };
  EXPECT_EQ(results::lines(*score(with({1, 99}), {day(100)}).table()), Lines{"a 1970-04-11 11"});
  EXPECT_EQ(reasons(with({1, 99}), {day(106)}), Lines{});
  EXPECT_EQ(reasons(with({1, 99}), {day(106) + Micros{1}}), Lines{"a 1970-04-17T00:00:00.000001Z m stale"});
  EXPECT_EQ(reasons(with({1, {}}), {day(100)}), Lines{"a 1970-04-11 m stale"});  // known from its start
}

TEST(StaleMetric, goes_by_the_last_row_that_passes) {
  const auto model = shared(R"({"format": 1,
    "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"m": {"from": "usage", "agg": "sum", "of": "n", "where": "n > 1", "stale_after": "7d"}}})");
  const Portfolio two = portfolio(model, inputs(input("usage", {"id", "at", "n"}, texts({"a", "a", "b", "c"}),
                                                      days({10, 15, 16, 16}), integers({2, 1, 3, 1}))));
  EXPECT_EQ(results::lines(*score(two, {day(17), day(18)}).table()),
            (Lines{"a 1970-01-18 2", "a 1970-01-19 -", "b 1970-01-18 3", "b 1970-01-19 3", "c 1970-01-18 0",
                   "c 1970-01-19 0"}));
  EXPECT_EQ(reasons(two, {day(17), day(18)}), Lines{"a 1970-01-19 m stale"});
}

TEST(Reasons, come_in_their_order) {
  const auto model = shared(R"({"format": 1,
    "tables": {"usage": {"kind": "events", "account": "id", "time": "at"},
               "accounts": {"kind": "accounts", "account": "id", "known": "known"}},
    "metrics": {"both": {"from": "usage", "agg": "sum", "of": "n", "window": "7d", "full_window": true, "min_rows": 3},
                "young": {"from": "usage", "agg": "sum", "of": "n", "window": "7d", "full_window": true},
                "few": {"from": "usage", "agg": "sum", "of": "n", "window": "7d", "min_rows": 3},
                "old": {"from": "usage", "agg": "sum", "of": "n", "window": "7d", "min_rows": 3, "stale_after": "3d"}}})");
  const Portfolio some =
      portfolio(model, inputs(input("usage", {"id", "at", "n"}, texts({"a", "a", "b", "b", "c", "c", "c"}),
                                    days({12, 15, 8, 14, 8, 9, 14}), integers({1, 2, 3, {}, 5, 6, 7})),
                              input("accounts", {"id", "known"}, texts({"a", "b", "c", "d"}), days({1, 1, 1, 1}))));
  // Of a the first row lies 7 days and less before the 15th, of b and c exactly 7 days; of b one row has no value.
  EXPECT_EQ(results::lines(*score(some, {day(15)}).reasons()),
            (Lines{"a 1970-01-16 both too_young", "a 1970-01-16 young too_young", "a 1970-01-16 few too_few",
                   "a 1970-01-16 old too_few", "b 1970-01-16 both too_few", "b 1970-01-16 few too_few",
                   "b 1970-01-16 old too_few", "d 1970-01-16 both never", "d 1970-01-16 young never",
                   "d 1970-01-16 few never", "d 1970-01-16 old never"}));
  EXPECT_EQ(
      results::lines(*score(some, {day(15)}).table()),
      (Lines{"a 1970-01-16 - - - -", "b 1970-01-16 - 3 - -", "c 1970-01-16 18 18 18 18", "d 1970-01-16 - - - -"}));
  EXPECT_EQ(results::lines(*score(some, {day(18)}).reasons()),
            (Lines{"a 1970-01-19 both too_young", "a 1970-01-19 young too_young", "a 1970-01-19 few too_few",
                   "a 1970-01-19 old too_few", "b 1970-01-19 both too_few", "b 1970-01-19 few too_few",
                   "b 1970-01-19 old stale", "c 1970-01-19 both too_few", "c 1970-01-19 few too_few",
                   "c 1970-01-19 old stale", "d 1970-01-19 both never", "d 1970-01-19 young never",
                   "d 1970-01-19 few never", "d 1970-01-19 old never"}));
}

TEST(Reasons, of_buckets_are_too_young_before_they_are_too_few) {
  const auto model = shared(R"({"format": 1,
    "tables": {"usage": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends"}},
    "metrics": {"m": {"from": "usage", "agg": "count", "rows": "started", "every": "1d", "window": "7d", "then": "mean",
                      "min_rows": 2}}})");
  const Portfolio two = portfolio(model, inputs(input("usage", {"id", "begins", "ends"}, texts({"a", "b", "b"}),
                                                      days({4, 4, 4}), days({9, 9, 9}))));
  EXPECT_EQ(reasons(two, {day(5)}), Lines{"a 1970-01-06 m too_few"});
  const auto known = shared(R"({"format": 1,
    "tables": {"usage": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "known"}},
    "metrics": {"m": {"from": "usage", "agg": "count", "rows": "started", "every": "1d", "window": "7d", "then": "mean",
                      "min_rows": 2}}})");
  const Portfolio early = portfolio(known, inputs(input("usage", {"id", "begins", "ends", "known"}, texts({"a"}),
                                                        days({20}), days({30}), days({4}))));
  EXPECT_EQ(reasons(early, {day(5), day(21)}), (Lines{"a 1970-01-06 m too_young", "a 1970-01-22 m too_few"}));
}

}  // namespace
}  // namespace customerhealth::engine
