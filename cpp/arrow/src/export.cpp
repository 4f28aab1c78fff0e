#include <cerrno>
#include <cstddef>
#include <limits>
#include <map>
#include <new>
#include <string>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/errors.hpp"
#include "nanoarrow/nanoarrow.hpp"

namespace customerhealth::arrow {
namespace {

using Kind = ResultColumn::Kind;
using Categories = std::vector<std::string>;

// What an empty column points to: consumers differ in whether they take a null pointer for no bytes.
alignas(64) constexpr std::uint8_t kNothing[64]{};

constexpr std::int32_t kDecimalDigits = 38;  // all that 128 bits hold

std::int64_t bits_of(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return 1;
    case Kind::category:
      return 32;
    case Kind::decimal:
      return 128;
    default:
      return 64;
  }
}

void check(int code, const char* what) {
  if (code == ENOMEM) throw std::bad_alloc{};
  if (code != NANOARROW_OK) throw Error{std::string{"Arrow export: "} + what};
}

/// Texts as one Arrow string array has them; shared by the batches of a stream.
struct CategoryTexts {
  std::vector<std::int32_t> offsets{0};
  std::string bytes;

  explicit CategoryTexts(const Categories& categories) {
    offsets.reserve(categories.size() + 1);
    for (const std::string& text : categories) {
      bytes += text;
      if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        throw Error{"Arrow export: the categories of a column have more than 2 GiB of text"};
      }
      offsets.push_back(static_cast<std::int32_t>(bytes.size()));
    }
  }
};

ArrowType storage_of(const ResultColumn& column) {
  switch (column.kind) {
    case Kind::number:
      return NANOARROW_TYPE_DOUBLE;
    case Kind::decimal:
      return NANOARROW_TYPE_DECIMAL128;
    case Kind::integer:
    case Kind::instant:
      return NANOARROW_TYPE_INT64;
    case Kind::text:
      return column.large_offsets ? NANOARROW_TYPE_LARGE_STRING : NANOARROW_TYPE_STRING;
    case Kind::category:
      return NANOARROW_TYPE_INT32;
    case Kind::boolean:
      return NANOARROW_TYPE_BOOL;
  }
  throw Error{"Arrow export: a column of no kind"};
}

void describe(const ResultColumn& column, ArrowSchema* schema) {
  ArrowSchemaInit(schema);
  if (column.kind == Kind::instant) {
    check(ArrowSchemaSetTypeDateTime(schema, NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_MICRO, "UTC"), "schema");
  } else if (column.kind == Kind::decimal) {
    check(ArrowSchemaSetTypeDecimal(schema, NANOARROW_TYPE_DECIMAL128, kDecimalDigits, column.scale), "schema");
  } else {
    check(ArrowSchemaSetType(schema, storage_of(column)), "schema");
  }
  if (column.kind == Kind::category) {
    check(ArrowSchemaAllocateDictionary(schema), "schema");
    check(ArrowSchemaInitFromType(schema->dictionary, NANOARROW_TYPE_STRING), "schema");
  }
  check(ArrowSchemaSetName(schema, column.name.c_str()), "schema");
  // nullable whether or not a null occurs, so that results of different days have one schema
  schema->flags |= ARROW_FLAG_NULLABLE;
}

void describe(const std::vector<std::pair<std::string, std::string>>& metadata, ArrowSchema* schema) {
  if (metadata.empty()) return;
  nanoarrow::UniqueBuffer buffer;
  check(ArrowMetadataBuilderInit(buffer.get(), nullptr), "metadata");
  const auto view = [](const std::string& text) {
    return ArrowStringView{text.data(), static_cast<std::int64_t>(text.size())};
  };
  for (const auto& [key, value] : metadata) {
    check(ArrowMetadataBuilderAppend(buffer.get(), view(key), view(value)), "metadata");
  }
  check(ArrowSchemaSetMetadata(schema, reinterpret_cast<const char*>(buffer->data)), "metadata");
}

nanoarrow::UniqueSchema schema_of(const ResultTable& table) {
  const auto& columns = table.batches.front().columns;
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  check(ArrowSchemaSetTypeStruct(schema.get(), static_cast<std::int64_t>(columns.size())), "schema");
  for (std::size_t i = 0; i < columns.size(); ++i) describe(columns[i], schema->children[i]);
  describe(table.metadata, schema.get());
  return schema;
}

/// Lends `data` to buffer `index` of `array`, which keeps `owner` alive.
void lend(ArrowArray* array, std::int64_t index, std::shared_ptr<const void> owner, const void* data,
          std::int64_t bytes) {
  nanoarrow::UniqueBuffer buffer;
  nanoarrow::BufferInitWrapped(buffer.get(), std::move(owner),
                               data == nullptr ? kNothing : static_cast<const std::uint8_t*>(data), bytes);
  check(ArrowArraySetBuffer(array, index, buffer.get()), "buffer");
}

void finish(ArrowArray* array, std::int64_t rows, std::int64_t null_count) {
  array->length = rows;
  array->null_count = null_count;
  ArrowError error{};
  if (ArrowArrayFinishBuilding(array, NANOARROW_VALIDATION_LEVEL_NONE, &error) != NANOARROW_OK) {
    throw Error{std::string{"Arrow export: "} + error.message};
  }
}

