#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "engine/results.hpp"
#include "engine/worlds.hpp"

// Which rows a panel has, and which rows of a table are to be seen.
namespace customerhealth::engine {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

Lines rows_of(const Portfolio& portfolio, const char* table, Instant as_of, int threads = 1) {
  Watch watch;
  return results::lines(*portfolio.rows(table, as_of, Threads::resolve(threads), watch));
}

constexpr const char* kUsageOf = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
  "metrics": {"features": {"from": "usage", "agg": "count_distinct", "of": "feature"}}})";

constexpr const char* kDated = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"},
             "accounts": {"kind": "accounts", "account": "id", "known": "known"}},
  "metrics": {"n": {"from": "usage", "agg": "count"}, "segment": {"formula": "accounts.segment"}}})";

TEST(PanelRow, is_there_from_a_row_of_the_account_or_from_its_dated_attributes) {
  const Portfolio dated = portfolio(
      shared(kDated), inputs(input("usage", {"id", "at"}, texts({"b", "d", "a"}), days({12, 1, 30})),
                             input("accounts", {"id", "known", "segment"}, texts({"a", "a", "a", "b", "c", "a"}),
                                   days({20, 10, 20, {}, 5, 15}), texts({"y", "x", "z", "n", "c", "w"}))));
  EXPECT_EQ(results::lines(*score(dated, {day(10), day(11), day(12), day(13), day(16), day(20), day(21)}).table()),
            (Lines{"a 1970-01-12 - x", "a 1970-01-13 - x", "a 1970-01-14 - x", "a 1970-01-17 - w", "a 1970-01-21 - w",
                   "a 1970-01-22 - z", "b 1970-01-14 1 n", "b 1970-01-17 1 n", "b 1970-01-21 1 n", "b 1970-01-22 1 n",
                   "c 1970-01-11 - c", "c 1970-01-12 - c", "c 1970-01-13 - c", "c 1970-01-14 - c", "c 1970-01-17 - c",
                   "c 1970-01-21 - c", "c 1970-01-22 - c"}));
  EXPECT_EQ(rows_of(dated, "accounts", day(10)), (Lines{"b - n", "c 1970-01-06 c"}));
  EXPECT_EQ(rows_of(dated, "accounts", day(16)), (Lines{"a 1970-01-16 w", "b - n", "c 1970-01-06 c"}));
  EXPECT_EQ(rows_of(dated, "accounts", day(21)), (Lines{"a 1970-01-21 z", "b - n", "c 1970-01-06 c"}));
}

TEST(PanelRow, is_always_there_where_accounts_are_all_there_is) {
  const auto model = shared(R"({"format": 1, "tables": {"accounts": {"kind": "accounts", "account": "id"}},
    "metrics": {"segment": {"formula": "accounts.segment"}}})");
  const Portfolio alone =
      portfolio(model, inputs(input("accounts", {"id", "segment"}, texts({"b", "a", "b"}), texts({"x", {}, "y"}))));
  EXPECT_EQ(results::lines(*score(alone, {kFirstInstant, day(3)}).table()).size(), 4U);
  EXPECT_EQ(results::lines(*score(alone, {day(3)}).table()), (Lines{"a 1970-01-04 -", "b 1970-01-04 y"}));
  EXPECT_EQ(results::lines(*score(alone, {day(3)}).reasons()), Lines{"a 1970-01-04 segment silent"});
}

TEST(PanelRow, is_there_from_what_is_known_of_a_contract_that_has_not_begun) {
  const auto model = shared(R"({"format": 1,
    "tables": {"contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "known"},
               "usage": {"kind": "events", "account": "id", "time": "at", "known": "known"}},
    "metrics": {"alive": {"from": "contracts", "agg": "count"}, "coming": {"from": "contracts", "agg": "count", "rows": "upcoming"},
                "n": {"from": "usage", "agg": "count"}}})");
  Portfolio early = portfolio(
      model, inputs(input("contracts", {"id", "begins", "ends", "known"}, texts({"a", "b"}), days({20, 3}),
                          days({30, 5}), days({10, {}})),
                    input("usage", {"id", "at", "known"}, texts({"c", "c", "d"}), days({5, 9, 7}), days({8, 9, 6}))));
  EXPECT_EQ(results::lines(*score(early, {day(3), day(4), day(7), day(8), day(9), day(10), day(11), day(21)}).table()),
            (Lines{"a 1970-01-12 0 1 -", "a 1970-01-22 1 0 -", "b 1970-01-05 1 0 -", "b 1970-01-08 0 0 -",
                   "b 1970-01-09 0 0 -", "b 1970-01-10 0 0 -", "b 1970-01-11 0 0 -", "b 1970-01-12 0 0 -",
                   "b 1970-01-22 0 0 -", "c 1970-01-10 - - 1", "c 1970-01-11 - - 2", "c 1970-01-12 - - 2",
                   "c 1970-01-22 - - 2", "d 1970-01-09 - - 1", "d 1970-01-10 - - 1", "d 1970-01-11 - - 1",
                   "d 1970-01-12 - - 1", "d 1970-01-22 - - 1"}));
  // What is appended later may be older.
  append(early, inputs(input("usage", {"id", "at", "known"}, texts({"a", "d"}), days({1, 2}), days({{}, 4}))));
  EXPECT_EQ(results::lines(*score(early, {day(1), day(2), day(4), day(5)}).table()),
            (Lines{"a 1970-01-03 - - 1", "a 1970-01-05 - - 1", "a 1970-01-06 - - 1", "b 1970-01-05 1 0 -",
                   "b 1970-01-06 1 0 -", "d 1970-01-06 - - 1"}));
}

