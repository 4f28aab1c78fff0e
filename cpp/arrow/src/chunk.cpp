#include "chunk.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "customerhealth/common/number.hpp"

namespace customerhealth::arrow {
namespace {

constexpr std::size_t kIndicesPerBlock = 1024;  // indices decoded at a time: they stay in the first cache

/// out[i] = values[index], or `missing` where the index is null.
template <class T>
void gather(const ColumnChunk::Impl& chunk, std::int64_t begin, std::span<T> out, const std::vector<T>& values,
            T missing) {
  if (std::ssize(values) != chunk.dictionary->size) throw Error{"a dictionary was read as what its values are not"};
  std::array<std::int32_t, kIndicesPerBlock> indices;
  for (std::size_t done = 0; done < out.size(); done += kIndicesPerBlock) {
    const std::size_t count = std::min(kIndicesPerBlock, out.size() - done);
    const std::span<std::int32_t> block{indices.data(), count};
    decode_indices(chunk.array, begin + static_cast<std::int64_t>(done), block, chunk.dictionary->size, chunk.place);
    for (std::size_t i = 0; i < count; ++i) {
      out[done + i] = block[i] < 0 ? missing : values[static_cast<std::size_t>(block[i])];
    }
  }
}

/// An instant is missing for two reasons: it is null, or it is too early.
std::int64_t first_unfit(const ColumnChunk::Impl& chunk, std::int64_t begin, std::span<const Instant> out) {
  std::vector<std::uint8_t> there(out.size());
  gather<std::uint8_t>(chunk, begin, there, chunk.dictionary->valid, 0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (is_missing(out[i]) && there[i] != 0) return begin + static_cast<std::int64_t>(i);
  }
  return -1;
}

bool is_aligned(const void* data, std::size_t bytes) noexcept {
  return reinterpret_cast<std::uintptr_t>(data) % bytes == 0;
}

template <class T>
const T* plain(const FlatArray& array) noexcept {
  if (array.valid != nullptr || !is_aligned(array.data, alignof(T))) return nullptr;
  return reinterpret_cast<const T*>(array.data) + array.offset;
}

void take_decimals(const FlatArray& values, Dictionary& out) {
  out.decimals.resize(static_cast<std::size_t>(values.rows));
  out.unfit.resize(out.decimals.size());
  for (std::size_t i = 0; i < out.decimals.size(); ++i) {
    const auto one = std::span{out.decimals}.subspan(i, 1);
    out.unfit[i] = decode_decimals(values, static_cast<std::int64_t>(i), one) < 0 ? 0 : 1;
  }
}

}  // namespace

Dictionary decode_dictionary(const FlatArray& values, const Place& place) {
  Dictionary out;
  out.size = values.rows;
  const auto size = static_cast<std::size_t>(values.rows);
  out.valid.resize(size);
  decode_validity(values, 0, out.valid);
  out.has_nulls = values.valid != nullptr;
  switch (values.kind) {
    case SourceKind::integer:
      out.integers.resize(size);
      decode_integers(values, 0, out.integers);
      [[fallthrough]];
    case SourceKind::number:
      out.numbers.resize(size);
      decode_numbers(values, 0, out.numbers);
      if (words_of_decimal(values.storage) > 0) take_decimals(values, out);
      break;
    case SourceKind::boolean:
      out.truths.resize(size);
      decode_truths(values, 0, out.truths);
      out.numbers.resize(size);
      decode_numbers(values, 0, out.numbers);
      break;
    case SourceKind::instant:
      out.instants.resize(size);
      static_cast<void>(decode_instants(values, 0, out.instants));  // a value that no row uses may be anything
      break;
    case SourceKind::text:
      out.texts.resize(size);
      decode_texts(values, 0, out.texts, place);
      break;
    case SourceKind::null:
    case SourceKind::unusable:
      break;
  }
  return out;
}

std::string_view to_string(SourceKind kind) noexcept {
  constexpr std::array<std::string_view, 7> kNames{"null", "boolean", "integer", "number",
                                                   "text", "instant", "unusable"};
  return kNames[static_cast<std::size_t>(kind)];
}

SourceKind ColumnChunk::kind() const noexcept { return impl_->type.kind; }
bool ColumnChunk::is_unsigned() const noexcept { return impl_->type.is_unsigned(); }
std::int64_t ColumnChunk::rows() const noexcept { return impl_->array.rows; }

bool ColumnChunk::has_nulls() const noexcept {
  if (impl_->type.kind == SourceKind::null) return rows() > 0;
  return impl_->array.valid != nullptr || (impl_->dictionary && impl_->dictionary->has_nulls);
}

void ColumnChunk::numbers(std::int64_t begin, std::span<double> out) const {
  if (!impl_->dictionary) return decode_numbers(impl_->array, begin, out);
  gather(*impl_, begin, out, impl_->dictionary->numbers, kNan);
}

void ColumnChunk::integers(std::int64_t begin, std::span<std::int64_t> out, std::span<std::uint8_t> valid) const {
  if (!impl_->dictionary) {
    decode_integers(impl_->array, begin, out);
    return decode_validity(impl_->array, begin, valid);
  }
  gather<std::int64_t>(*impl_, begin, out, impl_->dictionary->integers, 0);
  gather<std::uint8_t>(*impl_, begin, valid, impl_->dictionary->valid, 0);
}

void ColumnChunk::truths(std::int64_t begin, std::span<Truth> out) const {
  if (!impl_->dictionary) return decode_truths(impl_->array, begin, out);
  gather(*impl_, begin, out, impl_->dictionary->truths, Truth::missing);
}

void ColumnChunk::texts(std::int64_t begin, std::span<std::string_view> out) const {
  if (!impl_->dictionary) return decode_texts(impl_->array, begin, out, impl_->place);
  gather(*impl_, begin, out, impl_->dictionary->texts, std::string_view{});
}

std::int64_t ColumnChunk::instants(std::int64_t begin, std::span<Instant> out) const {
  if (!impl_->dictionary) return decode_instants(impl_->array, begin, out);
  gather(*impl_, begin, out, impl_->dictionary->instants, kMissingInstant);
  return std::ranges::any_of(out, [](Instant t) { return is_missing(t); }) ? first_unfit(*impl_, begin, out) : -1;
}

void ColumnChunk::validity(std::int64_t begin, std::span<std::uint8_t> valid) const {
  if (!impl_->dictionary) return decode_validity(impl_->array, begin, valid);
  gather<std::uint8_t>(*impl_, begin, valid, impl_->dictionary->valid, 0);
}

Micros ColumnChunk::instant_step() const noexcept {
  if (impl_->step) return *impl_->step;
  const bool is_date = impl_->type.storage == NANOARROW_TYPE_DATE32 || impl_->type.storage == NANOARROW_TYPE_DATE64;
  if (is_date) return std::chrono::days{1};
  if (impl_->type.storage != NANOARROW_TYPE_TIMESTAMP) return Micros{1};
  if (impl_->type.unit == NANOARROW_TIME_UNIT_SECOND) return std::chrono::seconds{1};
  if (impl_->type.unit == NANOARROW_TIME_UNIT_MILLI) return std::chrono::milliseconds{1};
  return Micros{1};
}

bool ColumnChunk::is_naive() const noexcept {
  return impl_->type.kind == SourceKind::instant && !impl_->type.has_zone && !impl_->step;
}

std::optional<std::int32_t> ColumnChunk::decimal_scale() const noexcept {
  if (words_of_decimal(impl_->type.storage) == 0) return std::nullopt;
  return std::max(impl_->type.scale, 0);
}

std::int64_t ColumnChunk::decimals(std::int64_t begin, std::span<Int128> out) const {
  if (!impl_->dictionary) return decode_decimals(impl_->array, begin, out);
  gather(*impl_, begin, out, impl_->dictionary->decimals, Int128{0});
  std::vector<std::uint8_t> unfit(out.size());
  gather<std::uint8_t>(*impl_, begin, unfit, impl_->dictionary->unfit, 0);
  const auto first = std::ranges::find(unfit, std::uint8_t{1});
  return first == unfit.end() ? -1 : begin + (first - unfit.begin());
}

const std::int64_t* ColumnChunk::plain_int64() const noexcept {
  const FlatArray& array = impl_->array;
  const bool is_micros = array.storage == NANOARROW_TYPE_TIMESTAMP && array.unit == NANOARROW_TIME_UNIT_MICRO;
  const bool is_int64 = array.storage == NANOARROW_TYPE_INT64 || array.storage == NANOARROW_TYPE_UINT64;
  return !impl_->dictionary && (is_micros || is_int64) ? plain<std::int64_t>(array) : nullptr;
}

const double* ColumnChunk::plain_float64() const noexcept {
  return !impl_->dictionary && impl_->array.storage == NANOARROW_TYPE_DOUBLE ? plain<double>(impl_->array) : nullptr;
}

bool ColumnChunk::is_dictionary() const noexcept {
  return impl_->dictionary != nullptr && impl_->type.kind == SourceKind::text;
}

std::int64_t ColumnChunk::dictionary_size() const noexcept { return impl_->dictionary->size; }

void ColumnChunk::dictionary_texts(std::span<std::string_view> out) const {
  std::ranges::copy(impl_->dictionary->texts, out.begin());
}

void ColumnChunk::dictionary_indices(std::int64_t begin, std::span<std::int32_t> out) const {
  decode_indices(impl_->array, begin, out, impl_->dictionary->size, impl_->place);
}

const void* ColumnChunk::dictionary_id() const noexcept { return impl_->dictionary.get(); }

}  // namespace customerhealth::arrow
