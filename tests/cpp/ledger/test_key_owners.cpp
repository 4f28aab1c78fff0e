#include <gtest/gtest.h>

#include "customerhealth/ledger/key_owners.hpp"
#include "customerhealth/ledger/ledger.hpp"
#include "ledger/models.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

constexpr const char* kUsers = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "user", "through": {"table": "users"}, "time": "at"},
             "users": {"kind": "keys", "key": "user", "account": "id", "known": "since"}},
  "metrics": {"rows": {"from": "usage", "agg": "count"}}})";

ledger::TableInput users(const Words& keys, const Words& ids, const Ints& since) {
  return input("users", {"user", "id", "since"}, texts(keys), texts(ids), days(since));
}
ledger::TableInput of_users(const Words& keys, const Ints& at) {
  return input("usage", {"user", "at"}, texts(keys), days(at));
}

/// "a2 b1": how many rows of `usage` each account has.
std::string counts(const Ledger& ledger) {
  std::string out;
  for (const AccountCode account : ledger.order) {
    const std::int64_t rows = rows_of(ledger.tables[0], account);
    if (rows > 0) out += (out.empty() ? "" : " ") + ledger.ids->name(account) + std::to_string(rows);
  }
  return out;
}

TEST(Through, gives_rows_to_the_account_of_the_last_row_of_their_key) {
  const model::Model model = model::Model::parse(kUsers);
  const auto ledger = extended(model, nullptr,
                               inputs(users({"x", "x", "y", "x"}, {"b", "c", "a", "a"}, {3, 9, 1, std::nullopt}),
                                      of_users({"y", "x", "z", "x"}, {4, 1, 2, 3})));
  EXPECT_EQ(counts(*ledger), "a1 c2");
  ASSERT_EQ(ledger->keyed[0].orphans.size(), 1U);
  EXPECT_EQ(ledger->keys[1]->name(ledger->keyed[0].orphans[0]), "z");
  EXPECT_EQ(ledger->owners[1]->last_rows(), (std::vector<std::int64_t>{1, 2}));
}

TEST(Through, finds_rows_again_when_their_keys_come_or_move) {
  const model::Model model = model::Model::parse(kUsers);
  const auto alone = extended(model, nullptr, inputs(of_users({"x", "y"}, {1, 2})));
  EXPECT_EQ(counts(*alone), "");
  const auto with_x = extended(model, alone.get(), inputs(users({"x"}, {"b"}, {5})));
  EXPECT_EQ(counts(*with_x), "b1");
  const auto more = extended(model, with_x.get(), inputs(users({"w"}, {"b"}, {1}), of_users({"w", "x"}, {7, 8})));
  EXPECT_EQ(counts(*more), "b3");
  const auto moved = extended(model, more.get(), inputs(users({"x", "y", "w"}, {"c", "c", "z"}, {6, 1, 0})));
  EXPECT_EQ(counts(*moved), "b1 c3") << "an older row of w changes nothing";
  EXPECT_EQ(counts(*more), "b3") << "a ledger is a value";
  EXPECT_TRUE(moved->keyed[0].orphans.empty());
}

TEST(Through, counts_rows_without_a_key_and_keys_without_a_row) {
  const model::Model model = model::Model::parse(kUsers);
  const auto ledger = extended(
      model, nullptr,
      inputs(users({"x", "", std::nullopt}, {"a", "a", "b"}, {1, 1, 1}), of_users({"", "v", "v", "x"}, {1, 2, 3, 4})));
  const auto of_usage = findings_of(model, *ledger, 0), of_keys = findings_of(model, *ledger, 1);
  ASSERT_EQ(of_usage.size(), 2U);
  EXPECT_EQ(of_usage[0].check, Finding::Check::null_account);
  EXPECT_EQ(of_usage[1].check, Finding::Check::no_owner);
  EXPECT_EQ(of_usage[1].rows, 2);
  EXPECT_EQ(of_usage[1].first_row, 1);
  ASSERT_EQ(of_keys.size(), 1U);
  EXPECT_EQ(of_keys[0].check, Finding::Check::null_key);
  EXPECT_EQ(of_keys[0].rows, 2);
  EXPECT_EQ(of_keys[0].first_row, 1);
}

}  // namespace
}  // namespace customerhealth::ledger
