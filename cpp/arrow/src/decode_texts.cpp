#include <algorithm>
#include <limits>
#include <string>

#include "bits.hpp"
#include "flat_array.hpp"
#include "storage.hpp"

namespace customerhealth::arrow {
namespace {

// Offsets are checked a block at a time, while they are in the cache, before a pointer is made from any of them.
constexpr std::size_t kTextsPerBlock = 1024;

[[noreturn]] void fail(const Place& place, std::int64_t row, const std::string& what) {
  const std::int64_t at = place.first_row + row;
  throw DataError{place.table + "." + place.column + "[" + std::to_string(at) + "]: malformed Arrow array: " + what,
                  place.table, place.column, at, 1};
}

template <class Offset>
void check_offsets(const FlatArray& array, const std::byte* offsets, std::int64_t begin, std::size_t count,
                   const Place& place) {
  bool good =
      load<Offset>(offsets, 0) >= 0 && load<Offset>(offsets, static_cast<std::int64_t>(count)) <= array.byte_count;
  for (std::size_t i = 0; i < count; ++i) {
    good &=
        load<Offset>(offsets, static_cast<std::int64_t>(i)) <= load<Offset>(offsets, static_cast<std::int64_t>(i) + 1);
  }
  if (good) return;
  std::int64_t row = 0;
  const auto fits = [&](std::int64_t i) {
    const std::int64_t from = load<Offset>(offsets, i), to = load<Offset>(offsets, i + 1);
    return 0 <= from && from <= to && to <= array.byte_count;
  };
  while (fits(row)) ++row;
  fail(place, begin + row, "its text offsets run backwards or out of the data");
}

template <class Offset>
void decode_offsets(const FlatArray& array, std::int64_t begin, std::span<std::string_view> out, const Place& place) {
  const char* bytes = array.bytes == nullptr ? "" : array.bytes;  // an empty text is not a null
  for (std::size_t done = 0; done < out.size(); done += kTextsPerBlock) {
    const std::size_t count = std::min(kTextsPerBlock, out.size() - done);
    const std::int64_t first = begin + static_cast<std::int64_t>(done);
    const std::byte* offsets = array.data + (array.offset + first) * static_cast<std::int64_t>(sizeof(Offset));
    check_offsets<Offset>(array, offsets, first, count, place);
    for (std::size_t i = 0; i < count; ++i) {
      const auto from = load<Offset>(offsets, static_cast<std::int64_t>(i));
      const auto to = load<Offset>(offsets, static_cast<std::int64_t>(i) + 1);
      out[done + i] = std::string_view{bytes + from, static_cast<std::size_t>(to - from)};
    }
  }
}

std::string_view text_in_page(const FlatArray& array, const ArrowBinaryView& view, std::int64_t row,
                              const Place& place) {
  const auto& ref = view.ref;
  const bool in_page = 0 <= ref.buffer_index && ref.buffer_index < array.page_count && 0 <= ref.offset &&
                       array.pages[ref.buffer_index] != nullptr &&
                       std::int64_t{ref.offset} + ref.size <= array.page_sizes[ref.buffer_index];
  if (!in_page) fail(place, row, "a string view points out of its data");
  return {static_cast<const char*>(array.pages[ref.buffer_index]) + ref.offset, static_cast<std::size_t>(ref.size)};
}

void decode_views(const FlatArray& array, std::int64_t begin, std::span<std::string_view> out, const Place& place) {
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(ArrowBinaryView));
  const std::byte* views = array.data + (array.offset + begin) * kBytes;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t row = begin + static_cast<std::int64_t>(i);
    if (!array.has(row)) continue;  // the view of a null row may point anywhere; it is replaced below
    const std::byte* at = views + static_cast<std::int64_t>(i) * kBytes;
    const auto view = load<ArrowBinaryView>(at, 0);
    if (view.inlined.size < 0) fail(place, row, "a string view is shorter than nothing");
    if (view.inlined.size <= NANOARROW_BINARY_VIEW_INLINE_SIZE) {
      const auto* text = reinterpret_cast<const char*>(at) + sizeof(view.inlined.size);
      out[i] = std::string_view{text, static_cast<std::size_t>(view.inlined.size)};
    } else {
      out[i] = text_in_page(array, view, row, place);
    }
  }
}

/// Indices outside the dictionary become -1; says whether there were any.
template <class T>
bool convert_indices(const std::byte* from, std::span<std::int32_t> out, std::uint64_t size) {
  bool any_outside = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto index = static_cast<std::uint64_t>(load<T>(from, static_cast<std::int64_t>(i)));
    const bool outside = index >= size;  // negative ones are huge
    any_outside |= outside;
    out[i] = outside ? -1 : static_cast<std::int32_t>(index);
  }
  return any_outside;
}

}  // namespace

void decode_texts(const FlatArray& array, std::int64_t begin, std::span<std::string_view> out, const Place& place) {
  switch (array.storage) {
    case NANOARROW_TYPE_NA:
      return std::fill(out.begin(), out.end(), std::string_view{});
    case NANOARROW_TYPE_STRING:
      decode_offsets<std::int32_t>(array, begin, out, place);
      break;
    case NANOARROW_TYPE_LARGE_STRING:
      decode_offsets<std::int64_t>(array, begin, out, place);
      break;
    case NANOARROW_TYPE_STRING_VIEW:
      decode_views(array, begin, out, place);
      break;
    default:
      throw Error{"an array that is not of texts was read as texts"};
  }
  if (array.valid == nullptr) return;
  for_each_unset(array.valid, array.valid_offset + begin, std::ssize(out),
                 [&](std::int64_t i) { out[static_cast<std::size_t>(i)] = {}; });
}

void decode_indices(const FlatArray& array, std::int64_t begin, std::span<std::int32_t> out, std::int64_t size,
                    const Place& place) {
  const bool any_outside = with_integer_type(array.storage, [&]<class T>(std::type_identity<T>) {
    const std::byte* from = array.data + (array.offset + begin) * static_cast<std::int64_t>(sizeof(T));
    return convert_indices<T>(from, out, static_cast<std::uint64_t>(size));
  });
  if (any_outside) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::int64_t row = begin + static_cast<std::int64_t>(i);
      if (out[i] >= 0 || !array.has(row)) continue;
      fail(place, row, "an index is outside its dictionary of " + std::to_string(size) + " values");
    }
  }
  if (array.valid == nullptr) return;
  for_each_unset(array.valid, array.valid_offset + begin, std::ssize(out),
                 [&](std::int64_t i) { out[static_cast<std::size_t>(i)] = -1; });
}

}  // namespace customerhealth::arrow
