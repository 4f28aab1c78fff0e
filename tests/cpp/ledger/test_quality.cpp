#include <gtest/gtest.h>

#include <array>

#include "customerhealth/ledger/quality.hpp"
#include "ledger/models.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;
using Lines = std::vector<std::string>;

Lines findings(const model::Model& model, const Ledger& ledger, const std::string& table) {
  Lines lines;
  for (const Finding& finding : findings_of(model, ledger, model.find_table(table)->place())) {
    lines.push_back(std::string{to_string(finding.check)} + " " + std::to_string(finding.rows) + " from " +
                    std::to_string(finding.first_row) + (finding.example.empty() ? "" : ": " + finding.example));
  }
  return lines;
}

TableInput usage_known(const Words& ids, const Ints& at, const Ints& known) {
  const std::size_t n = ids.size();
  return input("usage", {"id", "at", "known", "k", "gone", "amount", "price", "feature", "due"}, texts(ids), days(at),
               days(known), texts(Words(n)), truths(Ints(n)), integers(Ints(n)), numbers(Numbers(n)), texts(Words(n)),
               days(Ints(n)));
}
TableInput contracts(const Words& ids, const Ints& begins, const Ints& ends) {
  return input("contracts", {"id", "begins", "ends"}, texts(ids), days(begins), days(ends));
}
TableInput segments(const Words& ids) {
  return input("accounts", {"id", "segment"}, texts(ids), texts(Words(ids.size(), "s")));
}

TEST(Quality, counts_rows_without_account_or_time_and_rows_known_too_early) {
  const model::Model model = model::Model::parse(kEverything);
  const auto ledger =
      extended(model, nullptr,
               inputs(segments({"a"}), contracts({"a"}, {1}, {2}),
                      usage_known({"a", std::nullopt, "a", "a", "a", std::nullopt, "a"},
                                  {5, 5, std::nullopt, 6, 5, std::nullopt, 9}, {5, 1, 1, 5, std::nullopt, 1, 1})));
  EXPECT_EQ(findings(model, *ledger, "usage"), (Lines{"null_account 2 from 1", "null_time 1 from 2",
                                                      "known_before_time 2 from 3: at 1970-01-07, known 1970-01-06"}));
}

TEST(Quality, lists_checks_in_one_order_whatever_append_brought_them) {
  const model::Model model = model::Model::parse(kEverything);
  const auto late = usage_known({"a", "a"}, {5, 6}, {5, 1}),
             empty = usage_known({std::nullopt, "a"}, {5, std::nullopt}, {5, 1});
  const auto first = extended(model, nullptr, inputs(segments({"a"}), late));
  const auto then = extended(model, first.get(), inputs(empty));
  EXPECT_EQ(findings(model, *then, "usage"), (Lines{"null_account 1 from 2", "null_time 1 from 3",
                                                    "known_before_time 1 from 1: at 1970-01-07, known 1970-01-02"}));
}

TEST(Quality, counts_intervals_that_end_before_their_start) {
  const model::Model model = model::Model::parse(kEverything);
  const auto ledger = extended(
      model, nullptr,
      inputs(segments({"a"}),
             contracts({"a", "a", "a", "a", std::nullopt}, {1, 1, 5, std::nullopt, 1}, {std::nullopt, 1, 2, 0, 0})));
  EXPECT_EQ(findings(model, *ledger, "contracts"),
            (Lines{"null_account 1 from 4", "null_time 1 from 3",
                   "end_not_after_start 1 from 2: begins 1970-01-06, ends 1970-01-03"}));
  EXPECT_EQ(findings(model, *ledger, "usage"), Lines{"table_not_given 0 from -1"});
}

TEST(Quality, counts_accounts_that_come_twice_and_rows_of_accounts_that_never_come) {
  const model::Model model = model::Model::parse(kListed);
  const auto ledger = extended(
      model, nullptr,
      inputs(rows({"x", "a", "y", "x"}, {1, 1, std::nullopt, 2}), accounts({"b", "a", "a", "b", "a", std::nullopt})));
  EXPECT_EQ(findings(model, *ledger, "accounts"),
            (Lines{"null_account 1 from 5", "duplicate_accounts 3 from 0: account b"}));
  EXPECT_EQ(findings(model, *ledger, "usage"), (Lines{"null_time 1 from 2", "orphans 2 from 0: account x"}));
}

TEST(Quality, no_longer_counts_an_orphan_once_its_account_arrives) {
  const model::Model model = model::Model::parse(kListed);
  const auto before = extended(model, nullptr, inputs(rows({"x"}, {1}), accounts({})));
  EXPECT_EQ(findings(model, *before, "usage"), Lines{"orphans 1 from 0: account x"});
  const auto after = extended(model, before.get(), inputs(accounts({"x"})));
  EXPECT_TRUE(findings(model, *after, "usage").empty());
}

