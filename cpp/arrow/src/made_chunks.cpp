#include "customerhealth/arrow/made_chunks.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "bits.hpp"
#include "chunk.hpp"
#include "customerhealth/arrow/result.hpp"

namespace customerhealth::arrow {
namespace {

/// The memory of a chunk that we made.
template <class T>
struct Made {
  Buffer<T> values;
  std::vector<std::uint8_t> valid;     // empty: nothing is missing
  std::shared_ptr<const void> source;  // what the values point into
};

SourceType plain_type(SourceKind kind, ArrowType storage) {
  SourceType type;
  type.kind = kind;
  type.storage = storage;
  return type;
}

template <class T>
std::shared_ptr<ColumnChunk::Impl> made(SourceType type, std::shared_ptr<const Made<T>> memory) {
  auto impl = std::make_shared<ColumnChunk::Impl>();
  impl->type = type;
  impl->array.kind = type.kind;
  impl->array.storage = type.storage;
  impl->array.unit = type.unit;
  impl->array.scale = type.scale;
  impl->array.rows = static_cast<std::int64_t>(memory->values.size());
  impl->array.data = reinterpret_cast<const std::byte*>(memory->values.data());
  impl->array.valid = memory->valid.empty() ? nullptr : memory->valid.data();
  impl->batch = std::move(memory);
  return impl;
}

/// A bitmap of the values that are there; empty where all are.
template <class Has>
std::vector<std::uint8_t> bitmap_of(std::size_t rows, const Has& has) {
  for (std::size_t i = 0; i < rows; ++i) {
    if (!has(i)) return make_bitmap(rows, has);
  }
  return {};
}

template <class T, class Has>
std::shared_ptr<const Made<T>> keep(Buffer<T> values, const Has& has, std::shared_ptr<const void> source = nullptr) {
  auto memory = std::make_shared<Made<T>>();
  memory->valid = bitmap_of(values.size(), has);
  memory->values = std::move(values);
  memory->source = std::move(source);
  return memory;
}

std::size_t width_of(ArrowType storage) {
  switch (storage) {
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_UINT8:
      return 1;
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_UINT16:
    case NANOARROW_TYPE_HALF_FLOAT:
      return 2;
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_UINT32:
    case NANOARROW_TYPE_FLOAT:
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DECIMAL32:
      return 4;
    case NANOARROW_TYPE_DECIMAL128:
      return 16;
    case NANOARROW_TYPE_DECIMAL256:
      return 32;
    default:
      return 8;
  }
}

template <std::size_t width>
void gather(const std::byte* from, std::span<const std::int64_t> rows, std::byte* to) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(to + i * width, from + static_cast<std::size_t>(rows[i]) * width, width);
  }
}

void gather(const std::byte* from, std::size_t width, std::span<const std::int64_t> rows, std::byte* to) {
  switch (width) {
    case 1:
      return gather<1>(from, rows, to);
    case 2:
      return gather<2>(from, rows, to);
    case 4:
      return gather<4>(from, rows, to);
    case 16:
      return gather<16>(from, rows, to);
    case 32:
      return gather<32>(from, rows, to);
    default:
      return gather<8>(from, rows, to);
  }
}

std::vector<std::uint8_t> taken_validity(const FlatArray& array, std::span<const std::int64_t> rows) {
  if (array.valid == nullptr) return {};
  return make_bitmap(rows.size(), [&](std::size_t i) { return is_set(array.valid, array.valid_offset + rows[i]); });
}

/// The values that stand in each row, of an array of values of one width.
std::shared_ptr<ColumnChunk::Impl> take_values(const ColumnChunk::Impl& from, std::span<const std::int64_t> rows) {
  const FlatArray& array = from.array;
  const std::size_t width = width_of(array.storage);
  auto memory = std::make_shared<Made<std::byte>>();
  memory->values = Buffer<std::byte>(rows.size() * width);
  gather(array.data + static_cast<std::size_t>(array.offset) * width, width, rows, memory->values.data());
  memory->valid = taken_validity(array, rows);
  auto impl = std::make_shared<ColumnChunk::Impl>(from);
  impl->array.rows = std::ssize(rows);
  impl->array.offset = impl->array.valid_offset = 0;
  impl->array.data = memory->values.data();
  impl->array.valid = memory->valid.empty() ? nullptr : memory->valid.data();
  impl->batch = std::move(memory);
  impl->validity = nullptr;
  return impl;
}

