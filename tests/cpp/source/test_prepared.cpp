#include <gtest/gtest.h>

#include "arrow/arrays.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/source/prepared.hpp"

namespace customerhealth::source {
namespace {

using arrays::Ints;
using arrays::TestColumn;
using arrays::Texts;

/// A model of one table, whose account and time are `id` and `at`, with these keys too.
model::Model model_of(const std::string& keys) {
  return model::Model::parse(R"({"format": 1, "tables": {"usage": {"kind": "events", "account": "id", "time": "at", )" +
                             keys + "}}}");
}

template <class... Columns>
std::vector<TestColumn> columns(Columns&&... each) {
  std::vector<TestColumn> all;
  (all.push_back(std::forward<Columns>(each)), ...);
  return all;
}

TestColumn ids(const Texts& values) { return arrays::texts(NANOARROW_TYPE_STRING, values); }
TestColumn days(Ints values) {
  for (auto& value : values) {
    if (value) *value *= 86'400'000'000;
  }
  return arrays::ints(arrays::timestamp(NANOARROW_TIME_UNIT_MICRO), values);
}

/// What is made of one record batch.
Prepared prepared(const model::Model& model, const std::vector<std::string>& names, std::vector<TestColumn> all,
                  std::int64_t rows_before = 0) {
  const auto table = arrays::read(arrays::batch_of(names, std::move(all)), model.tables[0].source.columns);
  Watch watch;
  std::optional<Prepared> out;
  run(Threads::resolve(2), watch, [&] { out = prepare(model.tables[0], table, rows_before, watch); });
  return *std::move(out);
}

arrow::ColumnChunk chunk(const Prepared& prepared, const std::string& column) {
  return prepared.table.chunks(*prepared.table.find(column)).at(0);
}

template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Prepare, passes_a_table_without_keys_through) {
  const model::Model model = model_of(R"j("types": {"x": "number"})j");
  const auto out =
      prepared(model, {"id", "at", "x"}, columns(ids({"a"}), days({1}), arrays::ints(NANOARROW_TYPE_INT8, {3})));
  EXPECT_TRUE(out.places.empty());
  EXPECT_EQ(out.table.type_name(2), "int8");
}

TEST(Prepare, works_out_columns_in_the_order_of_their_needs) {
  const model::Model model =
      model_of(R"j("columns": {"a": "b + 1", "b": "c * 2", "c": "number(amount)", "who": "lower(trim(id))"})j");
  const auto out = prepared(model, {"id", "at", "amount"},
                            columns(ids({" ACME ", "Zeta", std::nullopt}), days({1, 2, 3}), ids({" 2.5", "x", "1e1"})));
  EXPECT_EQ(arrays::numbers(chunk(out, "a")), (std::vector<std::optional<double>>{6, std::nullopt, 21}));
  EXPECT_EQ(arrays::texts(chunk(out, "who")), (Texts{"acme", "zeta", std::nullopt}));
  EXPECT_EQ(arrays::texts(chunk(out, "id")), (Texts{" ACME ", "Zeta", std::nullopt}));
}

TEST(Prepare, leaves_out_rows_for_which_where_is_not_true) {
  const model::Model model = model_of(R"j("where": "kind = 'paid' and n > 1", "types": {"n": "number"})j");
  const auto out =
      prepared(model, {"id", "at", "kind", "n"},
               columns(ids({"a", "b", "c", "d"}), days({1, 2, 3, 4}), ids({"paid", "free", std::nullopt, "paid"}),
                       arrays::ints(NANOARROW_TYPE_INT64, {2, 2, 2, 3})));
  EXPECT_EQ(std::vector(out.places.span().begin(), out.places.span().end()), (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(arrays::texts(chunk(out, "id")), (Texts{"a", "d"}));
  EXPECT_EQ(arrays::micros(chunk(out, "at")), (Ints{86'400'000'000, 4 * 86'400'000'000}));
  EXPECT_EQ(out.numbers(10)(1), 13);
}

TEST(Prepare, takes_a_formula_of_one_name_for_that_column) {
  const model::Model model = model_of(R"j("columns": {"big": "n"})j");
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  const auto out =
      prepared(model, {"id", "at", "n"}, columns(ids({"a"}), days({1}), arrays::ints(NANOARROW_TYPE_INT64, {large})));
  EXPECT_EQ(arrays::integers(chunk(out, "big")), (Ints{large}));
}

TEST(Prepare, cuts_by_characters) {
  const model::Model model = model_of(R"j("columns": {"short": "left(id, 2)", "none": "left(id, 0)"})j");
  const auto out = prepared(model, {"id", "at"}, columns(ids({"äöü", "x", ""}), days({1, 2, 3})));
  EXPECT_EQ(arrays::texts(chunk(out, "short")), (Texts{"äö", "x", ""}));
  EXPECT_EQ(arrays::texts(chunk(out, "none")), (Texts{"", "", ""}));
}

TEST(Prepare, keeps_texts_of_many_stripes_apart) {
  const model::Model model = model_of(R"j("columns": {"up": "lower(id)"}, "where": "id != 'X7'")j");
  Texts names;
  Ints at;
  for (std::int64_t i = 0; i < 200'000; ++i) {
    names.emplace_back("X" + std::to_string(i % 70'000));
    at.emplace_back(1);
  }
  const auto out = prepared(model, {"id", "at"}, columns(ids(names), days(at)));
  EXPECT_EQ(out.table.rows(), 200'000 - 3);
  std::size_t row = 0;
  for (const arrow::ColumnChunk& part : out.table.chunks(*out.table.find("up"))) {
    for (const auto& text : arrays::texts(part)) {
      const std::int64_t place = out.places[row++];
      ASSERT_EQ(*text, "x" + std::to_string(place % 70'000));
    }
  }
}

TEST(Prepare, refuses_a_name_that_the_source_has_too) {
  const model::Model model = model_of(R"j("columns": {"plan": "lower(tier)"})j");
  EXPECT_EQ(
      refusal([&] {
        prepared(model, {"id", "at", "tier", "plan"}, columns(ids({"a"}), days({1}), ids({"x"}), ids({"y"})));
      }),
      "usage: the model derives a column 'plan', and the table has one of that name; give the derived one another "
      "name");
}

TEST(Prepare, says_what_a_formula_does_not_take) {
  const model::Model model = model_of(R"j("columns": {"plan": "lower(tier)"})j");
  EXPECT_NE(refusal([&] {
              prepared(model, {"id", "at", "tier"},
                       columns(ids({"a"}), days({1}), arrays::ints(NANOARROW_TYPE_INT64, {1})));
            }).find("(usage.tier is a number)"),
            std::string::npos);
}

TEST(Prepare, takes_a_column_of_nothing_for_any_type) {
  const model::Model model = model_of(R"j("columns": {"plan": "lower(tier)"})j");
  const auto out = prepared(model, {"id", "at", "tier"},
                            columns(ids({"a"}), days({1}), arrays::doubles(NANOARROW_TYPE_DOUBLE, {std::nullopt})));
  EXPECT_EQ(out.table.kind(*out.table.find("plan")), arrow::SourceKind::text);
}

TEST(Prepare, refuses_text_that_is_no_utf8_unless_the_row_is_left_out) {
  const model::Model model = model_of(R"j("columns": {"plan": "lower(tier)"}, "where": "n > 0")j");
  const auto with = [&](std::int64_t n) {
    return refusal([&] {
      prepared(model, {"id", "at", "tier", "n"},
               columns(ids({"a"}), days({1}), ids({"\xe9"}), arrays::ints(NANOARROW_TYPE_INT64, {n})), 5);
    });
  };
  EXPECT_EQ(with(1).substr(0, 15), "usage.tier[5]: ");
  EXPECT_EQ(with(0), "");
}

}  // namespace
}  // namespace customerhealth::source