TEST(Quality, lets_an_account_come_again_where_known_tells_which_row_counts) {
  const model::Model model = model::Model::parse(R"({"format": 1,
    "tables": {"accounts": {"kind": "accounts", "account": "id", "known": "known"}},
    "metrics": {"s": {"formula": "accounts.segment"}}})");
  const auto ledger = extended(
      model, nullptr,
      inputs(input("accounts", {"id", "known", "segment"}, texts({"a", "a"}), days({1, 2}), texts({"x", "y"}))));
  EXPECT_TRUE(findings(model, *ledger, "accounts").empty());
}

TEST(Quality, counts_rows_on_through_appends_and_keeps_the_first_example) {
  const model::Model model = model::Model::parse(kListed);
  auto ledger = extended(model, nullptr, inputs(accounts({"a"}), rows({"a", "a"}, {1, 1})));
  ledger = extended(model, ledger.get(), inputs(rows({"a", "o"}, {std::nullopt, 3})));
  ledger = extended(model, ledger.get(), inputs(rows({"n", "a"}, {3, std::nullopt})));
  ledger = extended(model, ledger.get(), inputs(rows({"o"}, {1})));
  EXPECT_EQ(findings(model, *ledger, "usage"), (Lines{"null_time 2 from 2", "orphans 3 from 3: account o"}));
}

