#include "flat_array.hpp"

#include <algorithm>

#include "bits.hpp"
#include "storage.hpp"

namespace customerhealth::arrow {

bool FlatArray::has(std::int64_t row) const noexcept {
  if (kind == SourceKind::null) return false;
  return valid == nullptr || is_set(valid, valid_offset + row);
}

void decode_validity(const FlatArray& array, std::int64_t begin, std::span<std::uint8_t> valid) {
  if (array.kind == SourceKind::null) return std::fill(valid.begin(), valid.end(), std::uint8_t{0});
  std::ranges::fill(valid, std::uint8_t{1});
  if (array.valid == nullptr) return;
  for_each_unset(array.valid, array.valid_offset + begin, std::ssize(valid),
                 [&](std::int64_t i) { valid[static_cast<std::size_t>(i)] = 0; });
}

void decode_integers(const FlatArray& array, std::int64_t begin, std::span<std::int64_t> out) {
  if (array.kind == SourceKind::null) return std::fill(out.begin(), out.end(), 0);
  with_integer_type(array.storage, [&]<class T>(std::type_identity<T>) {
    const std::byte* from = array.data + (array.offset + begin) * static_cast<std::int64_t>(sizeof(T));
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::int64_t>(load<T>(from, static_cast<std::int64_t>(i)));
    }
  });
  if (array.valid == nullptr) return;
  for_each_unset(array.valid, array.valid_offset + begin, std::ssize(out),
                 [&](std::int64_t i) { out[static_cast<std::size_t>(i)] = 0; });
}

void decode_truths(const FlatArray& array, std::int64_t begin, std::span<Truth> out) {
  if (array.kind == SourceKind::null) return std::fill(out.begin(), out.end(), Truth::missing);
  if (array.kind != SourceKind::boolean) throw Error{"an array that is not of booleans was read as booleans"};
  const auto* bits = reinterpret_cast<const std::uint8_t*>(array.data);
  for_each_word(bits, array.offset + begin, std::ssize(out),
                [&](std::int64_t first, std::int64_t n, std::uint64_t word) {
                  Truth* to = out.data() + first;
                  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<Truth>((word >> i) & 1);
                });
  if (array.valid == nullptr) return;
  for_each_unset(array.valid, array.valid_offset + begin, std::ssize(out),
                 [&](std::int64_t i) { out[static_cast<std::size_t>(i)] = Truth::missing; });
}

}  // namespace customerhealth::arrow
