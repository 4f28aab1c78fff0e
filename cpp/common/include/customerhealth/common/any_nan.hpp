#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace customerhealth {

/// Whether `is_odd` holds for any of the numbers. Two numbers are tested at a time in a vector of 16 bytes, since GCC
/// 12 does not vectorise a reduction to one bool by itself, and every column of every result is searched for NaN.
template <class IsOdd>
[[nodiscard]] bool any_odd(std::span<const double> numbers, const IsOdd& is_odd) noexcept {
  using Pair [[gnu::vector_size(16)]] = double;
  using Mask [[gnu::vector_size(16)]] = std::int64_t;
  Mask found{};
  std::size_t i = 0;
  for (; i + 2 <= numbers.size(); i += 2) {
    Pair pair;
    std::memcpy(&pair, numbers.data() + i, sizeof pair);
    found |= is_odd(pair);
  }
  bool any = (found[0] | found[1]) != 0;
  if (i < numbers.size()) any |= is_odd(numbers[i]);
  return any;
}

[[nodiscard]] inline bool any_nan(std::span<const double> numbers) noexcept {
  return any_odd(numbers, [](const auto& x) { return x != x; });
}

/// Infinite or NaN.
[[nodiscard]] inline bool any_not_finite(std::span<const double> numbers) noexcept {
  return any_odd(numbers, [](const auto& x) { return x - x != x - x; });
}

}  // namespace customerhealth
