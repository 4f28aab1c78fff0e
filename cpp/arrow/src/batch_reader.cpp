#include "batch_reader.hpp"

#include <limits>
#include <utility>

#include "bits.hpp"

namespace customerhealth::arrow {
namespace {

bool is_string_view(ArrowType storage) noexcept { return storage == NANOARROW_TYPE_STRING_VIEW; }

/// The buffers that nanoarrow looks at before it counts them.
std::int64_t least_buffers(ArrowType storage) noexcept {
  const bool has_offsets = storage == NANOARROW_TYPE_STRING || storage == NANOARROW_TYPE_LARGE_STRING;
  return has_offsets || is_string_view(storage) ? 3 : 2;
}

/// How nanoarrow calls the type by its memory alone.
ArrowType physical(ArrowType storage) noexcept {
  switch (storage) {
    case NANOARROW_TYPE_DATE32:
      return NANOARROW_TYPE_INT32;
    case NANOARROW_TYPE_DATE64:
    case NANOARROW_TYPE_TIMESTAMP:
      return NANOARROW_TYPE_INT64;
    default:
      return storage;
  }
}

bool has_sane_length(const ArrowArray& array) noexcept {
  return 0 <= array.length && array.length <= kMostRows && 0 <= array.offset && array.offset <= kMostRows;
}

/// Rows [skip, skip + rows) of an array, as nanoarrow wants to see them. Borrowed: never released.
ArrowArray window_of(const ArrowArray& array, std::int64_t skip, std::int64_t rows) noexcept {
  ArrowArray window = array;
  window.offset += skip;
  window.length = rows;
  window.dictionary = nullptr;
  // some producers leave the count open where there is no bitmap; a count above 0 without one is an error
  const bool has_no_nulls = array.null_count == 0 || (array.null_count < 0 && array.buffers[0] == nullptr);
  window.null_count = has_no_nulls ? 0 : -1;
  return window;
}

void take_pages(FlatArray& flat, const ArrowArrayView& view, const Place& place) {
  flat.pages = view.variadic_buffers;
  flat.page_sizes = view.variadic_buffer_sizes;
  flat.page_count = view.n_variadic_buffers;
  if (flat.page_count < 0 || (flat.page_count > 0 && flat.page_sizes == nullptr)) {
    fail_malformed(place, "its string views have data without sizes");
  }
}

void take_validity(FlatArray& flat, const std::uint8_t* bitmap, std::int64_t offset) {
  if (bitmap == nullptr || count_unset(bitmap, offset, flat.rows) == 0) return;
  flat.valid = bitmap;
  flat.valid_offset = offset;
}

/// Of a column that cannot be used only where it is null, since one of nothing but nulls can.
void take_nulls(FlatArray& flat, const ArrowArray& array, std::int64_t skip) noexcept {
  const bool has_bitmap = flat.storage != NANOARROW_TYPE_UNINITIALIZED && flat.storage != NANOARROW_TYPE_SPARSE_UNION &&
                          flat.storage != NANOARROW_TYPE_DENSE_UNION && flat.storage != NANOARROW_TYPE_RUN_END_ENCODED;
  if (!has_bitmap || array.null_count == 0 || array.n_buffers < 1 || array.buffers == nullptr) return;
  flat.valid = static_cast<const std::uint8_t*>(array.buffers[0]);
  flat.valid_offset = array.offset + skip;
}

/// Rows [skip, skip + rows) of `array`.
FlatArray flatten(const ArrowArray& array, std::int64_t skip, std::int64_t rows, SourceKind kind, ArrowType storage,
                  const Place& place) {
  FlatArray flat;
  flat.kind = kind;
  flat.storage = storage;
  flat.rows = rows;
  if (kind == SourceKind::null) return flat;
  if (kind == SourceKind::unusable) {
    take_nulls(flat, array, skip);
    return flat;
  }
  if (array.n_buffers < least_buffers(storage) || array.buffers == nullptr) {
    fail_malformed(place, "expected " + std::to_string(least_buffers(storage)) + " buffers, found " +
                              std::to_string(array.n_buffers));
  }
  const ArrowArray window = window_of(array, skip, rows);
  nanoarrow::UniqueArrayView view;
  ArrowArrayViewInitFromType(view.get(), physical(storage));
  ArrowError error{};
  if (ArrowArrayViewSetArray(view.get(), &window, &error) != NANOARROW_OK) fail_malformed(place, error.message);
  flat.offset = window.offset;
  flat.data = reinterpret_cast<const std::byte*>(view->buffer_views[1].data.data);
  if (is_string_view(storage)) {
    take_pages(flat, *view.get(), place);
  } else {
    flat.bytes = view->buffer_views[2].data.as_char;
    flat.byte_count = view->buffer_views[2].size_bytes;
  }
  if (window.null_count != 0) take_validity(flat, view->buffer_views[0].data.as_uint8, window.offset);
  return flat;
}

/// The bitmap of the batch itself; null when no row of it is null.
const std::uint8_t* batch_validity(const ArrowArray& batch) noexcept {
  if (batch.null_count == 0 || batch.n_buffers < 1 || batch.buffers == nullptr) return nullptr;
  const auto* bitmap = static_cast<const std::uint8_t*>(batch.buffers[0]);
  if (bitmap == nullptr || count_unset(bitmap, batch.offset, batch.length) == 0) return nullptr;
  return bitmap;
}

}  // namespace

void fail_malformed(const Place& place, const std::string& what) {
  const std::string column = place.column.empty() ? "" : "." + place.column;
  throw DataError{place.table + column + ": malformed Arrow array in the record batch at row " +
                      std::to_string(place.first_row) + ": " + what,
                  place.table, place.column};
}

std::shared_ptr<const void> mix_in(FlatArray& flat, const std::uint8_t* valid, std::int64_t offset) {
  if (flat.valid == nullptr) {
    flat.valid = valid;
    flat.valid_offset = offset;
    return nullptr;
  }
  auto mixed = std::make_shared<std::vector<std::uint64_t>>(static_cast<std::size_t>(flat.rows / kWordBits + 1));
  for_each_word(flat.valid, flat.valid_offset, flat.rows, [&](std::int64_t first, std::int64_t n, std::uint64_t bits) {
    (*mixed)[static_cast<std::size_t>(first / kWordBits)] = bits & load_bits(valid, offset + first, n);
  });
  flat.valid = reinterpret_cast<const std::uint8_t*>(mixed->data());
  flat.valid_offset = 0;
  return mixed;
}

void BatchReader::check(const ArrowArray& batch, std::int64_t first_row) const {
  const Place place{table_, "", first_row};
  if (!has_sane_length(batch) || first_row > kMostRows) {
    fail_malformed(place,
                   "its length is " + std::to_string(batch.length) + " and its offset " + std::to_string(batch.offset));
  }
  if (batch.n_children != column_count_ || (column_count_ > 0 && batch.children == nullptr)) {
    fail_malformed(place,
                   "expected " + std::to_string(column_count_) + " columns, found " + std::to_string(batch.n_children));
  }
  if (batch.null_count > 0 && (batch.n_buffers < 1 || batch.buffers == nullptr || batch.buffers[0] == nullptr)) {
    fail_malformed(place, "it has nulls but no validity bitmap");
  }
}

ColumnChunk BatchReader::read(const std::shared_ptr<const ArrowArray>& batch, std::size_t index,
                              const std::string& column, const SourceType& type, std::int64_t first_row) {
  const Place place{table_, column, first_row};
  const ArrowArray* array = batch->children[index];
  if (array == nullptr) fail_malformed(place, "it is not there");
  // children are as long as the struct with its own offset, which comes on top of theirs
  auto chunk = read_rows(*array, batch->offset, batch->length, type, place);
  chunk->batch = batch;
  // a row that is null as a whole is null in each of its columns
  const std::uint8_t* valid = batch_validity(*batch);
  if (valid != nullptr) chunk->validity = mix_in(chunk->array, valid, batch->offset);
  return ColumnChunk{std::move(chunk)};
}

std::shared_ptr<ColumnChunk::Impl> BatchReader::read_rows(const ArrowArray& array, std::int64_t skip, std::int64_t rows,
                                                          const SourceType& type, const Place& place) {
  auto chunk = std::make_shared<ColumnChunk::Impl>();
  chunk->type = type;
  chunk->place = place;
  if (array.release == nullptr) fail_malformed(place, "it is not there");
  if (!has_sane_length(array) || array.length < skip + rows) {
    fail_malformed(place, "its length is " + std::to_string(array.length) + ", its batch reaches to " +
                              std::to_string(skip + rows));
  }
  const bool by_index = type.is_dictionary && type.kind != SourceKind::null && type.kind != SourceKind::unusable;
  chunk->array = flatten(array, skip, rows, by_index ? SourceKind::integer : type.kind,
                         by_index ? type.index : type.storage, place);
  chunk->array.unit = type.unit;
  chunk->array.scale = type.scale;
  if (by_index) chunk->dictionary = dictionary_of(array, type, place);
  return chunk;
}

std::shared_ptr<const Dictionary> BatchReader::dictionary_of(const ArrowArray& indices, const SourceType& type,
                                                             const Place& place) {
  if (indices.dictionary == nullptr) fail_malformed(place, "its dictionary is not there");
  const ArrowArray& values = *indices.dictionary;
  if (!has_sane_length(values) || values.length > std::numeric_limits<std::int32_t>::max()) {
    fail_malformed(place, "its dictionary has " + std::to_string(values.length) + " values");
  }
  FlatArray flat = flatten(values, 0, values.length, type.kind, type.storage, place);
  flat.unit = type.unit;
  flat.scale = type.scale;
  std::vector<std::uintptr_t> key{
      static_cast<std::uintptr_t>(type.storage),  static_cast<std::uintptr_t>(type.unit),
      static_cast<std::uintptr_t>(type.scale),    static_cast<std::uintptr_t>(values.offset),
      static_cast<std::uintptr_t>(values.length), static_cast<std::uintptr_t>(flat.valid != nullptr)};
  for (std::int64_t i = 0; i < values.n_buffers; ++i)
    key.push_back(reinterpret_cast<std::uintptr_t>(values.buffers[i]));
  auto& known = dictionaries_[std::move(key)];
  if (!known) known = std::make_shared<const Dictionary>(decode_dictionary(flat, place));
  return known;
}

}  // namespace customerhealth::arrow
