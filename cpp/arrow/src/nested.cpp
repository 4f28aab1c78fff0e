#include "customerhealth/arrow/nested.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "batch_reader.hpp"
#include "bits.hpp"
#include "chunk.hpp"

namespace customerhealth::arrow {
namespace {

/// Indices into a dictionary, which a chunk keeps alive together with the batch that the dictionary borrows from.
struct OwnIndices {
  std::vector<std::int32_t> indices;
  std::vector<std::uint8_t> valid;  // a bitmap
  std::shared_ptr<const void> batch;
};

std::vector<std::uint8_t> bits_where(std::span<const std::uint8_t> valid) {
  std::vector<std::uint8_t> bits(valid.size() / 8 + 1);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (valid[i] != 0) bits[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  }
  return bits;
}

std::shared_ptr<ColumnChunk::Impl> by_index(std::vector<std::int32_t> indices, std::shared_ptr<const void> batch) {
  auto own = std::make_shared<OwnIndices>();
  own->valid.resize(indices.size() / 8 + 1);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] >= 0) own->valid[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  }
  own->indices = std::move(indices);
  own->batch = std::move(batch);
  auto chunk = std::make_shared<ColumnChunk::Impl>();
  chunk->array.kind = SourceKind::integer;
  chunk->array.storage = NANOARROW_TYPE_INT32;
  chunk->array.rows = std::ssize(own->indices);
  chunk->array.data = reinterpret_cast<const std::byte*>(own->indices.data());
  chunk->array.valid = own->valid.data();
  chunk->batch = std::move(own);
  return chunk;
}

}  // namespace

NestedReader::NestedReader(std::string table, std::string column)
    : table_{std::move(table)}, column_{std::move(column)}, reader_{std::make_unique<BatchReader>(table_, 0)} {}
NestedReader::~NestedReader() = default;

ColumnChunk NestedReader::run(const ArrowSchema& schema, const std::shared_ptr<const ArrowArray>& array,
                              std::int64_t skip, std::span<const std::uint8_t> valid, std::int64_t first_row) {
  const Place place{table_, column_, first_row};
  auto chunk = reader_->read_rows(*array, skip, std::ssize(valid), source_type(schema), place);
  chunk->batch = array;
  if (std::ranges::find(valid, std::uint8_t{0}) != valid.end()) {
    const auto bits = std::make_shared<const std::vector<std::uint8_t>>(bits_where(valid));
    const auto mixed = mix_in(chunk->array, bits->data(), 0);
    chunk->validity = mixed == nullptr ? std::shared_ptr<const void>{bits} : mixed;
  }
  return ColumnChunk{std::move(chunk)};
}

ColumnChunk NestedReader::picked(const ArrowSchema& schema, const std::shared_ptr<const ArrowArray>& array,
                                 std::span<const std::int64_t> places, std::int64_t first_row) {
  const Place place{table_, column_, first_row};
  const SourceType type = source_type(schema);
  if (array->length > std::numeric_limits<std::int32_t>::max()) {
    fail_malformed(place, "its lists have " + std::to_string(array->length) + " elements; give it in smaller batches");
  }
  const auto all = reader_->read_rows(*array, 0, array->length, type, place);
  std::vector<std::int32_t> indices(places.begin(), places.end());
  if (type.kind == SourceKind::null || type.kind == SourceKind::unusable) {
    all->array.rows = std::ssize(places);
    return ColumnChunk{all};
  }
  if (all->dictionary != nullptr) {
    std::vector<std::int32_t> own(static_cast<std::size_t>(array->length));
    decode_indices(all->array, 0, own, all->dictionary->size, place);
    for (std::int32_t& index : indices) index = index < 0 ? -1 : own[static_cast<std::size_t>(index)];
  }
  auto chunk = by_index(std::move(indices), array);
  chunk->dictionary = all->dictionary != nullptr
                          ? all->dictionary
                          : std::make_shared<const Dictionary>(decode_dictionary(all->array, place));
  chunk->type = type;
  chunk->type.is_dictionary = true;
  chunk->type.index = NANOARROW_TYPE_INT32;
  chunk->place = place;
  return ColumnChunk{std::move(chunk)};
}

void NestedReader::fail(std::int64_t first_row, const std::string& what) const {
  fail_malformed({table_, column_, first_row}, what);
}

ColumnChunk chunk_of(OwnValues values) {
  const auto own = std::make_shared<const OwnValues>(std::move(values));
  auto chunk = std::make_shared<ColumnChunk::Impl>();
  FlatArray& array = chunk->array;
  array.kind = own->kind;
  array.rows = own->rows;
  if (!own->valid.empty() && count_unset(own->valid.data(), 0, own->rows) > 0) array.valid = own->valid.data();
  const auto* integers = reinterpret_cast<const std::byte*>(own->integers.data());
  switch (own->kind) {
    case SourceKind::boolean:
      array.storage = NANOARROW_TYPE_BOOL;
      array.data = reinterpret_cast<const std::byte*>(own->truths.data());
      break;
    case SourceKind::integer:
      array.storage = own->is_unsigned ? NANOARROW_TYPE_UINT64 : NANOARROW_TYPE_INT64;
      array.data = integers;
      break;
    case SourceKind::number:
      array.storage = NANOARROW_TYPE_DOUBLE;
      array.data = reinterpret_cast<const std::byte*>(own->numbers.data());
      break;
    case SourceKind::text:
      array.storage = NANOARROW_TYPE_LARGE_STRING;
      array.data = integers;
      array.bytes = own->bytes.data();
      array.byte_count = std::ssize(own->bytes);
      break;
    case SourceKind::instant:
      array.storage = NANOARROW_TYPE_TIMESTAMP;
      array.data = integers;
      break;
    case SourceKind::null:
    case SourceKind::unusable:
      array.storage = NANOARROW_TYPE_NA;
  }
  chunk->type.kind = own->kind;
  chunk->type.storage = array.storage;
  chunk->batch = own;
  return ColumnChunk{std::move(chunk)};
}

SourceKind kind_of(const ArrowSchema& schema) { return source_type(schema).kind; }
bool is_unsigned(const ArrowSchema& schema) { return source_type(schema).is_unsigned(); }
std::string words_of_type(const ArrowSchema& schema) { return type_in_words(schema); }

}  // namespace customerhealth::arrow
