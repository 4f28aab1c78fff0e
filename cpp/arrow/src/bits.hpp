#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace customerhealth::arrow {

static_assert(std::endian::native == std::endian::little, "Arrow buffers are read in the machine's byte order");

inline constexpr std::int64_t kWordBits = 64;

/// Element `i` of a buffer that need not be aligned.
template <class T>
[[nodiscard]] inline T load(const std::byte* data, std::int64_t i) noexcept {
  T value;
  std::memcpy(&value, data + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

/// Bits [begin, begin + count) of a bitmap in the low end of a word, 1 <= count <= 64; reads no byte beyond them.
[[nodiscard]] inline std::uint64_t load_bits(const std::uint8_t* bitmap, std::int64_t begin,
                                             std::int64_t count) noexcept {
  const auto shift = static_cast<unsigned>(begin % 8);
  const std::int64_t bytes = (static_cast<std::int64_t>(shift) + count + 7) / 8;
  std::uint64_t word = 0;
  std::memcpy(&word, bitmap + begin / 8, static_cast<std::size_t>(std::min<std::int64_t>(bytes, 8)));
  word >>= shift;
  if (bytes == 9) word |= std::uint64_t{bitmap[begin / 8 + 8]} << (kWordBits - shift);
  return count == kWordBits ? word : word & ((std::uint64_t{1} << count) - 1);
}

/// Calls `use(first, count, bits)` for runs of up to 64 rows.
template <class Use>
void for_each_word(const std::uint8_t* bitmap, std::int64_t begin, std::int64_t count, Use use) {
  for (std::int64_t i = 0; i < count; i += kWordBits) {
    const std::int64_t n = std::min(kWordBits, count - i);
    use(i, n, load_bits(bitmap, begin + i, n));
  }
}

/// Calls `use(i)` for each i whose bit is not set.
template <class Use>
void for_each_unset(const std::uint8_t* bitmap, std::int64_t begin, std::int64_t count, Use use) {
  for_each_word(bitmap, begin, count, [&](std::int64_t first, std::int64_t n, std::uint64_t bits) {
    const std::uint64_t all = n == kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
    for (std::uint64_t unset = ~bits & all; unset != 0; unset &= unset - 1) use(first + std::countr_zero(unset));
  });
}

[[nodiscard]] inline bool is_set(const std::uint8_t* bitmap, std::int64_t i) noexcept {
  return ((bitmap[i / 8] >> (i % 8)) & 1) != 0;
}

[[nodiscard]] inline std::int64_t count_unset(const std::uint8_t* bitmap, std::int64_t begin,
                                              std::int64_t count) noexcept {
  std::int64_t unset = count;
  for_each_word(bitmap, begin, count,
                [&](std::int64_t, std::int64_t, std::uint64_t bits) { unset -= std::popcount(bits); });
  return unset;
}

}  // namespace customerhealth::arrow
