#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "customerhealth/ledger/table_data.hpp"
#include "ledger/models.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

constexpr const char* kModel = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
  "metrics": {
    "a": {"from": "usage", "agg": "sum", "of": "amount"}, "b": {"from": "usage", "agg": "sum", "of": "price"},
    "c": {"from": "usage", "agg": "last", "of": "feature"}, "d": {"from": "usage", "agg": "last", "of": "flag"},
    "e": {"from": "usage", "agg": "last", "of": "due"}}})";
const std::vector<std::string> kColumns = {"id", "at", "amount", "price", "feature", "flag", "due"};

struct Rows {
  Words id, feature;
  Ints at, amount, flag, due;
  Numbers price;

  [[nodiscard]] Rows cut(std::size_t begin, std::size_t end) const {
    const auto part = [&]<class T>(const std::vector<T>& all) {
      return std::vector<T>(all.begin() + static_cast<std::ptrdiff_t>(begin),
                            all.begin() + static_cast<std::ptrdiff_t>(end));
    };
    return {part(id), part(feature), part(at), part(amount), part(flag), part(due), part(price)};
  }
  [[nodiscard]] TableInput input() const {
    return tables::input("usage", kColumns, texts(id), days(at), integers(amount), numbers(price), texts(feature),
                         truths(flag), days(due));
  }
};

/// Few times, so that ties are many; a null now and then, in `price` for long stretches (whole appends have none).
Rows random_rows(std::size_t count, int accounts, std::mt19937_64& random) {
  const auto below = [&](int n) { return std::uniform_int_distribution{0, n - 1}(random); };
  const auto or_null = [&]<class T>(T value) { return below(8) == 0 ? std::nullopt : std::optional<T>{value}; };
  Rows rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.id.push_back(below(50) == 0 ? std::nullopt : std::optional{"account " + std::to_string(below(accounts))});
    rows.at.push_back(below(50) == 0 ? std::nullopt : std::optional<std::int64_t>{below(6)});
    rows.amount.push_back(or_null(std::int64_t{below(100)} << 55));
    rows.price.push_back(i / 16 % 2 == 0 ? std::nullopt : or_null(below(100) / 8.0));
    rows.feature.push_back(or_null("feature " + std::to_string(below(30))));
    rows.flag.push_back(or_null(std::int64_t{below(2)}));
    rows.due.push_back(or_null(std::int64_t{below(1000)}));
  }
  return rows;
}

/// Each of the accounts with its rows in order, their arrival beside them.
std::vector<std::string> describe(const model::Model& model, const Ledger& ledger,
                                  const std::vector<AccountCode>& accounts) {
  const TableBlock block = read_block(model.tables[0], ledger.tables[0], accounts);
  std::vector<std::string> out;
  for (std::size_t a = 0; a < accounts.size(); ++a) {
    out.push_back(ledger.ids->name(accounts[a]) + ":");
    for (auto row = static_cast<std::size_t>(block.begins[a]); row < static_cast<std::size_t>(block.begins[a + 1]);
         ++row) {
      out.back() += "\n" + std::to_string(block.arrival.empty() ? row - static_cast<std::size_t>(block.begins[a])
                                                                : block.arrival[row]);
      for (std::size_t c = 1; c < block.columns.size(); ++c) {
        out.back() += " " + cell(block.columns[c].view(), row, *ledger.texts);
      }
    }
  }
  return out;
}

TEST(ReadBlock, gives_the_same_rows_however_they_arrived) {
  const model::Model model = model::Model::parse(kModel);
  std::mt19937_64 random{21};
  for (int round = 0; round < 40; ++round) {
    const Rows rows = random_rows(400, round % 2 == 0 ? 12 : 300, random);
    const auto whole = extended(model, nullptr, inputs(rows.input()));
    std::shared_ptr<const Ledger> parts;
    for (std::size_t begin = 0; begin < 400;) {
      const std::size_t end = std::min<std::size_t>(400, begin + 1 + random() % (round % 4 < 2 ? 20 : 150));
      parts = extended(model, parts.get(), inputs(rows.cut(begin, end).input()));
      begin = end;
    }
    ASSERT_EQ(describe(model, *whole, whole->order), describe(model, *parts, parts->order)) << round;
    for (const AccountCode account : parts->order) {
      const std::string name = parts->ids->name(account);
      const auto same = std::ranges::find(whole->order, name, [&](AccountCode code) { return whole->ids->name(code); });
      ASSERT_NE(same, whole->order.end());
      EXPECT_EQ(rows_of(parts->tables[0], account), rows_of(whole->tables[0], *same));
    }
  }
}

