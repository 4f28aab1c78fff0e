#include <gtest/gtest.h>

#include "customerhealth/ledger/ledger.hpp"
#include "ledger/models.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

std::vector<std::string> names_in_order(const Ledger& ledger) {
  std::vector<std::string> names;
  for (const AccountCode account : ledger.order) names.push_back(ledger.ids->name(account));
  return names;
}

/// One letter an account.
std::string listed(const model::Model& model, const Ledger& ledger) {
  std::string names;
  for (const AccountCode account : listed_accounts(model, ledger)) names += ledger.ids->name(account);
  return names;
}

TEST(Extend, numbers_the_first_accounts_in_the_order_of_their_ids) {
  const model::Model model = model::Model::parse(kUsage);
  const auto ledger = extended(model, nullptr, inputs(usage({"c", "a", "b"}, {1, 2, 3}, {"x", "y", "z"})));
  EXPECT_EQ(names_in_order(*ledger), (std::vector<std::string>{"a", "b", "c"}));
  for (std::int32_t i = 0; i < 3; ++i) EXPECT_EQ(ledger->order[static_cast<std::size_t>(i)], AccountCode{i});
}

TEST(Extend, finds_later_accounts_their_place_and_keeps_old_codes) {
  const model::Model model = model::Model::parse(kUsage);
  const auto before = extended(model, nullptr, inputs(usage({"c", "a"}, {1, 2}, {"x", "y"})));
  const auto after = extended(model, before.get(), inputs(usage({"d", "b", "a"}, {3, 3, 3}, {"x", "y", "z"})));
  EXPECT_EQ(names_in_order(*after), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(names_in_order(*before), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(after->order[0], before->order[0]);
  EXPECT_EQ(after->order[2], before->order[1]);
}

TEST(Extend, takes_tables_without_rows_and_rows_without_accounts) {
  const model::Model model = model::Model::parse(kUsage);
  const auto empty = extended(model, nullptr, inputs(usage({}, {}, {})));
  EXPECT_TRUE(empty->tables[0].given);
  EXPECT_TRUE(empty->order.empty());
  const auto after = extended(
      model, empty.get(), inputs(input("usage", {"id", "at", "feature"}, nulls(2), days({1, 2}), texts({"x", "y"}))));
  EXPECT_EQ(after->account_count, 0);
  EXPECT_TRUE(after->tables[0].segments.empty());
  EXPECT_EQ(after->tables[0].rows_given, 2);
  EXPECT_EQ(names_in_order(*extended(model, after.get(), inputs(usage({"a"}, {1}, {"x"})))),
            std::vector<std::string>{"a"});
}

TEST(Extend, refuses_tables_that_the_model_does_not_have_or_that_come_twice) {
  const model::Model model = model::Model::parse(kUsage);
  EXPECT_EQ(refusal([&] { (void)extended(model, nullptr, inputs(input("usages", {"id"}, texts({"a"})))); }),
            "'usages' is no table of the model; did you mean 'usage'?");
  EXPECT_EQ(refusal([&] { (void)extended(model, nullptr, inputs(usage({}, {}, {}), usage({}, {}, {}))); }),
            "'usage' is given twice");
}

TEST(Extend, refuses_a_column_that_changes_its_type) {
  const model::Model model = model::Model::parse(kUsage);
  const auto more = [](TestColumn feature) {
    return inputs(input("usage", {"id", "at", "feature"}, texts({"a"}), days({5}), std::move(feature)));
  };
  const auto texts_first = extended(model, nullptr, more(texts({"x"})));
  EXPECT_EQ(refusal([&] { (void)extended(model, texts_first.get(), more(integers({1}))); }),
            "usage.feature: number values here, but text values in the rows loaded before");
  const auto nulls_first = extended(model, nullptr, more(nulls(1)));
  EXPECT_EQ(extended(model, nulls_first.get(), more(integers({1})))->tables[0].types[2], Type::number);
  EXPECT_EQ(extended(model, texts_first.get(), more(nulls(1)))->tables[0].types[2], Type::text);
}

TEST(Extend, leaves_what_was_before_as_it_was_when_it_fails) {
  const model::Model model = model::Model::parse(kUsage);
  const auto before = extended(model, nullptr, inputs(usage({"b"}, {1}, {"x"})));
  const auto seconds = arrays::timestamp(NANOARROW_TIME_UNIT_SECOND);
  EXPECT_EQ(refusal([&] {
              (void)extended(model, before.get(),
                             inputs(input("usage", {"id", "at", "feature"}, texts({"z", "a"}),
                                          arrays::ints(seconds, {5, INT64_MAX}), texts({"y", "z"}))));
            }),
            "usage.at[2]: the time is out of range; microseconds since 1970 must fit 64 bits, and only an "
            "end may be infinite");
  EXPECT_EQ(before->account_count, 1);
  EXPECT_EQ(names_in_order(*before), std::vector<std::string>{"b"});
  EXPECT_EQ(before->tables[0].rows_given, 1);
  const auto after = extended(model, before.get(), inputs(usage({"a"}, {2}, {"x"})));
  EXPECT_EQ(after->tables[0].rows_given, 2);
  EXPECT_EQ(listed(model, *after), "ab");
}

TEST(Extend, does_not_let_a_failed_load_decide_the_type_of_ids) {
  const model::Model model = model::Model::parse(kUsage);
  const auto before = extended(model, nullptr, {});
  EXPECT_NE(refusal([&] {
              (void)extended(model, before.get(), inputs(usage({"a"}, {std::nullopt}, {"x"})), Strictness::rows);
            }),
            "");
  const auto numbered = input("usage", {"id", "at", "feature"}, integers({1}), days({1}), texts({"x"}));
  EXPECT_EQ(refusal([&] { (void)extended(model, before.get(), {numbered}); }), "");
}

TEST(ListedAccounts, are_those_of_the_accounts_table_where_there_is_one) {
  const model::Model model = model::Model::parse(kListed);
  const auto ledger = extended(model, nullptr, inputs(rows({"a", "b"}, {1, 2}), accounts({"b", "c"})));
  EXPECT_EQ(listed(model, *ledger), "bc");
}

}  // namespace
}  // namespace customerhealth::ledger
