#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "arrow/arrays.hpp"
#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/errors.hpp"

namespace customerhealth::arrow {
namespace {

using namespace arrays;

constexpr auto kNull = std::nullopt;
using Categories = std::vector<std::string>;

const std::vector<std::string> kAll{"account_id", "as_of", "score", "events", "grade", "at_risk"};

ResultColumn boolean_column(std::string name, std::uint8_t bits) {
  auto owned = std::make_shared<std::vector<std::uint8_t>>(1, bits);
  ResultColumn column;
  column.name = std::move(name);
  column.kind = ResultColumn::Kind::boolean;
  column.data = owned->data();
  column.owner = std::move(owned);
  return column;
}

ResultTable::Batch some_batch() {
  static const auto grades = std::make_shared<const Categories>(Categories{"red", "grün"});
  ResultTable::Batch batch;
  batch.rows = 3;
  batch.columns = {text_column("account_id", {"a", "", "é"}),
                   instant_column("as_of", {0, std::numeric_limits<std::int64_t>::min(), 5}),
                   number_column("score", {NAN, 1.5, -2}),
                   integer_column("events", {1, 2, 3}),
                   category_column("grade", {1, -1, 0}, grades),
                   boolean_column("at_risk", 0b101)};
  return batch;
}

std::shared_ptr<const ResultTable> some_table(int batches) {
  auto table = std::make_shared<ResultTable>();
  for (int i = 0; i < batches; ++i) table->batches.push_back(some_batch());
  table->metadata = {{"customerhealth", "sha256:1"}, {"version", "1"}};
  return table;
}

TEST(Results, hand_out_the_rows_of_a_column_from_one_on) {
  const ResultColumn texts = rows_of(text_column("account_id", {"a", "", "bcd", "e"}), 1);
  const auto* const offsets = static_cast<const std::int32_t*>(texts.offsets);
  const auto text = [&](std::size_t row) {
    return std::string{static_cast<const char*>(texts.data) + offsets[row],
                       static_cast<std::size_t>(offsets[row + 1] - offsets[row])};
  };
  EXPECT_EQ((Categories{text(0), text(1), text(2)}), (Categories{"", "bcd", "e"}));
  EXPECT_EQ(*static_cast<const std::int64_t*>(rows_of(integer_column("events", {1, 2, 3}), 2).data), 3);
  EXPECT_EQ(*static_cast<const double*>(rows_of(number_column("score", {0.5, 1.5}), 1).data), 1.5);
  const auto names = std::make_shared<const Categories>(Categories{"red"});
  EXPECT_EQ(*static_cast<const std::int32_t*>(rows_of(category_column("grade", {0, 0}, names), 1).data), 0);
}

TEST(Results, come_back_as_they_went_out) {
  nanoarrow::UniqueArrayStream stream;
  export_stream(some_table(2), *stream.get());
  const ArrowTable table = ArrowTable::read(*stream.get(), "panel", kAll);
  EXPECT_EQ(table.column_names(), kAll);
  EXPECT_EQ(table.rows(), 6);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(texts(table.chunks(0)[i]), (Texts{"a", "", "é"}));
    EXPECT_EQ(micros(table.chunks(1)[i]), (Ints{0, kNull, 5}));
    EXPECT_EQ(numbers(table.chunks(2)[i]), (std::vector<std::optional<double>>{kNull, 1.5, -2}));
    EXPECT_EQ(integers(table.chunks(3)[i]), (Ints{1, 2, 3}));
    EXPECT_EQ(texts(table.chunks(4)[i]), (Texts{"grün", kNull, "red"}));
    EXPECT_EQ(truths(table.chunks(5)[i]), (std::vector<int>{1, 0, 1}));
  }
  EXPECT_EQ(table.type_name(1), "timestamp[us, UTC]");
  EXPECT_EQ(table.type_name(4), "dictionary<values=string, indices=int32>");
  EXPECT_EQ(table.chunks(4)[0].dictionary_id(), table.chunks(4)[1].dictionary_id());
}

TEST(Results, are_lent_not_copied) {
  const auto table = some_table(1);
  nanoarrow::UniqueArrayStream stream;
  export_stream(table, *stream.get());
  nanoarrow::UniqueArray array;
  ASSERT_EQ(stream->get_next(stream.get(), array.get()), 0);
  for (std::int64_t i = 1; i < array->n_children; ++i) {
    EXPECT_EQ(array->children[i]->buffers[1], table->batches[0].columns[static_cast<std::size_t>(i)].data);
  }
  EXPECT_EQ(array->children[0]->buffers[1], table->batches[0].columns[0].offsets);
  EXPECT_EQ(array->children[0]->buffers[2], table->batches[0].columns[0].data);
}

TEST(Results, are_nullable_and_carry_their_metadata) {
  nanoarrow::UniqueArrayStream stream;
  export_stream(some_table(1), *stream.get());
  nanoarrow::UniqueSchema schema;
  ASSERT_EQ(stream->get_schema(stream.get(), schema.get()), 0);
  for (std::int64_t i = 0; i < schema->n_children; ++i) EXPECT_NE(schema->children[i]->flags & ARROW_FLAG_NULLABLE, 0);
  ArrowStringView value{};
  ok(ArrowMetadataGetValue(schema->metadata, ArrowCharView("customerhealth"), &value));
  EXPECT_EQ(std::string(value.data, static_cast<std::size_t>(value.size_bytes)), "sha256:1");
}

TEST(Results, pass_the_full_validation_of_nanoarrow) {
  nanoarrow::UniqueArrayStream stream;
  export_stream(some_table(2), *stream.get());
  ArrowError error{};
  EXPECT_EQ(ArrowBasicArrayStreamValidate(stream.get(), &error), NANOARROW_OK) << error.message;
}

TEST(Results, live_as_long_as_the_last_column_that_was_taken) {
  auto table = some_table(1);
  const std::weak_ptr<const void> score = table->batches[0].columns[2].owner;
  const std::weak_ptr<const void> events = table->batches[0].columns[3].owner;
  nanoarrow::UniqueArray taken;
  {
    nanoarrow::UniqueArrayStream stream;
    export_stream(std::move(table), *stream.get());
    nanoarrow::UniqueArray array;
    ASSERT_EQ(stream->get_next(stream.get(), array.get()), 0);
    ArrowArrayMove(array->children[2], taken.get());
  }
  EXPECT_TRUE(events.expired());
  ASSERT_FALSE(score.expired());
  EXPECT_EQ(static_cast<const double*>(taken->buffers[1])[1], 1.5);
  taken.reset();
  EXPECT_TRUE(score.expired());
}

TEST(Results, can_be_exported_many_times) {
  const auto table = some_table(1);
  for (int i = 0; i < 3; ++i) {
    nanoarrow::UniqueArrayStream stream;
    export_stream(table, *stream.get());
    EXPECT_EQ(ArrowTable::read(*stream.get(), "panel", kAll).rows(), 3);
  }
  EXPECT_EQ(table.use_count(), 1);
}

TEST(Results, without_rows_or_owner_have_buffers_all_the_same) {
  auto table = std::make_shared<ResultTable>();
  ResultTable::Batch batch;
  batch.columns.resize(2);
  batch.columns[0].name = "score";
  batch.columns[1].name = "account_id";
  batch.columns[1].kind = ResultColumn::Kind::text;
  batch.columns[1].large_offsets = true;
  batch.columns.push_back(category_column("grade", std::vector<std::int32_t>{}, nullptr));
  table->batches.push_back(batch);
  nanoarrow::UniqueArrayStream stream;
  export_stream(table, *stream.get());
  nanoarrow::UniqueArray array;
  ASSERT_EQ(stream->get_next(stream.get(), array.get()), 0);
  EXPECT_NE(array->children[0]->buffers[1], nullptr);
  EXPECT_NE(array->children[1]->buffers[1], nullptr);
  EXPECT_NE(array->children[2]->dictionary->buffers[1], nullptr);
}

TEST(Results, whose_batches_differ_are_refused) {
  auto table = std::make_shared<ResultTable>(*some_table(2));
  nanoarrow::UniqueArrayStream stream;
  table->batches[1].columns[2].name = "other";
  EXPECT_THROW(export_stream(table, *stream.get()), Error);
  table->batches[1].columns.pop_back();
  EXPECT_THROW(export_stream(table, *stream.get()), Error);
  table->batches.clear();
  EXPECT_THROW(export_stream(table, *stream.get()), Error);
  EXPECT_EQ(stream->release, nullptr);
}

TEST(Results, that_miss_nothing_have_no_bitmap) {
  EXPECT_EQ(number_column("score", {1, 2}).valid, nullptr);
  EXPECT_EQ(number_column("score", {1, NAN}).null_count, 1);
}

TEST(Results, of_many_rows_keep_each_null_in_its_place) {
  std::vector<double> values;
  std::vector<std::int64_t> instants;
  std::vector<std::int32_t> indices;
  std::vector<std::string> words;
  for (int i = 0; i < 75; ++i) {
    values.push_back(i % 7 == 3 ? NAN : i / 2.0);
    instants.push_back(i % 9 == 8 ? std::numeric_limits<std::int64_t>::min() : 1000 * i);
    indices.push_back(i % 5 == 0 ? -1 : i % 3);
    words.push_back(std::string(static_cast<std::size_t>(i % 4), static_cast<char>('a' + i % 26)));
  }
  const auto names = std::make_shared<const Categories>(Categories{"x", "", "z"});
  auto table = std::make_shared<ResultTable>();
  table->batches.push_back({75,
                            {number_column("v", values), instant_column("t", instants),
                             category_column("c", indices, names), text_column("w", words)}});
  EXPECT_EQ(table->batches[0].columns[0].null_count, 11);
  EXPECT_EQ(table->batches[0].columns[1].null_count, 8);
  EXPECT_EQ(table->batches[0].columns[2].null_count, 15);
  nanoarrow::UniqueArrayStream stream;
  export_stream(table, *stream.get());
  const std::vector<std::string> all{"v", "t", "c", "w"};
  const ArrowTable read = ArrowTable::read(*stream.get(), "panel", all);
  const auto found_values = numbers(read.chunks(0)[0]);
  const Ints found_instants = micros(read.chunks(1)[0]);
  const Texts found_names = texts(read.chunks(2)[0]), found_words = texts(read.chunks(3)[0]);
  for (std::size_t i = 0; i < 75; ++i) {
    ASSERT_EQ(found_values[i], i % 7 == 3 ? std::optional<double>{} : values[i]) << i;
    ASSERT_EQ(found_instants[i], i % 9 == 8 ? std::optional<std::int64_t>{} : instants[i]) << i;
    ASSERT_EQ(found_names[i], i % 5 == 0 ? std::optional<std::string>{} : (*names)[i % 3]) << i;
    ASSERT_EQ(found_words[i], words[i]) << i;
  }
}

TEST(Results, of_decimals_keep_their_scale_and_all_their_bits) {
  const auto amounts = std::make_shared<const std::vector<std::int64_t>>(
      std::vector<std::int64_t>{1010, 0, -7, -1, 4, 1});  // low and high words: 10.10, -0.07 and 2^64 + 4 hundredths
  ResultColumn column;
  column.name = "mrr";
  column.kind = ResultColumn::Kind::decimal;
  column.scale = 2;
  column.data = amounts->data();
  column.owner = amounts;
  auto table = std::make_shared<ResultTable>();
  table->batches.push_back({3, {column}});
  table->batches.push_back({1, {column}});
  nanoarrow::UniqueArrayStream stream;
  export_stream(table, *stream.get());
  const std::vector<std::string> all{"mrr"};
  const ArrowTable read = ArrowTable::read(*stream.get(), "panel", all);
  EXPECT_EQ(read.type_name(0), "decimal128(38, 2)");
  EXPECT_EQ(numbers(read.chunks(0)[0]), (std::vector<std::optional<double>>{10.1, -0.07, 184467440737095516.2}));
  EXPECT_EQ(numbers(read.chunks(0)[1]), (std::vector<std::optional<double>>{10.1}));
  table->batches[1].columns[0].scale = 3;
  EXPECT_THROW(export_stream(table, *stream.get()), Error);
}

TEST(Bitmaps, have_a_bit_a_row_and_zeros_after_the_last) {
  const auto odd = [](std::size_t i) { return i % 2 == 1; };
  EXPECT_EQ(make_bitmap(0, odd), std::vector<std::uint8_t>{});
  EXPECT_EQ(make_bitmap(8, odd), std::vector<std::uint8_t>{0xAA});
  EXPECT_EQ(make_bitmap(10, odd), (std::vector<std::uint8_t>{0xAA, 0x02}));
  EXPECT_EQ(make_bitmap(9, [](std::size_t) { return true; }), (std::vector<std::uint8_t>{0xFF, 0x01}));
}

}  // namespace
}  // namespace customerhealth::arrow
