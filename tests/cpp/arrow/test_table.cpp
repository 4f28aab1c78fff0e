#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "arrow/arrays.hpp"
#include "customerhealth/common/errors.hpp"

namespace customerhealth::arrow {
namespace {

using namespace arrays;

constexpr auto kNull = std::nullopt;

std::string message(const std::function<void()>& act) {
  try {
    act();
  } catch (const DataError& error) {
    EXPECT_EQ(error.table(), "usage");
    return error.what();
  }
  return "nothing was thrown";
}

TestColumn some(const Ints& values) { return batch_of(ints(NANOARROW_TYPE_INT16, values)); }

template <class... Batches>
std::vector<TestColumn> all(Batches... batches) {
  std::vector<TestColumn> out;
  (out.push_back(std::move(batches)), ...);
  return out;
}

TEST(Tables, of_many_batches_leave_the_empty_ones_out) {
  const ArrowTable table = read(all(some({}), some({1, kNull}), some({}), some({3})));
  EXPECT_EQ(table.rows(), 3);
  ASSERT_EQ(table.chunks(0).size(), 2U);
  EXPECT_EQ(integers(table.chunks(0)[0]), (Ints{1, kNull}));
  EXPECT_EQ(integers(table.chunks(0)[1]), (Ints{3}));
}

TEST(Tables, without_rows_still_have_columns) {
  const TestColumn batch = some({});
  nanoarrow::UniqueArrayStream no_batch;
  nanoarrow::UniqueSchema schema;
  ok(ArrowSchemaDeepCopy(const_cast<ArrowSchema*>(batch.schema.get()), schema.get()));
  ok(ArrowBasicArrayStreamInit(no_batch.get(), schema.get(), 0));
  const ArrowTable table = ArrowTable::read(*no_batch.get(), "usage", kV);
  EXPECT_EQ(table.rows(), 0);
  EXPECT_EQ(table.find("v"), 0U);
  EXPECT_EQ(table.kind(0), SourceKind::integer);
  EXPECT_TRUE(table.chunks(0).empty());
  EXPECT_TRUE(read(some({})).chunks(0).empty());
}

TEST(Tables, find_only_wanted_columns) {
  std::vector<TestColumn> columns;
  columns.push_back(ints(NANOARROW_TYPE_UINT8, {1}));
  columns.push_back(texts(NANOARROW_TYPE_STRING, {"a"}));
  const ArrowTable table = read(batch_of({"a", "b"}, std::move(columns)), {"b", "c"});
  EXPECT_EQ(table.column_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(table.find("a"), std::nullopt);
  EXPECT_EQ(table.find("b"), 1U);
  EXPECT_EQ(table.find("c"), std::nullopt);
  EXPECT_EQ(table.kind(0), SourceKind::integer);
  EXPECT_TRUE(table.is_unsigned(0));
  EXPECT_EQ(table.rows(), 1);
}

TEST(Tables, with_two_wanted_columns_of_one_name_are_refused) {
  const auto twice = [](const std::vector<std::string>& wanted) {
    std::vector<TestColumn> columns;
    columns.push_back(ints(NANOARROW_TYPE_INT8, {1}));
    columns.push_back(ints(NANOARROW_TYPE_INT8, {2}));
    return read(batch_of({"v", "v"}, std::move(columns)), wanted).rows();
  };
  EXPECT_EQ(message([&] { twice({"v"}); }),
            "table 'usage' has two columns named 'v'; the model needs to know which one");
  EXPECT_EQ(twice({"w"}), 1);
}

TEST(Slices, of_a_batch_add_their_offset_to_that_of_the_columns) {
  TestColumn column = ints(NANOARROW_TYPE_INT64, {0, 1, kNull, 3, 4, kNull, 6, 7});
  column.array->offset = 2;
  column.array->length = 6;
  TestColumn batch = batch_of(std::move(column));
  batch.array->offset = 1;
  batch.array->length = 4;
  EXPECT_EQ(integers(read(std::move(batch)).chunks(0).at(0)), (Ints{3, 4, kNull, 6}));
}

TEST(Slices, that_leave_the_nulls_out_have_none) {
  TestColumn column = ints(NANOARROW_TYPE_INT64, {kNull, 1, 2, kNull});
  column.array->offset = 1;
  column.array->length = 2;
  column.array->null_count = -1;
  const ColumnChunk chunk = chunk_of(std::move(column));
  EXPECT_FALSE(chunk.has_nulls());
  ASSERT_NE(chunk.plain_int64(), nullptr);
  EXPECT_EQ(chunk.plain_int64()[0], 1);
}

TEST(Batches, with_null_rows_have_nulls_in_every_column) {
  const std::uint8_t rows = 0b1101'1011;  // of the struct: rows 2 and 5 are null
  const auto with_nulls = [&](TestColumn column) {
    TestColumn batch = batch_of(std::move(column));
    ok(ArrowBufferAppend(ArrowArrayBuffer(batch.array.get(), 0), &rows, 1));
    ok(ArrowArrayFinishBuilding(batch.array.get(), NANOARROW_VALIDATION_LEVEL_NONE, nullptr));
    batch.array->null_count = -1;
    batch.array->offset = 1;
    batch.array->length = 6;
    return read(std::move(batch)).chunks(0).at(0);
  };
  EXPECT_EQ(integers(with_nulls(ints(NANOARROW_TYPE_INT8, {0, 1, 2, 3, 4, 5, 6, 7}))),
            (Ints{1, kNull, 3, 4, kNull, 6}));
  EXPECT_EQ(integers(with_nulls(ints(NANOARROW_TYPE_INT8, {0, kNull, 2, 3, 4, 5, kNull, 7}))),
            (Ints{kNull, kNull, 3, 4, kNull, kNull}));
  EXPECT_EQ(texts(with_nulls(
                dictionary(NANOARROW_TYPE_INT8, {0, 1, 99, 1, 0, 99, 1, 0}, texts(NANOARROW_TYPE_STRING, {"a", "b"})))),
            (Texts{"b", kNull, "b", "a", kNull, "b"}));
}

TEST(Validity, that_is_not_there_means_no_nulls_even_when_nobody_counted) {
  TestColumn column = ints(NANOARROW_TYPE_INT8, {1, 2});
  column.array->null_count = -1;
  column.array->buffers[0] = nullptr;
  EXPECT_FALSE(chunk_of(std::move(column)).has_nulls());
  TestColumn lies = ints(NANOARROW_TYPE_INT8, {1, 2});
  lies.array->null_count = 1;
  lies.array->buffers[0] = nullptr;
  EXPECT_NE(message([&] { chunk_of(std::move(lies)); }).find("malformed Arrow array"), std::string::npos);
}

TEST(Types, that_we_do_not_read_are_unusable_and_named) {
  const auto named = [](const SetType& set_type) {
    const ArrowTable table = read(batch_of(build(set_type, [](ArrowArray*) {})));
    return std::string{to_string(table.kind(0))} + " " + table.type_name(0);
  };
  EXPECT_EQ(named(plain(NANOARROW_TYPE_BINARY)), "unusable binary");
  EXPECT_EQ(named(plain(NANOARROW_TYPE_INTERVAL_MONTHS)), "unusable interval_months");
  EXPECT_EQ(named([](ArrowSchema* s) {
              ok(ArrowSchemaSetTypeDateTime(s, NANOARROW_TYPE_DURATION, NANOARROW_TIME_UNIT_MILLI, nullptr));
            }),
            "unusable duration[ms]");
  EXPECT_EQ(named([](ArrowSchema* s) {
              ok(ArrowSchemaSetType(s, NANOARROW_TYPE_LIST));
              ok(ArrowSchemaSetType(s->children[0], NANOARROW_TYPE_INT64));
            }),
            "unusable list<item: int64>");
  EXPECT_EQ(named(timestamp(NANOARROW_TIME_UNIT_NANO, "UTC")), "instant timestamp[ns, UTC]");
  EXPECT_EQ(named(timestamp(NANOARROW_TIME_UNIT_SECOND)), "instant timestamp[s]");
  EXPECT_EQ(named(decimal(NANOARROW_TYPE_DECIMAL256, 50, -2)), "number decimal256(50, -2)");
  EXPECT_EQ(named(plain(NANOARROW_TYPE_NA)), "null null");
}

TEST(Types, of_dictionaries_are_those_of_their_values) {
  const ArrowTable texts_table =
      read(batch_of(dictionary(NANOARROW_TYPE_INT8, {0}, texts(NANOARROW_TYPE_LARGE_STRING, {"a"}))));
  EXPECT_EQ(texts_table.kind(0), SourceKind::text);
  EXPECT_EQ(texts_table.type_name(0), "dictionary<values=large_string, indices=int8>");
  const ArrowTable binary =
      read(batch_of(dictionary(NANOARROW_TYPE_INT8, {}, build(plain(NANOARROW_TYPE_BINARY), [](ArrowArray*) {}))));
  EXPECT_EQ(binary.kind(0), SourceKind::unusable);
}

TEST(Types, of_extensions_are_what_they_are_stored_as) {
  TestColumn column = ints(NANOARROW_TYPE_INT8, {1});
  nanoarrow::UniqueBuffer metadata;
  ok(ArrowMetadataBuilderInit(metadata.get(), nullptr));
  ok(ArrowMetadataBuilderAppend(metadata.get(), ArrowCharView("ARROW:extension:name"), ArrowCharView("arrow.bool8")));
  ok(ArrowSchemaSetMetadata(column.schema.get(), reinterpret_cast<const char*>(metadata->data)));
  EXPECT_EQ(integers(chunk_of(std::move(column))), (Ints{1}));
}

TEST(Types, that_nobody_knows_matter_only_to_who_wants_them) {
  TestColumn batch = some({1});
  ok(ArrowSchemaSetFormat(batch.schema->children[0], "?!"));
  const ArrowTable table = read(std::move(batch));
  EXPECT_EQ(table.kind(0), SourceKind::unusable);
  EXPECT_EQ(table.type_name(0), "unknown type '?!'");
  EXPECT_EQ(table.chunks(0).at(0).rows(), 1);
}

TEST(Schemas, that_are_no_table_are_refused) {
  TestColumn lone = ints(NANOARROW_TYPE_INT64, {1});
  EXPECT_EQ(message([&] { read(std::move(lone)); }),
            "table 'usage': expected a table (an Arrow struct of columns), got an array of type int64");
  TestColumn nameless = some({1});
  ok(ArrowSchemaSetFormat(nameless.schema.get(), nullptr));
  EXPECT_EQ(message([&] { read(std::move(nameless)); }), "table 'usage': its Arrow schema is empty");
  TestColumn hollow = some({1});
  ArrowSchemaRelease(hollow.schema->children[0]);
  EXPECT_EQ(message([&] { read(std::move(hollow)); }),
            "table 'usage': its Arrow schema is malformed: column 0 is not there");
  TestColumn no_format = some({1});
  ok(ArrowSchemaSetFormat(no_format.schema->children[0], nullptr));
  EXPECT_NE(message([&] { read(std::move(no_format)); }).find("column 0 is not there"), std::string::npos);
}

/// Reads a batch of one column after something was spoilt in it.
std::string after(const std::function<void(ArrowArray*)>& spoil) {
  TestColumn batch = batch_of(texts(NANOARROW_TYPE_STRING, {"ab", "c"}));
  spoil(batch.array.get());
  return message([&] { read(std::move(batch)); });
}

TEST(Arrays, that_lie_about_their_shape_are_refused) {
  const std::string column = "usage.v: malformed Arrow array in the record batch at row 0: ";
  const std::string whole = "usage: malformed Arrow array in the record batch at row 0: ";
  EXPECT_EQ(after([](ArrowArray* a) { a->length = 3; }), column + "its length is 2, its batch reaches to 3");
  EXPECT_EQ(after([](ArrowArray* a) { a->length = -1; }), whole + "its length is -1 and its offset 0");
  EXPECT_EQ(after([](ArrowArray* a) { a->offset = INT64_MAX; }).substr(0, whole.size()), whole);
  EXPECT_EQ(after([](ArrowArray* a) { a->null_count = 1; }), whole + "it has nulls but no validity bitmap");
  EXPECT_EQ(after([](ArrowArray* a) { a->children[0]->offset = -1; }).substr(0, column.size()), column);
  EXPECT_EQ(after([](ArrowArray* a) { a->children[0]->length = INT64_MAX; }).substr(0, column.size()), column);
  EXPECT_EQ(after([](ArrowArray* a) { a->children[0]->buffers[1] = nullptr; }).substr(0, column.size()), column);
  EXPECT_EQ(after([](ArrowArray* a) { a->children[0]->buffers[2] = nullptr; }).substr(0, column.size()), column);
  for (const std::int64_t buffers : {-1, 0, 2}) {
    EXPECT_EQ(after([&](ArrowArray* a) { a->children[0]->n_buffers = buffers; }),
              column + "expected 3 buffers, found " + std::to_string(buffers));
  }
}

TEST(Arrays, with_other_columns_than_their_schema_are_refused) {
  std::vector<TestColumn> columns;
  columns.push_back(ints(NANOARROW_TYPE_INT16, {1}));
  columns.push_back(ints(NANOARROW_TYPE_INT16, {1}));
  TestColumn one = some({1});
  TestColumn two = batch_of({"v", "w"}, std::move(columns));
  TestColumn mixed{std::move(one.schema), std::move(two.array)};
  EXPECT_NE(message([&] { read(std::move(mixed)); }).find("expected 1 columns, found 2"), std::string::npos);
}

TEST(Arrays, without_the_dictionary_of_their_schema_are_refused) {
  TestColumn with = batch_of(dictionary(NANOARROW_TYPE_INT16, {0}, texts(NANOARROW_TYPE_STRING, {"a"})));
  TestColumn without = some({0});
  std::swap(*with.array.get(), *without.array.get());
  EXPECT_NE(message([&] { read(std::move(with)); }).find("its dictionary is not there"), std::string::npos);
}

/// A producer that counts what becomes of it, and may fail after some batches.
struct Producer {
  int batches = 0;
  int fail_after = -1;  // get_next number that fails; -1: none
  bool fail_schema = false;
  const char* words = "the disk is gone";
  int streams_released = 0;
  int arrays_released = 0;
  int given = 0;

  void open(ArrowArrayStream* out) {
    out->private_data = this;
    out->get_schema = [](ArrowArrayStream* s, ArrowSchema* schema) {
      if (of(s).fail_schema) return EIO;
      some({}).schema.move(schema);
      return 0;
    };
    out->get_next = [](ArrowArrayStream* s, ArrowArray* array) { return of(s).next(array); };
    out->get_last_error = [](ArrowArrayStream* s) { return of(s).words; };
    out->release = [](ArrowArrayStream* s) {
      ++of(s).streams_released;
      s->release = nullptr;
    };
  }

 private:
  struct Lent {
    Producer* producer;
    nanoarrow::UniqueArray array;
  };
  static Producer& of(ArrowArrayStream* stream) { return *static_cast<Producer*>(stream->private_data); }

  int next(ArrowArray* out) {
    if (given == fail_after) return EIO;
    out->release = nullptr;
    if (given == batches) return 0;
    ++given;
    auto* lent = new Lent{this, {}};
    some({1, 2}).array.move(lent->array.get());
    *out = *lent->array.get();
    out->private_data = lent;
    out->release = [](ArrowArray* array) {
      auto* owned = static_cast<Lent*>(array->private_data);
      ++owned->producer->arrays_released;
      delete owned;
      array->release = nullptr;
    };
    return 0;
  }
};

TEST(Streams, are_released_at_once_and_their_batches_with_the_last_reader) {
  Producer producer;
  producer.batches = 3;
  ArrowArrayStream stream{};
  producer.open(&stream);
  {
    std::optional<ArrowTable> table = ArrowTable::read(stream, "usage", kV);
    EXPECT_EQ(stream.release, nullptr);
    EXPECT_EQ(producer.streams_released, 1);
    EXPECT_EQ(table->rows(), 6);
    EXPECT_EQ(producer.arrays_released, 0);
    const ColumnChunk last = table->chunks(0)[2];
    const ArrowTable copy = *table;
    table.reset();
    EXPECT_EQ(producer.arrays_released, 0);
    EXPECT_EQ(integers(last), (Ints{1, 2}));
  }
  EXPECT_EQ(producer.arrays_released, 3);
  EXPECT_EQ(producer.streams_released, 1);
}

TEST(Streams, that_fail_half_way_say_so_in_the_words_of_their_producer) {
  Producer producer;
  producer.batches = 3;
  producer.fail_after = 2;
  ArrowArrayStream stream{};
  producer.open(&stream);
  EXPECT_EQ(message([&] { static_cast<void>(ArrowTable::read(stream, "usage", kV)); }),
            "table 'usage': its producer failed after 4 rows: the disk is gone");
  EXPECT_EQ(producer.streams_released, 1);
  EXPECT_EQ(producer.arrays_released, 2);
}

TEST(Streams, that_fail_without_a_word_give_their_code) {
  Producer producer;
  producer.fail_after = 0;
  producer.words = nullptr;
  ArrowArrayStream stream{};
  producer.open(&stream);
  EXPECT_EQ(message([&] { static_cast<void>(ArrowTable::read(stream, "usage", kV)); }),
            "table 'usage': its producer failed after 0 rows: Input/output error");
}

TEST(Streams, that_cannot_tell_their_columns_are_refused) {
  Producer producer;
  producer.fail_schema = true;
  ArrowArrayStream stream{};
  producer.open(&stream);
  EXPECT_EQ(message([&] { static_cast<void>(ArrowTable::read(stream, "usage", kV)); }),
            "table 'usage': its producer could not tell the columns: the disk is gone");
  EXPECT_EQ(producer.streams_released, 1);
}

TEST(Streams, that_were_read_already_are_refused) {
  ArrowArrayStream stream{};
  EXPECT_EQ(message([&] { static_cast<void>(ArrowTable::read(stream, "usage", kV)); }),
            "table 'usage': its Arrow stream has been read already");
  TestColumn batch = some({1});
  batch.array.reset();
  EXPECT_EQ(message([&] { read(std::move(batch)); }), "table 'usage': its Arrow array has been read already");
}

}  // namespace
}  // namespace customerhealth::arrow
