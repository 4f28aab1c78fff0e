#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

Lines table_problems(const std::string& keys) { return problems_in({.tables = R"({"t": {)" + keys + "}}"}); }

TEST(Tables, name_their_columns) {
  const Model parsed = model({.tables = R"({"c": {"kind": "intervals", "account": "a", "start": "s", "end": "e",
      "known": "k", "key": "id", "deleted": "d", "end_known": "at_end", "end_is": "inclusive",
      "stale_after": "2d"}})"});
  const TableSpec& table = parsed.tables[0];
  EXPECT_EQ(table.kind, TableKind::intervals);
  EXPECT_EQ(table.columns, (Lines{"a", "s", "e", "k", "id", "d"}));
  EXPECT_EQ(table.account, 0);
  EXPECT_EQ(table.time, 1);
  EXPECT_EQ(table.end, 2);
  EXPECT_EQ(table.known, 3);
  EXPECT_EQ(table.key, 4);
  EXPECT_EQ(table.deleted, 5);
  EXPECT_TRUE(table.end_known_at_end);
  EXPECT_EQ(table.end_is, EndIs::inclusive);
  EXPECT_EQ(table.stale_after, (Length{2, Length::Unit::days}));
}

TEST(Tables, collect_every_column_that_is_mentioned) {
  const Model parsed = model(
      {.metrics = R"({"a": {"from": "usage", "agg": "sum", "of": "q * \"unit price\"", "where": "f = 'x' and q > 0",
                            "by": {"column": "kind", "values": ["x"]}},
                      "b": {"formula": "accounts.seats + 1"}})",
       .scores = R"({"s": {"measures": {"m": {"value": "b", "identity": true}}, "include": "accounts.tier = 'x'"}})",
       .more = R"(, "include": "accounts.live and accounts.seats > 1")"});
  EXPECT_EQ(parsed.tables[0].columns,
            (Lines{"account_id", "occurred_at", "ingested_at", "q", "unit price", "f", "kind"}));
  EXPECT_EQ(parsed.tables[4].columns, (Lines{"id", "live", "seats", "tier"}));
  EXPECT_EQ(parsed.find_table("mood"), TableIndex{3});
  EXPECT_EQ(parsed.find_table("nope"), std::nullopt);
  EXPECT_EQ(parsed.accounts_table(), TableIndex{4});
}

TEST(Tables, say_what_an_end_is_only_of_a_column_of_its_own) {
  EXPECT_EQ(table_problems(R"("kind": "intervals", "account": "a", "start": "s", "end": "s", "end_is": "last_day")"),
            Lines{"tables.t.end_is: the end needs a column of its own: 's' is the table's start too"});
  EXPECT_EQ(
      table_problems(
          R"("kind": "intervals", "account": "a", "start": "s", "end": "e", "known": "e", "end_is": "inclusive")"),
      Lines{"tables.t.end_is: the end needs a column of its own: 'e' is the table's known too"});
  EXPECT_EQ(table_problems(R"("kind": "intervals", "account": "a", "start": "s", "end": "s")"), Lines{});
  EXPECT_EQ(table_problems(R"("kind": "intervals", "account": "a", "start": "s", "end": "e", "end_is": "lastday")"),
            Lines{"tables.t.end_is: no such word: 'lastday'; did you mean 'last_day'?"});
}

TEST(Tables, need_the_columns_of_their_kind) {
  EXPECT_EQ(table_problems(R"("kind": "events")"),
            (Lines{"tables.t: 'account' is missing; expected the name of a column",
                   "tables.t: 'time' is missing: a table of kind 'events' needs it"}));
  EXPECT_EQ(table_problems(R"("kind": "intervals", "account": "a", "time": "t")"),
            (Lines{"tables.t.time: does not go with kind 'intervals', only with 'events' or 'states'",
                   "tables.t: 'end' is missing: a table of kind 'intervals' needs it",
                   "tables.t: 'start' is missing: a table of kind 'intervals' needs it"}));
  EXPECT_EQ(table_problems(R"("kind": "states", "account": "a", "time": "t", "end_known": "at_end", "end": "e")"),
            (Lines{"tables.t.end: does not go with kind 'states', only with 'intervals'",
                   "tables.t.end_known: does not go with kind 'states', only with 'intervals'"}));
  EXPECT_EQ(
      table_problems(R"("kind": "accounts", "account": "a", "stale_after": "7d", "key": "k")"),
      (Lines{"tables.t.key: does not go with kind 'accounts', only with 'events', 'intervals', 'states' or 'keys'",
             "tables.t.stale_after: does not go with kind 'accounts', only with 'events', 'intervals' or 'states'"}));
  EXPECT_EQ(table_problems(R"("kind": "accounts", "account": "a", "known": "k")"), Lines{});
  EXPECT_EQ(table_problems(R"("account": "a")"),
            Lines{"tables.t: 'kind' is missing; expected 'accounts', 'events', 'intervals', 'states' or 'keys'"});
}

TEST(Tables, take_rows_out_only_by_their_key) {
  EXPECT_EQ(table_problems(R"("kind": "events", "account": "a", "time": "t", "deleted": "d")"),
            Lines{"tables.t.deleted: needs 'key', which is not given"});
}

TEST(Tables, have_one_of_accounts_at_most) {
  EXPECT_EQ(
      problems_in(
          {.tables = R"({"a": {"kind": "accounts", "account": "x"}, "b": {"kind": "accounts", "account": "x"}})"}),
      Lines{"tables.b.kind: 'a' is the accounts table already; a model has at most one"});
}

TEST(Tables, want_words_they_know) {
  EXPECT_EQ(table_problems(R"("kind": "event", "account": "", "time": 3)"),
            (Lines{"tables.t.account: expected the name of a column; got the text ''",
                   "tables.t.kind: no such word: 'event'; did you mean 'events'?",
                   "tables.t.time: expected the name of a column; got the number 3"}));
}

}  // namespace
}  // namespace customerhealth::model
