#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace customerhealth {

[[nodiscard]] bool any_nan(std::span<const double> numbers) noexcept;
/// Infinite or NaN.
[[nodiscard]] bool any_not_finite(std::span<const double> numbers) noexcept;

/// Bit i of `bits` becomes whether number i is there, not NaN; those after the last become 0. Returns how many are not
/// there. Eight numbers at a time in four vectors, since GCC 12 does not vectorise a reduction to bits by itself.
inline std::size_t mark_present(std::span<const double> numbers, std::span<std::uint8_t> bits) noexcept {
  using Pair [[gnu::vector_size(16)]] = double;
  using Mask [[gnu::vector_size(16)]] = std::int64_t;
  Mask present{};  // minus how many are, in either lane
  std::size_t i = 0;
  for (; i + 8 <= numbers.size(); i += 8) {
    Mask byte{};
    for (std::size_t pair = 0; pair < 4; ++pair) {
      Pair two;
      std::memcpy(&two, numbers.data() + i + 2 * pair, sizeof two);
      const Mask is_there = two == two;
      present += is_there;
      byte |= is_there & (Mask{1, 2} << static_cast<std::int64_t>(2 * pair));
    }
    bits[i / 8] = static_cast<std::uint8_t>(byte[0] | byte[1]);
  }
  auto count = static_cast<std::size_t>(-(present[0] + present[1]));
  for (std::size_t last = i; last < numbers.size(); ++last) {
    const bool is_there = numbers[last] == numbers[last];
    if (last == i) bits[i / 8] = 0;
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (is_there ? 1U << (last - i) : 0U));
    count += is_there ? 1 : 0;
  }
  return numbers.size() - count;
}

}  // namespace customerhealth
