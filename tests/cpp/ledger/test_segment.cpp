#include <gtest/gtest.h>

#include "customerhealth/ledger/segment.hpp"

namespace customerhealth::ledger {
namespace {

void expect_run(const Segment& segment, std::int32_t account, std::int64_t begin, std::int64_t end) {
  const RowRange run = segment.run(AccountCode{account});
  EXPECT_EQ(run.begin, begin) << account;
  EXPECT_EQ(run.end, end) << account;
}

TEST(Segment, finds_the_runs_of_all_accounts) {
  Segment segment;
  segment.begins = {0, 2, 2, 5};
  EXPECT_EQ(segment.rows(), 5);
  EXPECT_EQ(segment.account_count(), 3);
  EXPECT_EQ(segment.account(2), AccountCode{2});
  expect_run(segment, 0, 0, 2);
  expect_run(segment, 1, 2, 2);
  expect_run(segment, 2, 2, 5);
  EXPECT_EQ(segment.index_of(AccountCode{3}), -1);  // came with a later append
  EXPECT_EQ(segment.run(AccountCode{3}).size(), 0);
}

TEST(Segment, finds_the_runs_of_the_accounts_that_occur) {
  Segment segment;
  segment.accounts = {AccountCode{4}, AccountCode{9}};
  segment.begins = {0, 1, 3};
  expect_run(segment, 4, 0, 1);
  expect_run(segment, 9, 1, 3);
  for (const std::int32_t other : {0, 5, 10}) EXPECT_EQ(segment.index_of(AccountCode{other}), -1);
}

TEST(Segment, has_no_rows_before_it_is_filled) { EXPECT_EQ(Segment{}.rows(), 0); }

TEST(ViewOf, shows_a_stored_column_in_its_own_type) {
  IntegerBuffer integers{Buffer<std::int64_t>(2), Buffer<std::uint8_t>(2), true, false, {}};
  integers.values[0] = -1, integers.values[1] = 7;
  integers.valid[0] = 1, integers.valid[1] = 0;
  const StoredColumn stored = std::move(integers);
  const auto view = std::get<IntegerView>(view_of(stored));
  EXPECT_EQ(view.number(0), 18446744073709551615.0);
  EXPECT_FALSE(view.has(1));
  EXPECT_EQ(rows_of(view_of(StoredColumn{MissingView{3}})), 3U);
}

}  // namespace
}  // namespace customerhealth::ledger