TEST(ReadBlock, gives_an_account_the_same_rows_whichever_stand_beside_it) {
  const model::Model model = model::Model::parse(kModel);
  std::mt19937_64 random{22};
  const auto ledger = extended(model, nullptr, inputs(random_rows(300, 20, random).input()));
  const auto all = describe(model, *ledger, ledger->order);
  std::vector<AccountCode> shuffled = ledger->order;
  std::ranges::shuffle(shuffled, random);  // no longer side by side: gathered, not borrowed
  auto gathered = describe(model, *ledger, shuffled);
  std::ranges::sort(gathered);
  auto expected = all;
  std::ranges::sort(expected);
  EXPECT_EQ(gathered, expected);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(describe(model, *ledger, {ledger->order[i]})[0], all[i]);
  EXPECT_TRUE(describe(model, *ledger, {}).empty());
}

TEST(ReadBlock, has_no_rows_where_the_table_has_none) {
  const model::Model model = model::Model::parse(kModel);
  const auto ledger = extended(model, nullptr, {});
  const std::vector<AccountCode> nobody{AccountCode{0}, AccountCode{1}};
  const TableBlock block = read_block(model.tables[0], ledger->tables[0], nobody);
  EXPECT_EQ(block.begins, (std::vector<std::int64_t>{0, 0, 0}));
  EXPECT_EQ(block.columns.size(), model.tables[0].columns.size());
  EXPECT_TRUE(block.instants(*model.tables[0].time).empty());
}

/// uint64 amounts, one row each for account a.
TableInput unsigned_amounts(const std::vector<std::uint64_t>& values) {
  const std::size_t rows = values.size();
  TestColumn amounts = arrays::build(arrays::plain(NANOARROW_TYPE_UINT64), [&](ArrowArray* array) {
    for (const std::uint64_t value : values) arrays::ok(ArrowArrayAppendUInt(array, value));
  });
  return input("usage", kColumns, texts(Words(rows, "a")), days(Ints(rows, 1)), std::move(amounts),
               numbers(Numbers(rows)), texts(Words(rows)), truths(Ints(rows)), days(Ints(rows)));
}

TEST(ReadBlock, keeps_unsigned_integers_exact_when_only_an_append_needs_the_64th_bit) {
  const model::Model model = model::Model::parse(kModel);
  const std::uint64_t big = std::uint64_t{1} << 63;
  const auto whole = extended(model, nullptr, inputs(unsigned_amounts({7, (1U << 30) + 1, big + 1, big + 2})));
  const auto before = extended(model, nullptr, inputs(unsigned_amounts({7, (1U << 30) + 1})));
  const auto after = extended(model, before.get(), inputs(unsigned_amounts({big + 1, big + 2})));
  EXPECT_EQ(describe(model, *after, after->order), describe(model, *whole, whole->order));
}

TEST(Compact, keeps_segments_few_while_rows_trickle_in) {
  const model::Model model = model::Model::parse(kModel);
  std::mt19937_64 random{23};
  std::shared_ptr<const Ledger> ledger;
  for (int i = 0; i < 200; ++i) ledger = extended(model, ledger.get(), inputs(random_rows(3, 40, random).input()));
  EXPECT_LE(ledger->tables[0].segments.size(), 9U);  // each more than twice the next
  EXPECT_EQ(ledger->tables[0].rows_given, 600);
  const auto& segments = ledger->tables[0].segments;
  for (std::size_t s = 1; s < segments.size(); ++s) EXPECT_GT(segments[s - 1]->rows(), 2 * segments[s]->rows());
}

TEST(Compact, merges_a_segment_of_all_accounts_with_one_of_few) {
  const model::Model model = model::Model::parse(kListed);
  Words everybody, half, few;
  for (int i = 0; i < 100; ++i) {
    everybody.push_back(std::to_string(i));
    if (i < 25) half.push_back(std::to_string(i));
    if (i < 24) few.push_back(std::to_string(i));
  }
  const auto before = extended(model, nullptr, inputs(accounts(everybody), rows(half, Ints(25, 1))));
  const auto after = extended(model, before.get(), inputs(rows(few, Ints(24, 2))));
  const TableData& table = after->tables[model.find_table("usage")->place()];
  ASSERT_EQ(table.segments.size(), 1U);
  for (const AccountCode account : after->order) {
    const int id = std::stoi(after->ids->name(account));
    EXPECT_EQ(rows_of(table, account), id < 24 ? 2 : id < 25 ? 1 : 0);
  }
}

TEST(Compact, merges_two_segments_unless_the_first_is_more_than_twice_the_second) {
  const model::Model model = model::Model::parse(kListed);
  const auto segments = [&](std::size_t first) {
    const auto before = extended(model, nullptr, inputs(accounts({"a"}), rows(Words(first, "a"), Ints(first, 1))));
    const auto after = extended(model, before.get(), inputs(rows({"a", "a"}, {2, 3})));
    return after->tables[model.find_table("usage")->place()].segments.size();
  };
  EXPECT_EQ(segments(3), 1U);
  EXPECT_EQ(segments(4), 1U);
  EXPECT_EQ(segments(5), 2U);
}

}  // namespace
}  // namespace customerhealth::ledger