TEST(Quality, finds_the_first_row_whatever_the_number_of_threads) {
  const model::Model model = model::Model::parse(kListed);
  Words ids(300'000, "a");
  Ints at(300'000, 1);
  for (std::size_t i = 140'000; i < at.size(); i += 7) at[i] = std::nullopt;
  for (const int threads : {1, 2, 7}) {
    const auto ledger = extended(model, nullptr, inputs(accounts({"a"}), rows(ids, at)), Strictness::lenient, threads);
    EXPECT_EQ(findings(model, *ledger, "usage"), Lines{"null_time 22858 from 140000"});
  }
}

Lines far_times(const model::Model& model, const Ledger& ledger, const std::string& table) {
  const auto t = model.find_table(table)->place();
  Lines lines;
  for (const FarTimes& far : ledger.tables[t].far_times) {
    constexpr std::array kEraNames{"before 1980", "the eighties", "after 2200"};
    lines.push_back(model.tables[t].columns[static_cast<std::size_t>(far.column)] + " " +
                    kEraNames[static_cast<std::size_t>(far.era)] + " " + std::to_string(far.rows) + " from " +
                    std::to_string(far.first_row) + ": " + customerhealth::to_string(far.first));
  }
  return lines;
}

// 3,652 days lead to 1980-01-01, 7,305 to 1990-01-01, 84,006 to 2200-01-01.
TEST(FarTimes, are_counted_by_column_and_era_with_their_first_row) {
  const model::Model model = model::Model::parse(kEverything);
  const auto given = [&] {
    return inputs(usage_known({"a", "a", std::nullopt, "a", "a", "a"}, {3651, 3652, 1, 7304, 7305, std::nullopt},
                              {84'006, 84'005, 84'006, std::nullopt, 90'000, 84'006}),
                  contracts({"a", "a"}, {20'000, 0}, {2'932'896, 84'006}));  // open from 9999-01-01 on
  };
  const Lines usage{"at before 1980 1 from 0: 1979-12-31", "at the eighties 2 from 1: 1980-01-01",
                    "known after 2200 2 from 0: 2200-01-01"};
  const auto ledger = extended(model, nullptr, given());
  EXPECT_EQ(far_times(model, *ledger, "usage"), usage);
  EXPECT_EQ(far_times(model, *ledger, "contracts"),
            (Lines{"begins before 1980 1 from 1: 1970-01-01", "ends after 2200 1 from 1: 2200-01-01"}));
  const auto late = extended(model, nullptr, inputs(usage_known({"a"}, {7305}, {84'006})));
  const auto both = extended(model, late.get(), given());
  EXPECT_EQ(far_times(model, *both, "usage"),
            (Lines{"at before 1980 1 from 1: 1979-12-31", "at the eighties 2 from 2: 1980-01-01",
                   "known after 2200 3 from 0: 2200-01-01"}));
}

TEST(FarTimes, are_found_in_any_block_of_rows) {
  const model::Model model = model::Model::parse(kListed);
  constexpr std::size_t kRows = 300'000;
  for (const std::size_t place :
       {std::size_t{0}, std::size_t{2047}, std::size_t{2048}, std::size_t{131'072}, kRows - 1}) {
    Ints at(kRows, 20'000);
    at[place] = 100'000;
    const auto ledger = extended(model, nullptr, inputs(rows(Words(kRows, "a"), at)));
    EXPECT_EQ(far_times(model, *ledger, "usage"),
              Lines{"at after 2200 1 from " + std::to_string(place) + ": 2243-10-17"});
  }
}

TEST(Quality, tells_a_table_without_a_row_from_one_that_was_not_given) {
  const model::Model model = model::Model::parse(kListed);
  const auto before = extended(model, nullptr, inputs(rows({}, {})));
  EXPECT_EQ(findings(model, *before, "usage"), Lines{"no_rows 0 from -1"});
  EXPECT_EQ(findings(model, *before, "accounts"), Lines{"table_not_given 0 from -1"});
  const auto after = extended(model, before.get(), inputs(rows({"a"}, {1}), accounts({"a"})), Strictness::all);
  EXPECT_EQ(findings(model, *after, "usage"), Lines{});
  const auto nobody = extended(model, nullptr, inputs(rows({std::nullopt}, {1})));
  EXPECT_EQ(findings(model, *nobody, "usage"), Lines{"null_account 1 from 0"});
}

TEST(Keys, of_integers_and_floats_are_one_number_line) {
  const model::Model model = model::Model::parse(
      R"({"format": 1, "tables": {"t": {"kind": "events", "account": "id", "time": "at", "key": "k"}},
          "metrics": {"n": {"from": "t", "agg": "count"}}})");
  const auto keyed = [](const char* id, TestColumn keys) {
    return inputs(input("t", {"id", "at", "k"}, texts({id, id}), days({1, 2}), std::move(keys)));
  };
  const auto whole = extended(model, nullptr, keyed("old", integers({7, 8})));
  const auto first =
      key_in_accounts(model, *extended(model, whole.get(), keyed("new", numbers({7.0, 8.5}))), 0, Watch{});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->rows, 1);
  EXPECT_EQ(first->first_row, 2);
  EXPECT_EQ(first->example, "key 7 in accounts old and new");
  const auto apart = extended(model, whole.get(), keyed("new", numbers({7.5, -7.0})));
  EXPECT_FALSE(key_in_accounts(model, *apart, 0, Watch{}));
  const auto fractions = extended(model, nullptr, keyed("old", numbers({0.5, -0.0})));
  const auto zeros =
      key_in_accounts(model, *extended(model, fractions.get(), keyed("new", integers({0, 4}))), 0, Watch{});
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros->rows, 1);
}

TEST(MergeFindings, adds_rows_of_the_same_check) {
  std::vector<Finding> all = {{Finding::Check::null_time, 2, 4, ""}};
  merge_findings(all, {{Finding::Check::orphans, 1, 9, "x"}, {Finding::Check::null_time, 3, 11, ""}});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].rows, 5);
  EXPECT_EQ(all[0].first_row, 4);
  EXPECT_EQ(all[1].example, "x");
}

std::string refused(Strictness strictness, TableInput usage, TableInput accounts) {
  const model::Model model = model::Model::parse(kListed);
  return refusal([&] { (void)extended(model, nullptr, inputs(std::move(usage), std::move(accounts)), strictness); });
}

TEST(Strictness, refuses_rows_that_cannot_be_right_and_says_which) {
  EXPECT_EQ(refused(Strictness::rows, rows({"a", std::nullopt, std::nullopt}, {1, 1, 1}), accounts({"a"})),
            "usage.id[1]: 2 rows without an account; strict refuses them");
  EXPECT_EQ(refused(Strictness::rows, rows({"a", "a"}, {1, std::nullopt}), accounts({"a"})),
            "usage.at[1]: 1 rows without a time; strict refuses them");
  EXPECT_EQ(refused(Strictness::rows, rows({"a"}, {1}), accounts({"b", "a", "a"})),
            "accounts.id[1] (account a): 1 rows that repeat an account, and no `known` tells which counts; "
            "strict refuses them");
}

TEST(Strictness, refuses_orphans_only_when_all_is_asked_for) {
  EXPECT_EQ(refused(Strictness::rows, rows({"a", "z"}, {1, 1}), accounts({"a"})), "");
  EXPECT_EQ(refused(Strictness::all, rows({"a", "z"}, {1, 1}), accounts({"a"})),
            "usage.id[1] (account z): 1 rows of accounts that the accounts table does not have; strict refuses them");
  EXPECT_EQ(refused(Strictness::all, rows({"a"}, {1}), accounts({"a"})), "");
}

TEST(Strictness, refuses_intervals_and_events_out_of_order_with_an_example) {
  const model::Model model = model::Model::parse(kEverything);
  const auto strictly = [&](TableInput table) {
    return refusal(
        [&] { (void)extended(model, nullptr, inputs(segments({"a"}), std::move(table)), Strictness::rows); });
  };
  EXPECT_EQ(strictly(contracts({"a", "a"}, {1, 3}, {2, 3})), "");
  EXPECT_EQ(strictly(contracts({"a", "a"}, {1, 3}, {2, 2})),
            "contracts.ends[1] (begins 1970-01-04, ends 1970-01-03): 1 intervals that end before they start; "
            "strict refuses them");
  EXPECT_EQ(strictly(usage_known({"a"}, {3}, {2})),
            "usage.known[0] (at 1970-01-04, known 1970-01-03): 1 rows that were known before they happened; "
            "strict refuses them");
  EXPECT_EQ(strictly(contracts({"a"}, {1}, {std::nullopt})), "");
}

}  // namespace
}  // namespace customerhealth::ledger
