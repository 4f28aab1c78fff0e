#include "value_slots.hpp"

#include <algorithm>
#include <bit>

namespace customerhealth::metrics {

ValueSlots::ValueSlots(std::span<const std::optional<std::uint64_t>> given, const Identities& rows)
    : given_(given.size(), kNone) {
  std::vector<std::uint64_t> keys;
  for (const auto& key : given) {
    if (key) keys.push_back(*key);
  }
  const Places::Near near{keys};
  rows_.resize(rows.keys.size(), kNone);
  if (keys.empty()) return;
  if (near.fits(keys.size()))
    place_near(given, near, rows.keys);
  else
    place_hashed(given, rows.keys);
  for (std::size_t i = 0; i < rows.missing.size(); ++i) rows_[i] = rows.missing[i] != 0 ? kNone : rows_[i];
}

/// One place more, beyond the highest value, stands for all others.
void ValueSlots::place_near(std::span<const std::optional<std::uint64_t>> given, const Places::Near& near,
                            std::span<const std::uint64_t> keys) {
  places_.assign(near.count() + 1, kNone);
  for (std::size_t g = 0; g < given.size(); ++g) {
    if (!given[g]) continue;
    std::int32_t& place = places_[*given[g] - near.lowest];
    if (place == kNone) place = slots_++;
    given_[g] = place;
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] = places_[std::min(keys[i] - near.lowest, near.count())];
}

void ValueSlots::place_hashed(std::span<const std::optional<std::uint64_t>> given,
                              std::span<const std::uint64_t> keys) {
  keys_.resize(std::bit_ceil(given.size() * 4 + 1));
  places_.assign(keys_.size(), kNone);
  for (std::size_t g = 0; g < given.size(); ++g) {
    if (!given[g]) continue;
    const std::size_t at = find(*given[g]);
    if (places_[at] == kNone) {
      keys_[at] = *given[g];
      places_[at] = slots_++;
    }
    given_[g] = places_[at];
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] = places_[find(keys[i])];
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
