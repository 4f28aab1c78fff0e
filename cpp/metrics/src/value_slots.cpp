#include "value_slots.hpp"

#include <bit>

namespace customerhealth::metrics {

ValueSlots::ValueSlots(std::span<const std::optional<std::uint64_t>> given, const Identities& rows)
    : keys_(std::bit_ceil(given.size() * 4 + 1)), places_(keys_.size(), kNone), given_(given.size(), kNone) {
  for (std::size_t g = 0; g < given.size(); ++g) {
    if (!given[g]) continue;
    const std::size_t at = find(*given[g]);
    if (places_[at] == kNone) {
      keys_[at] = *given[g];
      places_[at] = slots_++;
    }
    given_[g] = places_[at];
  }
  rows_.resize(rows.keys.size());
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] = places_[find(rows.keys[i])];
  for (std::size_t i = 0; i < rows.missing.size(); ++i) rows_[i] = rows.missing[i] != 0 ? kNone : rows_[i];
}

/// Where the key stands, or else would stand.
std::size_t ValueSlots::find(std::uint64_t key) const noexcept {
  const std::size_t mask = keys_.size() - 1;
  const std::uint64_t mixed = key * 0x9e3779b97f4a7c15U;
  std::size_t at = (mixed ^ (mixed >> 32)) & mask;
  while (places_[at] != kNone && keys_[at] != key) at = (at + 1) & mask;
  return at;
}

}  // namespace customerhealth::metrics
