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
};

}  // namespace customerhealth::lifecycle
