#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "nanoarrow/nanoarrow.hpp"

// Arrow arrays for the tests, built by nanoarrow's builders.
namespace customerhealth::arrays {

inline void ok(int code) {
  if (code != NANOARROW_OK) throw std::runtime_error{"nanoarrow: code " + std::to_string(code)};
}

struct TestColumn {
  nanoarrow::UniqueSchema schema;
  nanoarrow::UniqueArray array;
};

using SetType = std::function<void(ArrowSchema*)>;
using Fill = std::function<void(ArrowArray*)>;

inline SetType plain(ArrowType type) {
  return [type](ArrowSchema* schema) { ok(ArrowSchemaSetType(schema, type)); };
}

inline SetType timestamp(ArrowTimeUnit unit, const char* zone = nullptr) {
  return [=](ArrowSchema* schema) { ok(ArrowSchemaSetTypeDateTime(schema, NANOARROW_TYPE_TIMESTAMP, unit, zone)); };
}

inline SetType decimal(ArrowType type, int precision, int scale) {
  return [=](ArrowSchema* schema) { ok(ArrowSchemaSetTypeDecimal(schema, type, precision, scale)); };
}

inline TestColumn build(const SetType& set_type, const Fill& fill) {
  TestColumn column;
  ArrowSchemaInit(column.schema.get());
  set_type(column.schema.get());
  ok(ArrowArrayInitFromSchema(column.array.get(), column.schema.get(), nullptr));
  ok(ArrowArrayStartAppending(column.array.get()));
  fill(column.array.get());
  ok(ArrowArrayFinishBuildingDefault(column.array.get(), nullptr));
  return column;
}

using Ints = std::vector<std::optional<std::int64_t>>;
using Texts = std::vector<std::optional<std::string>>;

inline TestColumn ints(const SetType& set_type, const Ints& values) {
  return build(set_type, [&](ArrowArray* array) {
    for (const auto& value : values) ok(value ? ArrowArrayAppendInt(array, *value) : ArrowArrayAppendNull(array, 1));
  });
}
inline TestColumn ints(ArrowType type, const Ints& values) { return ints(plain(type), values); }

inline TestColumn doubles(ArrowType type, const std::vector<std::optional<double>>& values) {
  return build(plain(type), [&](ArrowArray* array) {
    for (const auto& value : values) ok(value ? ArrowArrayAppendDouble(array, *value) : ArrowArrayAppendNull(array, 1));
  });
}

inline TestColumn texts(ArrowType type, const Texts& values) {
  return build(plain(type), [&](ArrowArray* array) {
    for (const auto& value : values) {
      ok(value ? ArrowArrayAppendString(array, {value->data(), static_cast<std::int64_t>(value->size())})
               : ArrowArrayAppendNull(array, 1));
    }
  });
}

/// Indices into the values of another column.
inline TestColumn dictionary(ArrowType index, const Ints& indices, TestColumn values) {
  TestColumn column = ints(index, indices);
  ok(ArrowSchemaAllocateDictionary(column.schema.get()));
  values.schema.move(column.schema->dictionary);
  ok(ArrowArrayAllocateDictionary(column.array.get()));
  values.array.move(column.array->dictionary);
  return column;
}

/// A record batch; `names` are those of the columns.
inline TestColumn batch_of(const std::vector<std::string>& names, std::vector<TestColumn> columns) {
  TestColumn batch;
  ArrowSchemaInit(batch.schema.get());
  ok(ArrowSchemaSetTypeStruct(batch.schema.get(), static_cast<std::int64_t>(columns.size())));
  ok(ArrowArrayInitFromType(batch.array.get(), NANOARROW_TYPE_STRUCT));
  ok(ArrowArrayAllocateChildren(batch.array.get(), static_cast<std::int64_t>(columns.size())));
  batch.array->length = columns.empty() ? 0 : columns.front().array->length;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    ArrowSchemaRelease(batch.schema->children[i]);
    columns[i].schema.move(batch.schema->children[i]);
    ok(ArrowSchemaSetName(batch.schema->children[i], names[i].c_str()));
    columns[i].array.move(batch.array->children[i]);
  }
  return batch;
}

inline TestColumn batch_of(TestColumn column) {
  std::vector<TestColumn> columns;
  columns.push_back(std::move(column));
  return batch_of({"v"}, std::move(columns));
}

/// One stream over batches that share the first one's schema.
inline nanoarrow::UniqueArrayStream stream_of(std::vector<TestColumn> batches) {
  nanoarrow::UniqueArrayStream stream;
  ok(ArrowBasicArrayStreamInit(stream.get(), batches.front().schema.get(), static_cast<std::int64_t>(batches.size())));
  for (std::size_t i = 0; i < batches.size(); ++i) {
    ArrowBasicArrayStreamSetArray(stream.get(), static_cast<std::int64_t>(i), batches[i].array.get());
  }
  return stream;
}

inline const std::vector<std::string> kV{"v"};

inline arrow::ArrowTable read(TestColumn batch, const std::vector<std::string>& wanted = kV) {
  return arrow::ArrowTable::read(*batch.schema.get(), *batch.array.get(), "usage", wanted);
}

inline arrow::ArrowTable read(std::vector<TestColumn> batches, const std::vector<std::string>& wanted = kV) {
  nanoarrow::UniqueArrayStream stream = stream_of(std::move(batches));
  return arrow::ArrowTable::read(*stream.get(), "usage", wanted);
}

/// The only chunk of a table of one column.
inline arrow::ColumnChunk chunk_of(TestColumn column) { return read(batch_of(std::move(column))).chunks(0).at(0); }

template <class T>
T* buffer(ArrowArray* array, int index) {
  return static_cast<T*>(const_cast<void*>(array->buffers[index]));
}

// What a chunk says, in a form that a test can compare.

inline std::vector<std::optional<double>> numbers(const arrow::ColumnChunk& chunk) {
  std::vector<double> values(static_cast<std::size_t>(chunk.rows()));
  chunk.numbers(0, values);
  std::vector<std::optional<double>> out;
  for (const double v : values) out.push_back(v == v ? std::optional{v} : std::nullopt);
  return out;
}

inline Ints integers(const arrow::ColumnChunk& chunk) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(chunk.rows()));
  std::vector<std::uint8_t> valid(values.size());
  chunk.integers(0, values, valid);
  Ints out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out.push_back(valid[i] != 0 ? std::optional{values[i]} : std::nullopt);
  return out;
}

inline Texts texts(const arrow::ColumnChunk& chunk) {
  std::vector<std::string_view> values(static_cast<std::size_t>(chunk.rows()));
  chunk.texts(0, values);
  Texts out;
  for (const auto v : values) out.push_back(v.data() == nullptr ? std::nullopt : std::optional{std::string{v}});
  return out;
}

inline Ints micros(const arrow::ColumnChunk& chunk) {
  std::vector<Instant> values(static_cast<std::size_t>(chunk.rows()));
  if (chunk.instants(0, values) != -1) throw std::runtime_error{"an instant does not fit 64 bits of microseconds"};
  Ints out;
  for (const Instant t : values)
    out.push_back(is_missing(t) ? std::nullopt : std::optional{t.time_since_epoch().count()});
  return out;
}

inline std::vector<int> truths(const arrow::ColumnChunk& chunk) {
  std::vector<Truth> values(static_cast<std::size_t>(chunk.rows()));
  chunk.truths(0, values);
  std::vector<int> out;
  for (const Truth t : values) out.push_back(static_cast<int>(t));
  return out;
}

}  // namespace customerhealth::arrays
