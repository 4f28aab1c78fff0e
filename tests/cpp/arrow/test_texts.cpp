#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "arrow/arrays.hpp"
#include "customerhealth/common/errors.hpp"

namespace customerhealth::arrow {
namespace {

using namespace arrays;

constexpr auto kNull = std::nullopt;
const Texts kSome{"", kNull, "twelve bytes", "thirteen byte", "é", kNull, std::string(5000, 'x')};
const std::vector<ArrowType> kTextTypes{NANOARROW_TYPE_STRING, NANOARROW_TYPE_LARGE_STRING, NANOARROW_TYPE_STRING_VIEW};

std::string message(const std::function<void()>& act) {
  try {
    act();
  } catch (const DataError& error) {
    EXPECT_EQ(error.table(), "usage");
    EXPECT_EQ(error.column(), "v");
    return error.what();
  }
  return "nothing was thrown";
}

TEST(TextColumns, of_every_layout_tell_null_from_empty) {
  for (const ArrowType type : kTextTypes) {
    const ColumnChunk chunk = chunk_of(texts(type, kSome));
    EXPECT_EQ(chunk.kind(), SourceKind::text);
    EXPECT_FALSE(chunk.is_dictionary());
    EXPECT_EQ(texts(chunk), kSome) << ArrowTypeString(type);
  }
}

TEST(TextColumns, that_are_all_empty_need_no_data) {
  for (const ArrowType type : {NANOARROW_TYPE_STRING, NANOARROW_TYPE_LARGE_STRING}) {
    TestColumn column = texts(type, {"", ""});
    column.array->buffers[2] = nullptr;
    EXPECT_EQ(texts(chunk_of(std::move(column))), (Texts{"", ""}));
  }
}

TEST(TextColumns, are_read_from_any_row_of_a_slice) {
  Texts values;
  for (int i = 0; i < 3000; ++i) values.push_back(i % 11 == 0 ? std::optional<std::string>{} : std::to_string(i * i));
  for (const ArrowType type : kTextTypes) {
    TestColumn column = texts(type, values);
    column.array->offset = 5;
    column.array->length = 2990;
    const ColumnChunk chunk = chunk_of(std::move(column));
    std::vector<std::string_view> out(2500);
    chunk.texts(100, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto& expected = values[105 + i];
      ASSERT_EQ(out[i].data() != nullptr, expected.has_value());
      ASSERT_EQ(out[i], expected.value_or("")) << i;
    }
  }
}

TEST(TextColumns, whose_offsets_run_backwards_are_refused) {
  TestColumn column = texts(NANOARROW_TYPE_STRING, {"ab", "cd", "ef"});
  buffer<std::int32_t>(column.array.get(), 1)[1] = 5;
  const ColumnChunk chunk = chunk_of(std::move(column));
  EXPECT_EQ(message([&] { texts(chunk); }),
            "usage.v[1]: malformed Arrow array: its text offsets run backwards or out of the data");
}

TEST(TextColumns, whose_offsets_leave_the_data_are_refused) {
  for (const std::int64_t wild : {std::int64_t{-7}, std::int64_t{1} << 40}) {
    TestColumn column = texts(NANOARROW_TYPE_LARGE_STRING, {"ab", "cd", "ef"});
    buffer<std::int64_t>(column.array.get(), 1)[2] = wild;
    const ColumnChunk chunk = chunk_of(std::move(column));
    EXPECT_NE(message([&] { texts(chunk); }).find("usage.v[1]: malformed Arrow array"), std::string::npos);
  }
  TestColumn ends = texts(NANOARROW_TYPE_STRING, {"ab"});
  buffer<std::int32_t>(ends.array.get(), 1)[1] = -1;
  EXPECT_NE(message([&] { chunk_of(std::move(ends)); }).find("Expected last offset >= 0"), std::string::npos);
}

TEST(TextColumns, whose_views_leave_their_data_are_refused) {
  const std::string text = "longer than twelve bytes";
  const auto with = [&](const std::function<void(ArrowBinaryView&)>& spoil) {
    TestColumn column = texts(NANOARROW_TYPE_STRING_VIEW, {"short", text});
    spoil(buffer<ArrowBinaryView>(column.array.get(), 1)[1]);
    const ColumnChunk chunk = chunk_of(std::move(column));
    return message([&] { texts(chunk); });
  };
  const std::string outside = "usage.v[1]: malformed Arrow array: a string view points out of its data";
  EXPECT_EQ(with([](ArrowBinaryView& view) { view.ref.buffer_index = 1; }), outside);
  EXPECT_EQ(with([](ArrowBinaryView& view) { view.ref.buffer_index = -1; }), outside);
  EXPECT_EQ(with([](ArrowBinaryView& view) { view.ref.offset = 1; }), outside);
  EXPECT_EQ(with([](ArrowBinaryView& view) { view.ref.offset = -1; }), outside);
  EXPECT_EQ(with([](ArrowBinaryView& view) { view.ref.size = INT32_MAX; }), outside);
  EXPECT_NE(with([](ArrowBinaryView& view) { view.ref.size = -1; }).find("shorter than nothing"), std::string::npos);
}

TEST(TextColumns, that_are_null_may_hold_any_view) {
  TestColumn column = texts(NANOARROW_TYPE_STRING_VIEW, {"short", kNull});
  buffer<ArrowBinaryView>(column.array.get(), 1)[1].ref = {99, {}, 99, 99};
  EXPECT_EQ(texts(chunk_of(std::move(column))), (Texts{"short", kNull}));
}

const std::vector<ArrowType> kIndexTypes{NANOARROW_TYPE_INT8,   NANOARROW_TYPE_UINT8, NANOARROW_TYPE_INT16,
                                         NANOARROW_TYPE_UINT16, NANOARROW_TYPE_INT32, NANOARROW_TYPE_UINT32,
                                         NANOARROW_TYPE_INT64,  NANOARROW_TYPE_UINT64};

TEST(Dictionaries, of_every_index_type_and_layout_give_texts) {
  for (const ArrowType index : kIndexTypes) {
    for (const ArrowType type : kTextTypes) {
      const ColumnChunk chunk =
          chunk_of(dictionary(index, {2, 0, kNull, 1, 2}, texts(type, {"a", kNull, "long as it gets"})));
      EXPECT_EQ(chunk.kind(), SourceKind::text);
      EXPECT_EQ(texts(chunk), (Texts{"long as it gets", "a", kNull, kNull, "long as it gets"}));
      ASSERT_TRUE(chunk.is_dictionary());
      ASSERT_EQ(chunk.dictionary_size(), 3);
      std::vector<std::string_view> values(3);
      chunk.dictionary_texts(values);
      EXPECT_EQ(values[0], "a");
      EXPECT_EQ(values[1].data(), nullptr);
      std::vector<std::int32_t> indices(4);
      chunk.dictionary_indices(1, indices);
      EXPECT_EQ(indices, (std::vector<std::int32_t>{0, -1, 1, 2}));
    }
  }
}

TEST(Dictionaries, of_other_values_are_what_their_values_are) {
  const ColumnChunk whole =
      chunk_of(dictionary(NANOARROW_TYPE_INT8, {1, kNull, 0, 2}, ints(NANOARROW_TYPE_UINT16, {5, 65535, kNull})));
  EXPECT_EQ(whole.kind(), SourceKind::integer);
  EXPECT_TRUE(whole.is_unsigned());
  EXPECT_TRUE(whole.has_nulls());
  EXPECT_FALSE(whole.is_dictionary());
  EXPECT_EQ(integers(whole), (Ints{65535, kNull, 5, kNull}));
  EXPECT_EQ(numbers(whole)[0], 65535.0);
  EXPECT_EQ(chunk_of(dictionary(NANOARROW_TYPE_INT64, {0}, ints(NANOARROW_TYPE_INT64, {5}))).plain_int64(), nullptr);
  const ColumnChunk truth = chunk_of(dictionary(NANOARROW_TYPE_INT8, {1, 0}, ints(NANOARROW_TYPE_BOOL, {0, 1})));
  EXPECT_EQ(truths(truth), (std::vector<int>{1, 0}));
  EXPECT_EQ(numbers(truth)[0], 1.0);
  const ColumnChunk nothing =
      chunk_of(dictionary(NANOARROW_TYPE_INT8, {0},
                          build(plain(NANOARROW_TYPE_NA), [](ArrowArray* a) { ok(ArrowArrayAppendNull(a, 1)); })));
  EXPECT_EQ(nothing.kind(), SourceKind::null);
  EXPECT_EQ(texts(nothing), (Texts{kNull}));
}

TEST(Dictionaries, with_values_that_start_late_are_read_from_there) {
  TestColumn values = texts(NANOARROW_TYPE_STRING, {"not seen", "a", kNull, "c"});
  values.array->offset = 1;
  values.array->length = 3;
  EXPECT_EQ(texts(chunk_of(dictionary(NANOARROW_TYPE_INT8, {0, 1, 2}, std::move(values)))), (Texts{"a", kNull, "c"}));
}

TEST(Dictionaries, with_an_index_outside_are_refused) {
  for (const std::int64_t wild : {-1, 2, 127}) {
    const ColumnChunk chunk =
        chunk_of(dictionary(NANOARROW_TYPE_INT8, {0, kNull, wild}, texts(NANOARROW_TYPE_STRING, {"a", "b"})));
    EXPECT_EQ(message([&] { texts(chunk); }),
              "usage.v[2]: malformed Arrow array: an index is outside its dictionary of 2 values");
    std::vector<std::int32_t> out(3);
    EXPECT_NE(message([&] { chunk.dictionary_indices(0, out); }), "nothing was thrown");
  }
}

TEST(Dictionaries, with_null_indices_may_hold_any_index_there) {
  TestColumn column = dictionary(NANOARROW_TYPE_INT8, {0, kNull}, texts(NANOARROW_TYPE_STRING, {"a"}));
  buffer<std::int8_t>(column.array.get(), 1)[1] = 77;
  EXPECT_EQ(texts(chunk_of(std::move(column))), (Texts{"a", kNull}));
  EXPECT_EQ(texts(chunk_of(dictionary(NANOARROW_TYPE_INT8, {kNull}, texts(NANOARROW_TYPE_STRING, {})))),
            (Texts{kNull}));
}

TEST(Dictionaries, that_lie_in_one_place_are_one) {
  TestColumn first = batch_of(dictionary(NANOARROW_TYPE_INT8, {0}, texts(NANOARROW_TYPE_STRING, {"a", "b"})));
  TestColumn second = batch_of(dictionary(NANOARROW_TYPE_INT8, {1}, texts(NANOARROW_TYPE_STRING, {"a", "b"})));
  TestColumn third = batch_of(dictionary(NANOARROW_TYPE_INT8, {1}, texts(NANOARROW_TYPE_STRING, {"a", "b"})));
  ArrowArray* again = second.array->children[0]->dictionary;
  for (int i = 0; i < 3; ++i) again->buffers[i] = first.array->children[0]->dictionary->buffers[i];
  std::vector<TestColumn> batches;
  batches.push_back(std::move(first));
  batches.push_back(std::move(second));
  batches.push_back(std::move(third));
  const ArrowTable table = read(std::move(batches));
  ASSERT_EQ(table.chunks(0).size(), 3U);
  EXPECT_EQ(table.chunks(0)[0].dictionary_id(), table.chunks(0)[1].dictionary_id());
  EXPECT_NE(table.chunks(0)[0].dictionary_id(), table.chunks(0)[2].dictionary_id());
  EXPECT_EQ(texts(table.chunks(0)[1]), (Texts{"b"}));
}

TEST(TextColumns, are_read_by_many_threads_at_once) {
  Texts values;
  for (int i = 0; i < 5000; ++i) values.push_back("row " + std::to_string(i));
  const ColumnChunk chunk = chunk_of(texts(NANOARROW_TYPE_STRING, values));
  std::vector<std::string_view> out(values.size());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 5; ++t) {
    threads.emplace_back(
        [&, t] { chunk.texts(static_cast<std::int64_t>(t * 1000), std::span{out}.subspan(t * 1000, 1000)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], *values[i]);
}

}  // namespace
}  // namespace customerhealth::arrow
