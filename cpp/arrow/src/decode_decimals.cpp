#include <cstring>

#include "bits.hpp"
#include "flat_array.hpp"

namespace customerhealth::arrow {
namespace {

/// The two's complement integer of `words` 32-bit words, low first, where it fits 128 bits.
bool narrow(const std::byte* from, int words, Int128& out) noexcept {
  if (words == 1) out = load<std::int32_t>(from, 0);
  if (words == 2) out = load<std::int64_t>(from, 0);
  if (words <= 2) return true;
  out = load<Int128>(from, 0);
  const std::int32_t sign = out < 0 ? -1 : 0;
  for (int word = 4; word < words; ++word) {
    if (load<std::int32_t>(from, word) != sign) return false;
  }
  return true;
}

/// `value` times 10^zeros.
bool append_zeros(std::int32_t zeros, Int128& value) noexcept {
  for (std::int32_t i = 0; i < zeros && value != 0; ++i) {
    if (__builtin_mul_overflow(value, Int128{10}, &value)) return false;
  }
  return true;
}

}  // namespace

int words_of_decimal(ArrowType storage) noexcept {
  switch (storage) {
    case NANOARROW_TYPE_DECIMAL32:
      return 1;
    case NANOARROW_TYPE_DECIMAL64:
      return 2;
    case NANOARROW_TYPE_DECIMAL128:
      return 4;
    case NANOARROW_TYPE_DECIMAL256:
      return 8;
    default:
      return 0;
  }
}

std::int64_t decode_decimals(const FlatArray& array, std::int64_t begin, std::span<Int128> out) {
  const int words = words_of_decimal(array.storage);
  std::int64_t unfit = -1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t row = begin + static_cast<std::int64_t>(i);
    out[i] = 0;
    if (!array.has(row)) continue;
    if (narrow(array.data + (array.offset + row) * words * 4, words, out[i]) && append_zeros(-array.scale, out[i]))
      continue;
    out[i] = 0;
    if (unfit < 0) unfit = row;
  }
  return unfit;
}

}  // namespace customerhealth::arrow
