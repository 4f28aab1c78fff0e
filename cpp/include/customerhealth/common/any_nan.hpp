#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace customerhealth {

/// Whether any of some numbers is missing. Two at a time by hand: compilers leave such loops one by one,
/// and every column of every result is asked.
[[nodiscard]] inline bool any_nan(std::span<const double> numbers) noexcept {
  using Pair [[gnu::vector_size(16)]] = double;
  using Mask [[gnu::vector_size(16)]] = std::int64_t;
  Mask found{};
  std::size_t i = 0;
  for (; i + 2 <= numbers.size(); i += 2) {
    Pair pair;
    std::memcpy(&pair, numbers.data() + i, sizeof pair);
    found |= pair != pair;
  }
  bool any = (found[0] | found[1]) != 0;
  if (i < numbers.size()) any |= numbers[i] != numbers[i];
  return any;
}

/// Whether any of some numbers is missing or infinite.
[[nodiscard]] inline bool any_not_finite(std::span<const double> numbers) noexcept {
  using Pair [[gnu::vector_size(16)]] = double;
  using Mask [[gnu::vector_size(16)]] = std::int64_t;
  Mask found{};
  std::size_t i = 0;
  for (; i + 2 <= numbers.size(); i += 2) {
    Pair pair;
    std::memcpy(&pair, numbers.data() + i, sizeof pair);
    found |= pair - pair != Pair{};
  }
  bool any = (found[0] | found[1]) != 0;
  if (i < numbers.size()) any |= numbers[i] - numbers[i] != 0;
  return any;
}

}  // namespace customerhealth
