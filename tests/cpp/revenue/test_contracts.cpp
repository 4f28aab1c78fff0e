#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "customerhealth/common/errors.hpp"
#include "revenue/books.hpp"

namespace customerhealth::revenue {
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
  ASSERT_EQ(contracts->findings.size(), 3U);
  EXPECT_STREQ(contracts->findings[0].check, "missing_mrr");
  EXPECT_EQ(contracts->findings[0].rows, 1);
  EXPECT_EQ(contracts->findings[0].first_row, 0);
  EXPECT_EQ(contracts->findings[0].example, "account a");
  EXPECT_STREQ(contracts->findings[1].check, "contract_twice");
  EXPECT_EQ(contracts->findings[1].rows, 1);
  EXPECT_EQ(contracts->findings[1].first_row, 2);
  EXPECT_EQ(contracts->findings[1].example, "account b");
  EXPECT_STREQ(contracts->findings[2].check, "end_not_come");
  EXPECT_EQ(contracts->findings[2].rows, 3);
  EXPECT_EQ(contracts->findings[2].first_row, 1);
  EXPECT_EQ(contracts->findings[2].example, "account b, end 1970-01-10, the last start or known 1970-01-02");
}

TEST(Contracts, that_end_a_day_before_the_next_one_or_overlap_it_are_counted) {
  const ContractColumns columns{"mrr", "plan", {}, {}};
  const auto found = [&](const std::vector<books::Row>& rows, const std::string& check) -> std::string {
    const auto contracts = book(rows, columns);
    for (const ContractFinding& finding : contracts->findings) {
      if (finding.check == check)
        return std::to_string(finding.rows) + " from " + std::to_string(finding.first_row) + ": " + finding.example;
    }
    return "";
  };
  const books::Row next{"b", 10, {}, 5.0, "x"};
  EXPECT_EQ(found({next, {"b", 1, 9, 5.0, "x"}}, "end_day_before_start"),
            "1 from 1: account b, end 1970-01-10, next start 1970-01-11");
  EXPECT_EQ(found({next, {"b", 1, 10, 5.0, "x"}}, "end_day_before_start"), "");
  EXPECT_EQ(found({next, {"b", 1, 8, 5.0, "x"}}, "end_day_before_start"), "");
  EXPECT_EQ(found({next, {"b", 1, 9, 5.0, "y"}}, "end_day_before_start"), "");
  EXPECT_EQ(found({next, {"b", 1, 9, 5.0, "x"}, {"b", 0, 10, 1.0, "x"}}, "end_day_before_start"), "");
  EXPECT_EQ(found({next, {"b", 1, 11, 5.0, "x"}}, "contracts_overlap"),
            "1 from 0: account b, end 1970-01-12, next start 1970-01-11");
  EXPECT_EQ(found({{"b", 1, {}, 5.0, "x"}, next}, "contracts_overlap"),
            "1 from 1: account b, end open, next start 1970-01-11");
  EXPECT_EQ(found({next, {"b", 1, 10, 5.0, "x"}}, "contracts_overlap"), "");
  EXPECT_EQ(found({next, next}, "contracts_overlap"), "");
  EXPECT_EQ(found({{"b", 1, {}, 5.0}, {"b", 10, {}, 5.0}}, "contracts_overlap"), "");
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

using Column = std::vector<double>;

Column ends_of(const Contracts& contracts, const std::vector<std::int64_t>& dates) {
  Column out;  // of the one account that the book has: 0 where it is no customer at either end
  const auto table = books::moved(contracts, books::periods(dates));
  return books::column(*table, "end");
}

TEST(Contracts, without_a_key_of_their_own_are_each_by_itself) {
  const auto contracts =
      books::corrected({{"a", 1, {}, 1, {}, 100.0}, {"a", 1, {}, 2, {}, 100.0}, {"a", 1, {}, 3, "k", 7.0}});
  EXPECT_EQ(ends_of(*contracts, {0, 2, 3, 10}), (Column{100.0, 200.0, 207.0}));
  EXPECT_TRUE(contracts->findings.empty());
}

TEST(Contracts, of_one_key_known_at_the_same_time_give_way_to_the_last_to_arrive) {
  // By start the other one would come last.
  const auto contracts = books::corrected({{"a", 5, {}, 10, "k", 6.0}, {"a", 1, {}, 10, "k", 7.0}});
  EXPECT_EQ(ends_of(*contracts, {0, 20}), Column{7.0});
  ASSERT_EQ(contracts->findings.size(), 1U);
  EXPECT_STREQ(contracts->findings[0].check, "contract_twice");
  EXPECT_EQ(contracts->findings[0].rows, 1);
}

TEST(Contracts, of_another_key_or_account_are_left_alone) {
  const auto contracts = books::corrected(
      {{"a", 1, {}, 1, "k", 5.0}, {"a", 1, {}, 2, "l", 6.0}, {"b", 1, {}, 3, "k", 7.0}, {"a", 1, {}, 9, "k", 8.0}});
  const auto table = books::moved(*contracts, books::periods({0, 9, 10}));
  EXPECT_EQ(books::column(*table, "start"),
            (Column{0.0, 0.0, 11.0, 7.0}));  // new a and b, then more of a, the same of b
  EXPECT_EQ(books::column(*table, "end"), (Column{11.0, 7.0, 14.0, 7.0}));
}

TEST(Contracts, that_nobody_says_when_they_were_learned_of_are_known_from_their_start) {
  const auto contracts = books::corrected({{"a", 5, {}, {}, "k", 3.0}, {"a", 5, {}, 8, "k", 4.0, std::nullopt}});
  ASSERT_EQ(contracts->rows.size(), 2U);
  EXPECT_EQ(contracts->rows[0].known, day(5));
  EXPECT_EQ(contracts->rows[0].until, day(8));
  EXPECT_EQ(contracts->rows[1].until, kLastInstant);
  EXPECT_EQ(ends_of(*contracts, {5, 6, 8, 9}), (Column{3.0, 3.0, 4.0}));
}

TEST(Contracts, keep_the_keys_of_numbers_apart_by_their_value) {
  const auto by_key = [](tables::TestColumn keys) {
    const auto input =
        tables::input("contracts", {"id", "begins", "ends", "known", "k", "gone", "mrr"}, books::texts({"a", "a", "a"}),
                      books::days({1, 1, 1}), books::days({{}, {}, {}}), books::days({1, 2, 3}), std::move(keys),
                      tables::truths({0, 0, 0}), books::numbers({1.0, 20.0, 300.0}));
    return ends_of(*books::read(books::kCorrected, input, {"mrr", {}, {}, {}}), {0, 10})[0];
  };
  EXPECT_EQ(by_key(books::integers({7, 8, 7})), 320.0);
  EXPECT_EQ(by_key(books::numbers({0.0, -0.0, 0.5})), 320.0);
  EXPECT_EQ(by_key(books::days({4, 5, 5})), 301.0);
  EXPECT_EQ(by_key(tables::truths({1, 0, 1})), 320.0);
  EXPECT_EQ(by_key(tables::nulls(3)), 321.0);
}

TEST(Contracts, are_copies_where_all_that_counts_is_the_same) {
  const ContractColumns columns{"mrr", "plan", {}, {}};
  const auto copies = [&](const std::vector<books::Row>& rows) {
    const auto contracts = book(rows, columns);
    for (const ContractFinding& finding : contracts->findings) {
      if (std::string{"contract_twice"} == finding.check) return finding.rows;
    }
    return std::int64_t{0};
  };
  const books::Row row{"a", 1, 9, 5.0, "x"};
  EXPECT_EQ(copies({row, row, row}), 2);
  EXPECT_EQ(copies({row, {"a", 2, 9, 5.0, "x"}}), 0);
  EXPECT_EQ(copies({row, {"a", 1, 8, 5.0, "x"}}), 0);
  EXPECT_EQ(copies({row, {"a", 1, 9, 4.0, "x"}}), 0);
  EXPECT_EQ(copies({row, {"a", 1, 9, 5.0, "y"}}), 0);
  EXPECT_EQ(copies({row, {"b", 1, 9, 5.0, "x"}}), 0);
  EXPECT_EQ(copies({row, {"a", 1, 8, 5.0, "x"}, row}), 1);  // with another one between
}

TEST(Contracts, take_an_amount_of_nothing_and_refuse_less) {
  EXPECT_EQ(book({{"a", 1, 2, 0.0}})->rows.size(), 1U);
  EXPECT_EQ(refusal({{"a", 1, 2, 1.0}, {"b", 1, 2, -1.0}, {"a", 3, 4, -12.25}}, {"mrr", {}, {}, {}}).substr(0, 103),
            "contracts.mrr: recurring revenue is 0 or more, got -1 for account b; 2 rows are negative. Take discount");
}

TEST(Contracts, of_nothing_count_where_who_pays_nothing_is_a_customer) {
  const auto input = books::table_of({books::Row{"a", 0, 9, 0.0}, {"a", 9, {}, 5.0}, {"b", 3, {}, 0.0}});
  const auto read = [&](Free free) { return books::read(books::kPlain, input, {"mrr", {}, {}, {}}, free); };
  EXPECT_EQ(read(Free::customers)->rows.size(), 3U);
  const auto paid = read(Free::prospects);
  ASSERT_EQ(paid->rows.size(), 1U);
  EXPECT_EQ(paid->accounts.size(), 1U);
  EXPECT_EQ(paid->rows[0].start, books::day(9));
}

TEST(Contracts, tell_when_a_row_was_last_seen_whether_it_counts_or_not) {
  const auto contracts = books::corrected({{"a", 0, 90, 1, "k", 5.0},
                                           {"a", 20, 90, 3, "l", 5.0},
                                           {"b", 4, 90, 7, "k", {}},
                                           {"b", 4, 2, 30, "m", 5.0},
                                           {"b", 4, 90, 40, "n", 5.0, 1}});
  EXPECT_EQ(last_seen(*contracts, kLastInstant), books::day(40));
  EXPECT_EQ(last_seen(*contracts, books::day(40)), books::day(30));
  EXPECT_EQ(last_seen(*contracts, books::day(30)), books::day(20));
  EXPECT_EQ(last_seen(*contracts, books::day(3)), books::day(1));
  EXPECT_TRUE(is_missing(last_seen(*contracts, books::day(1))));
}

TEST(Contracts, of_more_accounts_than_a_task_are_read_in_their_order) {
  constexpr std::size_t kCount = 5000;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kCount; ++i) ids.push_back("a" + std::to_string(10'000 + i));
  std::vector<books::Row> rows;
  for (std::size_t i = kCount; i-- > 0;) {
    const auto amount = i == 2047 || i == 4095 ? std::optional<double>{} : static_cast<double>(i);
    rows.push_back({ids[i].c_str(), 1, {}, amount});
    if (i % 2000 == 1999) rows.push_back({ids[i].c_str(), 3, 9, 0.5});
    if (i == 2048) rows.push_back(rows.back());
  }
  const auto contracts = book(rows);
  EXPECT_EQ(contracts->accounts.size(), kCount - 2);
  EXPECT_EQ(contracts->rows.size(), kCount - 2 + 3);
  for (std::size_t account = 0; account < contracts->accounts.size(); ++account) {
    const auto of = contracts->of(account);
    const std::size_t i = account + (account >= 2047 ? 1U : 0U) + (account >= 4094 ? 1U : 0U);
    ASSERT_EQ(contracts->ledger->ids->name(contracts->accounts[account]), ids[i]);
    ASSERT_EQ(of.size(), i % 2000 == 1999 || i == 2048 ? 2U : 1U) << i;
    ASSERT_EQ(contracts->money.number(of[0].amount), static_cast<double>(i));
  }
  ASSERT_EQ(contracts->findings.size(), 3U);
  EXPECT_EQ(contracts->findings[0].rows, 2);
  EXPECT_EQ(contracts->findings[0].example, "account " + ids[4095]);  // of the first row, whatever the account
  EXPECT_EQ(contracts->findings[1].rows, 1);
  EXPECT_EQ(contracts->findings[1].example, "account " + ids[2048]);
  EXPECT_STREQ(contracts->findings[2].check, "end_not_come");
  EXPECT_EQ(contracts->findings[2].rows, 2);
  rows.push_back({ids[4999].c_str(), 1, 2, -4.0});
  rows.push_back({ids[2100].c_str(), 1, 2, -3.0});
  EXPECT_NE(refusal(rows, {"mrr", {}, {}, {}}).find("got -4 for account " + ids[4999] + "; 2 rows"), std::string::npos);
}

TEST(Contracts, name_five_currencies_and_no_more) {
  const ContractColumns columns{"mrr", {}, "plan", {}};
  std::vector<books::Row> rows;
  for (const char* currency : {"E", "D", "C", "B", "A"}) rows.push_back({"a", 1, 2, 1.0, currency});
  EXPECT_NE(refusal(rows, columns).find("contracts.plan: 5 currencies (A, B, C, D, E) cannot"), std::string::npos);
  rows.push_back({"b", 1, 2, 1.0, "F"});
  EXPECT_NE(refusal(rows, columns).find("6 currencies (A, B, C, D, E, ...) cannot"), std::string::npos);
  EXPECT_EQ(book({{"a", 1, 2, 1.0}}, columns)->currency, "");
  EXPECT_EQ(book({{"a", 1, 1, 1.0, "USD"}, {"a", 1, 2, 1.0, "EUR"}}, columns)->currency, "EUR");  // one never counts
}

TEST(Contracts, tell_which_columns_they_have_and_what_is_in_them) {
  const std::vector<books::Row> rows{{"a", 1, 9, 5.0, "x", 12.0}, {"a", 2, 9, 6.0, std::nullopt, std::nullopt}};
  const auto plain = book(rows), full = book(rows, {"mrr", "plan", {}, "months"});
  EXPECT_FALSE(plain->has_product || plain->has_billing_period);
  EXPECT_TRUE(full->has_product && full->has_billing_period);
  EXPECT_EQ(full->ledger->texts->text(full->rows[0].product), "x");
  EXPECT_EQ(full->rows[0].billing_period, 12.0);
  EXPECT_TRUE(full->rows[1].product.is_missing());
  EXPECT_TRUE(std::isnan(full->rows[1].billing_period));
  EXPECT_TRUE(plain->rows[0].product.is_missing());
}

TEST(Contracts, of_whole_numbers_are_doubles) {
  const auto input = tables::input("contracts", {"id", "begins", "ends", "mrr", "plan", "months"},
                                   books::texts({"a", "a"}), books::days({1, 2}), books::days({9, 9}),
                                   books::integers({40, {}}), books::texts({"x", "x"}), books::integers({12, 1}));
  const auto contracts = books::read(books::kPlain, input, {"mrr", {}, {}, "months"});
  ASSERT_EQ(contracts->rows.size(), 1U);
  EXPECT_FALSE(contracts->money.is_decimal());
  EXPECT_EQ(contracts->money.number(contracts->rows[0].amount), 40.0);
  EXPECT_EQ(contracts->rows[0].billing_period, 12.0);
}

TEST(Contracts, of_decimals_are_counted_in_the_finest_of_their_scales) {
  const auto batch = [](int scale, const std::vector<std::string>& digits) {
    const std::size_t rows = digits.size();
    return tables::input("contracts", {"id", "begins", "ends", "mrr", "plan", "months"},
                         books::texts(books::Words(rows, "a")), books::days(arrays::Ints(rows, 1)),
                         books::days(arrays::Ints(rows)), books::decimals(scale, digits), tables::nulls(rows),
                         tables::nulls(rows));
  };
  const model::Model model = model::Model::parse(books::kPlain);
  auto ledger = tables::extended(model, nullptr, tables::inputs(batch(2, {"225"})));
  ledger = tables::extended(model, ledger.get(), tables::inputs(batch(1, {"15", "-0"})));
  Watch watch;
  const auto contracts = read_contracts(model, ledger, "contracts", {"mrr", {}, {}, {}}, Free::customers, watch);
  EXPECT_TRUE(contracts->money.is_decimal());
  EXPECT_EQ(contracts->money.scale(), 2);
  std::vector<std::int64_t> amounts;
  for (const Contract& contract : contracts->rows) amounts.push_back(static_cast<std::int64_t>(contract.amount));
  EXPECT_EQ(amounts, (std::vector<std::int64_t>{225, 150, 0}));
}

TEST(Contracts, of_decimals_stay_decimals_while_their_sums_fit_128_bits) {
  const auto contracts_of = [](int scale, const std::string& first, const std::string& second) {
    const auto input = tables::input("contracts", {"id", "begins", "ends", "mrr", "plan", "months"},
                                     books::texts({"a", "a"}), books::days({1, 1}), books::days({{}, {}}),
                                     books::decimals(scale, {first, second}), tables::nulls(2), tables::nulls(2));
    return books::read(books::kPlain, input, {"mrr", {}, {}, {}});
  };
  const auto wide = contracts_of(2, "18446744073709552116", "100");
  EXPECT_TRUE(wide->money.is_decimal());
  EXPECT_EQ(wide->rows[0].amount - 100, Int128{18'446'744'073'709'552} * 1000 + 16);
  EXPECT_EQ(wide->rows[1].amount, 100);
  const auto whole = contracts_of(0, "7", "100");
  EXPECT_TRUE(whole->money.is_decimal());
  EXPECT_EQ(whole->rows[0].amount, 7);
  const auto sums = contracts_of(2, "99999999999999999999999999999999999999", "100");
  EXPECT_FALSE(sums->money.is_decimal());
  EXPECT_EQ(sums->money.number(sums->rows[1].amount), 1.0);
}

TEST(Contracts, need_a_table_of_the_model_that_holds_over_time) {
  const model::Model model = model::Model::parse(R"({"format": 1,
    "tables": {"usage": {"kind": "events", "account": "id", "time": "at"},
               "contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends"}},
    "metrics": {"rows": {"from": "usage", "agg": "sum", "of": "mrr"},
                "mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}}})");
  const auto read = [&](const char* table) -> std::string {
    Watch watch;
    try {
      const auto none = read_contracts(model, tables::extended(model, nullptr, {}), table, {"mrr", {}, {}, {}},
                                       Free::customers, watch);
      return std::to_string(none->accounts.size()) + " accounts, " + std::to_string(none->begins.size()) + " begin";
    } catch (const DataError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(read("contracts"), "0 accounts, 1 begin");
  EXPECT_EQ(read("usage"), "table 'usage': revenue needs contracts with a start and an end, a table of kind intervals");
  EXPECT_EQ(read("contract").substr(0, 37), "'contract' is no table of the model; ");
}

}  // namespace
}  // namespace customerhealth::revenue