template <class Offset>
std::int64_t last_offset(const ResultColumn& column, std::int64_t rows) {
  return column.offsets == nullptr ? 0 : std::int64_t{static_cast<const Offset*>(column.offsets)[rows]};
}

class Exporter {
 public:
  explicit Exporter(std::shared_ptr<const ResultTable> table) : table_{std::move(table)} {}

  nanoarrow::UniqueArray export_batch(const ResultTable::Batch& batch) {
    nanoarrow::UniqueArray array;
    check(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_STRUCT), "array");
    check(ArrowArrayAllocateChildren(array.get(), static_cast<std::int64_t>(batch.columns.size())), "array");
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      check(ArrowArrayInitFromType(array->children[i], storage_of(batch.columns[i])), "array");
      fill(array->children[i], batch.columns[i], batch.rows);
    }
    finish(array.get(), batch.rows, 0);
    return array;
  }

 private:
  void fill(ArrowArray* array, const ResultColumn& column, std::int64_t rows) {
    if (rows > 0 && (column.kind == Kind::text ? column.offsets : column.data) == nullptr) {
      throw Error{"Arrow export: column '" + column.name + "' has no values"};
    }
    if (column.valid != nullptr) {
      nanoarrow::UniqueBitmap bitmap;
      nanoarrow::BufferInitWrapped(&bitmap->buffer, owner_of(column), column.valid, (rows + 7) / 8);
      bitmap->size_bits = rows;
      ArrowArraySetValidityBitmap(array, bitmap.get());
    }
    if (column.kind == Kind::text) {
      fill_texts(array, column, rows);
    } else {
      lend(array, 1, owner_of(column), column.data, (rows * bits_of(column.kind) + 7) / 8);
    }
    if (column.kind == Kind::category) fill_categories(array, column);
    finish(array, rows, column.valid == nullptr ? 0 : column.null_count);
  }

  void fill_texts(ArrowArray* array, const ResultColumn& column, std::int64_t rows) {
    const bool large = column.large_offsets;
    const std::int64_t width = large ? 8 : 4;
    const std::int64_t bytes =
        large ? last_offset<std::int64_t>(column, rows) : last_offset<std::int32_t>(column, rows);
    lend(array, 1, owner_of(column), column.offsets, (rows + 1) * width);
    lend(array, 2, owner_of(column), column.data, bytes);
  }

  void fill_categories(ArrowArray* array, const ResultColumn& column) {
    std::shared_ptr<const CategoryTexts>& texts = categories_[column.categories.get()];
    if (!texts) texts = std::make_shared<const CategoryTexts>(column.categories ? *column.categories : Categories{});
    check(ArrowArrayAllocateDictionary(array), "dictionary");
    check(ArrowArrayInitFromType(array->dictionary, NANOARROW_TYPE_STRING), "dictionary");
    const auto count = static_cast<std::int64_t>(texts->offsets.size()) - 1;
    lend(array->dictionary, 1, texts, texts->offsets.data(), (count + 1) * 4);
    lend(array->dictionary, 2, texts, texts->bytes.data(), static_cast<std::int64_t>(texts->bytes.size()));
    finish(array->dictionary, count, 0);
  }

  /// A consumer may keep one column and release the rest: each holds on to its own memory alone.
  [[nodiscard]] std::shared_ptr<const void> owner_of(const ResultColumn& column) const {
    return column.owner ? column.owner : std::shared_ptr<const void>{table_};
  }

  std::shared_ptr<const ResultTable> table_;
  std::map<const Categories*, std::shared_ptr<const CategoryTexts>> categories_;
};

void check_same_columns(const ResultTable& table) {
  if (table.batches.empty()) throw Error{"Arrow export: a table needs a batch, if only an empty one"};
  const auto& first = table.batches.front().columns;
  for (const ResultTable::Batch& batch : table.batches) {
    bool same = batch.columns.size() == first.size();
    for (std::size_t i = 0; same && i < first.size(); ++i) {
      same = batch.columns[i].name == first[i].name && storage_of(batch.columns[i]) == storage_of(first[i]) &&
             batch.columns[i].kind == first[i].kind && batch.columns[i].scale == first[i].scale;
    }
    if (!same) throw Error{"Arrow export: the batches of a table differ in their columns"};
  }
}

}  // namespace

void export_stream(std::shared_ptr<const ResultTable> table, ArrowArrayStream& out) {
  check_same_columns(*table);
  nanoarrow::UniqueSchema schema = schema_of(*table);
  nanoarrow::UniqueArrayStream stream;
  check(ArrowBasicArrayStreamInit(stream.get(), schema.get(), static_cast<std::int64_t>(table->batches.size())),
        "stream");
  Exporter exporter{table};
  for (std::size_t i = 0; i < table->batches.size(); ++i) {
    nanoarrow::UniqueArray array = exporter.export_batch(table->batches[i]);
    ArrowBasicArrayStreamSetArray(stream.get(), static_cast<std::int64_t>(i), array.get());
  }
  stream.move(&out);
}

}  // namespace customerhealth::arrow