TEST(PanelRow, is_left_out_where_include_is_not_true) {
  const auto model = shared(R"({"format": 1,
    "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
    "include": "total > 3 and total < 9",
    "metrics": {"total": {"from": "usage", "agg": "sum", "of": "n"}, "double": {"formula": "2 * total"}}})");
  const Portfolio some =
      portfolio(model, inputs(input("usage", {"id", "at", "n"}, texts({"a", "a", "b", "b", "c", "c"}),
                                    days({1, 5, 1, 5, 2, 3}), integers({5, 4, 3, 1, 9, -2}))));
  EXPECT_EQ(
      results::lines(*score(some, {day(2), day(4), day(6)}).table()),
      (Lines{"a 1970-01-03 5 10", "a 1970-01-05 5 10", "b 1970-01-07 4 8", "c 1970-01-05 7 14", "c 1970-01-07 7 14"}));
}

TEST(Rows, of_each_kind_are_those_that_are_visible) {
  const auto model = shared(R"({"format": 1,
    "tables": {"orders": {"kind": "events", "account": "id", "time": "at", "known": "known", "key": "k", "deleted": "gone"},
               "mood": {"kind": "states", "account": "id", "time": "at"},
               "contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends"}},
    "metrics": {"n": {"from": "orders", "agg": "count"}, "m": {"from": "mood", "agg": "count"},
                "c": {"from": "contracts", "agg": "count"}}})");
  const Portfolio kept = portfolio(
      model, inputs(input("orders", {"id", "at", "known", "k", "gone"}, texts({"b", "a", "a", "a", "b", "a"}),
                          days({3, 4, 2, 2, 5, 9}), days({3, 6, 2, 7, 8, 9}), texts({"x", "y", "z", "z", "x", {}}),
                          truths({0, 0, 0, 0, 1, 0})),
                    input("mood", {"id", "at"}, texts({"a", "c", "a"}), days({5, 2, 1})),
                    input("contracts", {"id", "begins", "ends"}, texts({"b", "b"}), days({4, 1}), days({5, 2}))));
  EXPECT_EQ(rows_of(kept, "orders", day(7)),
            (Lines{"a 1970-01-03 1970-01-03 z no", "a 1970-01-05 1970-01-07 y no", "b 1970-01-04 1970-01-04 x no"}));
  EXPECT_EQ(rows_of(kept, "orders", day(8)),
            (Lines{"a 1970-01-03 1970-01-08 z no", "a 1970-01-05 1970-01-07 y no", "b 1970-01-04 1970-01-04 x no"}));
  EXPECT_EQ(rows_of(kept, "orders", day(10)),
            (Lines{"a 1970-01-03 1970-01-08 z no", "a 1970-01-05 1970-01-07 y no", "a 1970-01-10 1970-01-10 - no"}));
  EXPECT_EQ(rows_of(kept, "mood", day(5)), (Lines{"a 1970-01-02", "c 1970-01-03"}));
  EXPECT_EQ(rows_of(kept, "mood", day(6)), (Lines{"a 1970-01-02", "a 1970-01-06", "c 1970-01-03"}));
  EXPECT_EQ(rows_of(kept, "contracts", day(4)), Lines{"b 1970-01-02 1970-01-03"});
  EXPECT_EQ(rows_of(kept, "contracts", day(5)), (Lines{"b 1970-01-02 1970-01-03", "b 1970-01-05 1970-01-06"}));
  EXPECT_THROW((void)rows_of(kept, "order", day(4)), std::out_of_range);
}

constexpr const char* kTypes = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
  "metrics": {"i": {"from": "usage", "agg": "last", "of": "i"}, "u": {"from": "usage", "agg": "last", "of": "u"},
              "d": {"from": "usage", "agg": "last", "of": "d"}, "w": {"from": "usage", "agg": "last", "of": "w"},
              "f": {"from": "usage", "agg": "last", "of": "f"}, "t": {"from": "usage", "agg": "last", "of": "t"},
              "z": {"from": "usage", "agg": "last", "of": "z"}}})";

