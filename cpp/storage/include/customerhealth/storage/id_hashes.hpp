#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// By which part an account goes to: the same for a whole number and for the text that spells it.
namespace customerhealth::storage {

/// FNV-1a of 64 bits, its upper half folded onto the lower one: the lowest bits alone depend on the lowest bits of the
/// letters. Parts that were cut stay the parts of their accounts, so this never changes.
[[nodiscard]] constexpr std::uint64_t id_hash(std::string_view text) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
  return hash ^ (hash >> 32U);
}

[[nodiscard]] std::vector<std::uint64_t> id_hashes(std::span<const std::int64_t> numbers);

/// Of texts as Arrow's large_string has them: text i lies from `offsets[i]` to `offsets[i + 1]`.
[[nodiscard]] std::vector<std::uint64_t> id_hashes(std::span<const std::int64_t> offsets, std::string_view bytes);

}  // namespace customerhealth::storage
