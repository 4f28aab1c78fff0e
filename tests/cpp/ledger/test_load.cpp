#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/models.hpp"
#include "load.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

std::string mismatch(const std::vector<std::string>& names, std::vector<TestColumn> all, const char* table = "usage") {
  const model::Model model = model::Model::parse(kEverything);
  const model::TableSpec& spec = model.tables[model.find_table(table)->place()];
  const arrow::ArrowTable read = table_of(table, names, std::move(all));
  return refusal([&] { (void)match_columns(spec, read); });
}

TEST(MatchColumns, finds_columns_wherever_they_stand) {
  const model::Model model = model::Model::parse(kUsage);
  const arrow::ArrowTable table = table_of("usage", {"feature", "extra", "at", "id"},
                                           columns(texts({"x"}), integers({1}), days({1}), texts({"a"})));
  const auto found = match_columns(model.tables[0], table);
  ASSERT_EQ(found.size(), model.tables[0].columns.size());
  for (std::size_t c = 0; c < found.size(); ++c) {
    EXPECT_EQ(table.column_names()[found[c]], model.tables[0].columns[c]);
  }
}

TEST(MatchColumns, names_the_nearest_of_the_columns_there_are) {
  EXPECT_EQ(mismatch({"id", "begin", "ends"}, columns(texts({}), days({}), days({})), "contracts"),
            "contracts: the model needs a column 'begins', the table has none; did you mean 'begin'?");
}

TEST(MatchColumns, takes_only_types_that_a_role_can_use) {
  EXPECT_EQ(mismatch({"id", "begins", "ends"}, columns(texts({"a"}), days({1}), texts({"x"})), "contracts"), "");
  EXPECT_EQ(mismatch({"id", "begins", "ends"}, columns(texts({"a"}), days({1}), numbers({2})), "contracts"),
            "contracts.ends: end needs dates, timestamps or texts in ISO form, this column is double");
  EXPECT_EQ(mismatch({"id", "begins", "ends"}, columns(texts({"a"}), integers({1}), days({2})), "contracts"),
            "contracts.begins: start needs dates, timestamps or texts in ISO form, this column is int64");
  const std::vector<std::string> names = {"id", "at", "known", "k", "gone", "amount", "price", "feature", "due"};
  const auto with = [&](TestColumn known, TestColumn gone) {
    return columns(texts({"a"}), days({1}), std::move(known), texts({"k"}), std::move(gone), integers({1}),
                   numbers({1}), texts({"f"}), days({1}));
  };
  EXPECT_EQ(mismatch(names, with(days({1}), truths({1}))), "");
  EXPECT_EQ(mismatch(names, with(nulls(1), nulls(1))), "");
  EXPECT_EQ(mismatch(names, with(integers({1}), truths({1}))),
            "usage.known: known needs dates, timestamps or texts in ISO form, this column is int64");
  EXPECT_EQ(mismatch(names, with(days({1}), days({1}))),
            "usage.gone: deleted needs booleans, 1 and 0, or texts such as true and no, this column is "
            "timestamp[us]");
  EXPECT_EQ(mismatch(names, with(numbers({std::nullopt}), days({std::nullopt}))), "");
  EXPECT_EQ(mismatch(names, with(truths({std::nullopt}), texts({std::nullopt}))), "");
}

/// The only segment of a portfolio of one table.
const Segment& segment_of(const Ledger& ledger) { return *ledger.tables[0].segments.at(0); }
const ColumnView column(const model::Model& model, const Ledger& ledger, const std::string& name) {
  const auto& names = model.tables[0].columns;
  const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  return view_of(segment_of(ledger).columns[at]);
}

TEST(Load, brings_each_account_into_the_order_of_time_ties_as_they_came) {
  const model::Model model = model::Model::parse(kUsage);
  const auto ledger =
      extended(model, nullptr, inputs(usage({"b", "a", "b", "b", "a"}, {2, 5, 1, 1, 6}, {"v", "w", "x", "y", "z"})));
  const Segment& segment = segment_of(*ledger);
  EXPECT_EQ(segment.begins, (std::vector<std::int64_t>{0, 2, 5}));
  EXPECT_EQ(segment.first_rows, (std::vector<std::int64_t>{1, 0}));
  std::string features;
  for (std::size_t row = 0; row < 5; ++row) features += cell(column(model, *ledger, "feature"), row, *ledger->texts);
  EXPECT_EQ(features, "'w''z''x''y''v'");
  EXPECT_EQ(std::vector(segment.arrival.span().begin(), segment.arrival.span().end()),
            (std::vector<std::uint32_t>{0, 1, 1, 2, 0}));
}

TEST(Load, keeps_no_order_of_arrival_where_times_ascend) {
  const model::Model model = model::Model::parse(kUsage);
  const auto ledger = extended(model, nullptr, inputs(usage({"b", "a", "b"}, {1, 5, 1}, {"x", "y", "z"})));
  EXPECT_TRUE(segment_of(*ledger).arrival.empty());
}

TEST(Load, gives_a_column_of_nulls_no_type) {
  const model::Model model = model::Model::parse(kUsage);
  const auto ledger = extended(model, nullptr, inputs(usage({"a", "b"}, {1, 2}, Words(2))));
  EXPECT_TRUE(std::holds_alternative<MissingView>(column(model, *ledger, "feature")));
  for (const Type type : ledger->tables[0].types) EXPECT_TRUE(type == Type::any || type == Type::instant);
}

TEST(Load, gives_equal_segments_whatever_the_number_of_threads) {
  const model::Model model = model::Model::parse(kUsage);
  Words ids, features;
  Ints at;
  for (int i = 0; i < 140'000; ++i) {
    ids.push_back(std::to_string(i * 7919 % 6007));
    features.push_back(i % 9 == 0 ? std::nullopt : std::optional{std::to_string(i * 31 % 1000)});
    at.push_back(std::int64_t{i} * 104'729 % 700);
  }
  const auto one = extended(model, nullptr, inputs(usage(ids, at, features)), Strictness::lenient, 1);
  for (const int threads : {2, 7}) {
    const auto many = extended(model, nullptr, inputs(usage(ids, at, features)), Strictness::lenient, threads);
    EXPECT_EQ(segment_of(*many).begins, segment_of(*one).begins);
    EXPECT_EQ(segment_of(*many).first_rows, segment_of(*one).first_rows);
    EXPECT_TRUE(std::ranges::equal(segment_of(*many).arrival.span(), segment_of(*one).arrival.span()));
    for (const char* name : {"at", "feature"}) {
      const ColumnView a = column(model, *one, name), b = column(model, *many, name);
      for (std::size_t row = 0; row < ids.size(); row += 7) {
        ASSERT_EQ(cell(a, row, *one->texts), cell(b, row, *many->texts));
      }
    }
  }
}

}  // namespace
}  // namespace customerhealth::ledger
