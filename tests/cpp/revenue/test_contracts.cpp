#include <gtest/gtest.h>

#include <string>

#include "customerhealth/common/errors.hpp"
#include "revenue/books.hpp"

namespace customerhealth {
namespace {

using books::book;
using books::day;

std::string refusal(const std::vector<books::Row>& rows, const ContractColumns& columns) {
  try {
    (void)book(rows, columns);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(Contracts, are_by_account_and_start_and_leave_out_what_never_counts) {
  const auto contracts =
      book({{"b", 5, 9, 1.0}, {"a", 7, 9, 2.0}, {"a", 3, {}, 3.0}, {"a", 4, 4, 9.0}, {"c", 1, 2, {}}});
  ASSERT_EQ(contracts->accounts.size(), 2U);
  const auto of_a = contracts->of(0);
  ASSERT_EQ(of_a.size(), 2U);
  EXPECT_EQ(of_a[0].start, day(3));
  EXPECT_EQ(of_a[0].end, kLastInstant);
  EXPECT_EQ(of_a[1].start, day(7));
  EXPECT_EQ(contracts->of(1).size(), 1U);
}

TEST(Contracts, count_what_has_no_amount_and_what_is_there_twice) {
  const auto contracts = book({{"a", 1, 2, {}}, {"b", 1, 9, 5.0}, {"b", 1, 9, 5.0}, {"b", 1, 9, 6.0}});
  ASSERT_EQ(contracts->findings.size(), 2U);
  EXPECT_STREQ(contracts->findings[0].check, "missing_mrr");
  EXPECT_EQ(contracts->findings[0].rows, 1);
  EXPECT_EQ(contracts->findings[0].example, "account a");
  EXPECT_STREQ(contracts->findings[1].check, "contract_twice");
  EXPECT_EQ(contracts->findings[1].rows, 1);
  EXPECT_EQ(contracts->findings[1].example, "account b");
}

TEST(Contracts, refuse_a_negative_amount) {
  EXPECT_EQ(
      refusal({{"a", 1, 2, -2.5}}, {"mrr", {}, {}, {}}),
      "contracts.mrr: recurring revenue is 0 or more, got -2.5 for account a; 1 rows are negative. Take discounts "
      "and credits off the contract that they belong to");
}

TEST(Contracts, refuse_more_than_one_currency_and_tell_the_only_one) {
  const ContractColumns columns{"mrr", {}, "plan", {}};
  EXPECT_EQ(book({{"a", 1, 2, 1.0, "EUR"}, {"b", 1, 2, 1.0, "EUR"}, {"c", 1, 2, 1.0}}, columns)->currency, "EUR");
  EXPECT_NE(refusal({{"a", 1, 2, 1.0, "USD"}, {"b", 1, 2, 1.0, "EUR"}}, columns).find("2 currencies (EUR, USD)"),
            std::string::npos);
}

TEST(Contracts, refuse_a_column_of_another_type_or_one_that_the_model_does_not_read) {
  EXPECT_EQ(refusal({{"a", 1, 2, 1.0, "x"}}, {"plan", {}, {}, {}}),
            "contracts.plan: expected a column of type number, this one is of type text");
  EXPECT_NE(refusal({{"a", 1, 2, 1.0}}, {"mrrr", {}, {}, {}}).find("the model does not read this column"),
            std::string::npos);
}

TEST(Contracts, of_a_key_give_way_to_what_is_known_later_and_to_what_takes_them_back) {
  const auto input = tables::input(
      "contracts", {"id", "begins", "ends", "known", "k", "gone", "mrr"}, books::texts({"a", "a", "a", "a"}),
      books::days({1, 1, 1, 1}), books::days({50, 50, 50, 50}), books::days({1, 10, 10, 20}),
      books::texts({"k", "k", "k", "k"}), tables::truths({0, 0, 0, 1}), books::numbers({5.0, 6.0, 7.0, 7.0}));
  const auto contracts = books::read(books::kCorrected, input, {"mrr", {}, {}, {}});
  const auto table = books::moved(*contracts, books::periods({1, 10, 11, 20, 21}));
  EXPECT_EQ(books::column(*table, "start"), (std::vector{0.0, 5.0, 7.0, 7.0}));
  EXPECT_EQ(books::column(*table, "end"), (std::vector{5.0, 7.0, 7.0, 0.0}));
}

}  // namespace
}  // namespace customerhealth