struct Offsets {
  Buffer<std::int64_t> offsets;
  Buffer<char> bytes;
  std::vector<std::uint8_t> valid;
};

std::shared_ptr<ColumnChunk::Impl> take_texts(const ColumnChunk::Impl& from, std::span<const std::int64_t> rows) {
  std::vector<std::string_view> texts(static_cast<std::size_t>(from.array.rows));
  decode_texts(from.array, 0, texts, from.place);
  std::size_t size = 0;
  for (const std::int64_t row : rows) size += texts[static_cast<std::size_t>(row)].size();
  auto memory = std::make_shared<Offsets>();
  memory->offsets = Buffer<std::int64_t>(rows.size() + 1);
  memory->bytes = Buffer<char>(size);
  std::size_t at = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string_view text = texts[static_cast<std::size_t>(rows[i])];
    memory->offsets[i] = static_cast<std::int64_t>(at);
    if (!text.empty()) std::memcpy(memory->bytes.data() + at, text.data(), text.size());
    at += text.size();
  }
  memory->offsets[rows.size()] = static_cast<std::int64_t>(at);
  memory->valid = taken_validity(from.array, rows);
  auto impl = std::make_shared<ColumnChunk::Impl>(from);
  FlatArray& array = impl->array;
  array.storage = impl->type.storage = NANOARROW_TYPE_LARGE_STRING;
  array.rows = std::ssize(rows);
  array.offset = array.valid_offset = 0;
  array.data = reinterpret_cast<const std::byte*>(memory->offsets.data());
  array.bytes = memory->bytes.data();
  array.byte_count = static_cast<std::int64_t>(size);
  array.valid = memory->valid.empty() ? nullptr : memory->valid.data();
  impl->batch = std::move(memory);
  impl->validity = nullptr;
  return impl;
}

std::shared_ptr<ColumnChunk::Impl> take_truths(const ColumnChunk::Impl& from, std::span<const std::int64_t> rows) {
  const auto* bits = reinterpret_cast<const std::uint8_t*>(from.array.data);
  const auto taken = make_bitmap(rows.size(), [&](std::size_t i) { return is_set(bits, from.array.offset + rows[i]); });
  auto memory = std::make_shared<Made<std::uint8_t>>();
  memory->values = Buffer<std::uint8_t>(taken.size());
  std::ranges::copy(taken, memory->values.data());
  memory->valid = taken_validity(from.array, rows);
  auto impl = std::make_shared<ColumnChunk::Impl>(from);
  impl->array.rows = std::ssize(rows);
  impl->array.offset = impl->array.valid_offset = 0;
  impl->array.data = reinterpret_cast<const std::byte*>(memory->values.data());
  impl->array.valid = memory->valid.empty() ? nullptr : memory->valid.data();
  impl->batch = std::move(memory);
  impl->validity = nullptr;
  return impl;
}

/// The indices of a dictionary, checked while the rows are still those of the source.
std::shared_ptr<ColumnChunk::Impl> take_indices(const ColumnChunk::Impl& from, std::span<const std::int64_t> rows) {
  std::vector<std::int32_t> indices(static_cast<std::size_t>(from.array.rows));
  decode_indices(from.array, 0, indices, from.dictionary->size, from.place);
  Buffer<std::int32_t> taken(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) taken[i] = indices[static_cast<std::size_t>(rows[i])];
  const auto* values = taken.data();
  auto memory = keep(std::move(taken), [values](std::size_t i) { return values[i] >= 0; }, from.batch);
  auto impl = made(plain_type(SourceKind::integer, NANOARROW_TYPE_INT32), std::move(memory));
  impl->type = from.type;
  impl->dictionary = from.dictionary;
  impl->place = from.place;
  return impl;
}

}  // namespace

