#pragma once

#include <cstdint>
#include <span>

#include "customerhealth/common/instant.hpp"

namespace customerhealth::lifecycle {

/// The instants of a walk, of one account.
struct ClockView {
  std::span<const Instant> instants;            // ascending
  std::span<const std::uint8_t> is_tick;        // beside them
  std::span<const std::uint8_t> is_asked = {};  // an as-of; may be a tick too
  std::span<const std::uint8_t> is_present;     // there is a panel row
  // A walk that was kept goes on after this; the instants need not hold the ticks up to it.
  Instant walked_until = kMissingInstant;

  [[nodiscard]] bool was_walked(std::size_t k) const noexcept { return is_tick[k] != 0 && instants[k] <= walked_until; }
  [[nodiscard]] bool is_to_walk(std::size_t k) const noexcept { return is_tick[k] != 0 && instants[k] > walked_until; }
};

}  // namespace customerhealth::lifecycle
