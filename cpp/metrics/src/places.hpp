#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace customerhealth::metrics {

/// Numbers the distinct keys of some rows; accounts use its memory in turn.
class Places {
 public:
  /// If keys lie close together, as ids, days and codes do, the distance of a key from the lowest serves as its number
  /// and no hash table is needed. Numbers in between may then belong to no key.
  struct Near {
    std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max(), highest = 0;

    explicit Near(std::span<const std::uint64_t> keys) noexcept {
      for (const std::uint64_t key : keys) {
        lowest = std::min(lowest, key);
        highest = std::max(highest, key);
      }
    }
    [[nodiscard]] bool fits(std::size_t keys) const noexcept { return highest - lowest < keys * 2 + 64; }
    [[nodiscard]] std::size_t count() const noexcept { return highest - lowest + 1; }
  };

  /// Gives each key a number below `count()`.
  void number(std::span<const std::uint64_t> keys, std::span<std::int32_t> out) {
    const Near near{keys};
    if (keys.empty() || !near.fits(keys.size())) return hash(keys, out);
    count_ = near.count();
    for (std::size_t i = 0; i < keys.size(); ++i) out[i] = static_cast<std::int32_t>(keys[i] - near.lowest);
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  void hash(std::span<const std::uint64_t> keys, std::span<std::int32_t> out) {
    const std::size_t slots = std::bit_ceil(keys.size() * 2 + 1), mask = slots - 1;
    keys_.resize(slots);
    places_.assign(slots, -1);
    std::int32_t count = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t mixed = keys[i] * 0x9e3779b97f4a7c15U;
      std::size_t at = (mixed ^ (mixed >> 32)) & mask;
      while (places_[at] >= 0 && keys_[at] != keys[i]) at = (at + 1) & mask;
      if (places_[at] < 0) {
        keys_[at] = keys[i];
        places_[at] = count++;
      }
      out[i] = places_[at];
    }
    count_ = static_cast<std::size_t>(count);
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::int32_t> places_;  // -1: free
  std::size_t count_ = 0;
};

}  // namespace customerhealth::metrics