ColumnChunk null_chunk(std::int64_t rows) {
  auto impl = std::make_shared<ColumnChunk::Impl>();
  impl->type = plain_type(SourceKind::null, NANOARROW_TYPE_NA);
  impl->array.rows = rows;
  return ColumnChunk{std::move(impl)};
}

ColumnChunk number_chunk(Buffer<double> values) {
  auto memory = std::make_shared<Made<double>>();
  memory->values = std::move(values);
  return ColumnChunk{
      made<double>(plain_type(SourceKind::number, NANOARROW_TYPE_DOUBLE), std::shared_ptr<const Made<double>>{memory})};
}

ColumnChunk integer_chunk(Buffer<std::int64_t> values, std::span<const std::uint8_t> valid) {
  auto memory = keep(std::move(values), [valid](std::size_t i) { return valid.empty() || valid[i] != 0; });
  return ColumnChunk{made(plain_type(SourceKind::integer, NANOARROW_TYPE_INT64), std::move(memory))};
}

ColumnChunk truth_chunk(std::span<const Truth> values) {
  const auto bits = make_bitmap(values.size(), [&](std::size_t i) { return values[i] == Truth::yes; });
  auto memory = std::make_shared<Made<std::uint8_t>>();
  memory->values = Buffer<std::uint8_t>(bits.size());
  std::ranges::copy(bits, memory->values.data());
  memory->valid = bitmap_of(values.size(), [&](std::size_t i) { return values[i] != Truth::missing; });
  auto impl = made<std::uint8_t>(plain_type(SourceKind::boolean, NANOARROW_TYPE_BOOL),
                                 std::shared_ptr<const Made<std::uint8_t>>{memory});
  impl->array.rows = std::ssize(values);
  return ColumnChunk{std::move(impl)};
}

ColumnChunk instant_chunk(Buffer<Instant> values, Micros step) {
  const Instant* const at = values.data();
  auto memory = keep(std::move(values), [at](std::size_t i) { return !is_missing(at[i]); });
  auto impl = made(plain_type(SourceKind::instant, NANOARROW_TYPE_TIMESTAMP), std::move(memory));
  impl->step = step;
  return ColumnChunk{std::move(impl)};
}

ColumnChunk text_chunk(Buffer<std::int32_t> indices, std::vector<std::string_view> texts,
                       std::shared_ptr<const void> owner) {
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->size = std::ssize(texts);
  dictionary->valid.assign(texts.size(), 1);
  dictionary->texts = std::move(texts);
  const auto* at = indices.data();
  auto memory = keep(std::move(indices), [at](std::size_t i) { return at[i] >= 0; }, std::move(owner));
  auto impl = made(plain_type(SourceKind::integer, NANOARROW_TYPE_INT32), std::move(memory));
  impl->type = plain_type(SourceKind::text, NANOARROW_TYPE_STRING);
  impl->type.is_dictionary = true;
  impl->type.index = NANOARROW_TYPE_INT32;
  impl->dictionary = std::move(dictionary);
  return ColumnChunk{std::move(impl)};
}

ColumnChunk ColumnChunk::slice(std::int64_t begin, std::int64_t rows) const {
  if (begin == 0 && rows == impl_->array.rows) return *this;
  auto impl = std::make_shared<Impl>(*impl_);
  impl->array.rows = rows;
  impl->array.offset += begin;
  impl->array.valid_offset += begin;
  impl->place.first_row += begin;
  return ColumnChunk{std::move(impl)};
}

ColumnChunk ColumnChunk::take(std::span<const std::int64_t> rows) const {
  if (impl_->dictionary) return ColumnChunk{take_indices(*impl_, rows)};
  switch (impl_->array.kind) {
    case SourceKind::null:
    case SourceKind::unusable: {
      auto impl = std::make_shared<Impl>(*impl_);
      impl->array.rows = std::ssize(rows);
      return ColumnChunk{std::move(impl)};
    }
    case SourceKind::boolean:
      return ColumnChunk{take_truths(*impl_, rows)};
    case SourceKind::text:
      return ColumnChunk{take_texts(*impl_, rows)};
    default:
      return ColumnChunk{take_values(*impl_, rows)};
  }
}

}  // namespace customerhealth::arrow