TEST(Rows, keep_the_types_of_their_columns) {
  const Portfolio typed = portfolio(
      shared(kTypes), inputs(input("usage", {"id", "at", "i", "u", "d", "w", "f", "t", "z"}, integers({7, 7, -3}),
                                   days({1, 2, 3}), integers({9'007'199'254'740'993, {}, -1}),
                                   arrays::ints(NANOARROW_TYPE_UINT64, {1, 2, 3}), numbers({0.5, {}, -0.0}),
                                   texts({"q", {}, "p"}), truths({1, {}, 0}), days({4, {}, 5}), texts(Words(3)))));
  EXPECT_EQ(rows_of(typed, "usage", day(9)),
            (Lines{"-3 1970-01-04 -1 3 -0 p no 1970-01-06 -", "7 1970-01-02 9007199254740993 1 0.5 q yes 1970-01-05 -",
                   "7 1970-01-03 - 2 - - - - -"}));
  const auto table = score(typed, {day(2)}).table();
  EXPECT_EQ(results::lines(*table), Lines{"7 1970-01-03 9007199254740992 1 0.5 q yes 1970-01-05 -"});
  EXPECT_EQ(table->batches[0].columns[8].kind, arrow::ResultColumn::Kind::category);  // as the source declares it
}

TEST(Rows, of_more_accounts_than_a_batch_stay_with_their_accounts) {
  const auto model = shared(kUsageOf);
  Words ids, features;
  Ints at;
  Lines expected;
  for (int i = 0; i < 9000; ++i) {
    const std::string id = "a" + std::to_string(10'000 + i);
    const int count = i % 3;  // those without a row have one that comes later
    for (int k = 0; k < std::max(count, 1); ++k) {
      ids.push_back(id);
      at.push_back(count == 0 ? 50 : 2 - k);
      features.push_back(id + std::to_string(k));
      if (count > 0) expected.push_back(id + " 1970-01-0" + std::to_string(3 - count + 1 + k) + " " + id);
    }
  }
  for (const int threads : {1, 2}) {
    const Portfolio many = portfolio(
        model, inputs(input("usage", {"id", "at", "feature"}, texts(ids), days(at), texts(features))), threads);
    const Lines found = rows_of(many, "usage", day(9), threads);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i].substr(0, expected[i].size()), expected[i]) << i;
  }
}

TEST(PanelRow, that_is_not_there_at_a_tick_holds_nothing) {
  // Ticks on days 4, 11, 18 and 25. All three are high at the second; b is left out there, c from the third on.
  const auto model = shared(R"({"format": 1,
    "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}}, "include": "here = 1",
    "metrics": {"here": {"from": "usage", "agg": "last", "of": "here"}, "n": {"from": "usage", "agg": "last", "of": "n"}},
    "scores": {"s": {"measures": {"n": {"value": "n", "identity": true}}, "hysteresis": {"points": 10},
                     "trend": {"over": "7d"}, "grades": [{"name": "low"}, {"name": "high", "from": 50}]}},
    "journeys": {"j": {"stages": [{"name": "small", "enter": "n < 50"}, {"name": "large", "enter": "n >= 50"}]}},
    "plays": {"p": {"when": "n >= 50", "closes": "n < 30"}}})");
  Words ids;
  Ints at, here;
  Numbers n;
  for (const auto& [id, absent] : {std::pair{"a", 0}, std::pair{"b", 10}, std::pair{"c", 17}}) {
    for (const auto& [time, value] : {std::pair{3, 20.0}, std::pair{10, 70.0}, std::pair{17, 45.0}}) {
      ids.emplace_back(id);
      at.emplace_back(time);
      here.emplace_back(time == absent ? 0 : 1);
      n.emplace_back(value);
    }
  }
  const panel::Panel panel = score(portfolio(model, inputs(input("usage", {"id", "at", "here", "n"}, texts(ids),
                                                                 days(at), integers(here), numbers(n)))),
                                   {day(11), day(18), day(20), day(25)});
  // here, n, s, its grade, coverage, change, trend and grade before, then the journey.
  EXPECT_EQ(results::lines(*panel.table()),
            (Lines{"a 1970-01-12 1 70 70 high 1 50 up low large 1970-01-12 0 small no",
                   "a 1970-01-19 1 45 45 high 1 -25 down high small 1970-01-19 0 large no",
                   "a 1970-01-21 1 45 45 high 1 -25 down high small 1970-01-19 2 large no",
                   "a 1970-01-26 1 45 45 high 1 0 flat high small 1970-01-19 7 large no",
                   "b 1970-01-19 1 45 45 low 1 - - - small 1970-01-05 14 - no",
                   "b 1970-01-21 1 45 45 low 1 - - - small 1970-01-05 16 - no",
                   "b 1970-01-26 1 45 45 low 1 0 flat low small 1970-01-05 21 - no",
                   "c 1970-01-12 1 70 70 high 1 50 up low large 1970-01-12 0 small no"}));
  EXPECT_EQ(results::lines(*panel.openings()), (Lines{"a p 1970-01-12 - - -", "c p 1970-01-12 - - -"}));
  EXPECT_EQ(results::lines(*panel.moves("j", day(5), day(30))),
            (Lines{"a small large 1970-01-12", "a large small 1970-01-19", "c small large 1970-01-12"}));
}

}  // namespace
}  // namespace customerhealth::engine
