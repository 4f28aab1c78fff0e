#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "customerhealth/lifecycle/clock.hpp"
#include "customerhealth/scores/frame.hpp"
#include "instants.hpp"
#include "kept_walk.hpp"

namespace customerhealth::engine {

/// Some accounts at every instant worked at, what is known of them there, and what is kept of the ticks before.
struct WalkBlock {
  const Instants* instants = nullptr;
  std::span<const AccountCode> accounts;
  std::span<const std::uint8_t> present;  // is there a panel row?
  const scores::Frame* frame = nullptr;
  const Resumption* resumed = nullptr;  // a null pointer: nothing is kept

  [[nodiscard]] lifecycle::ClockView clock(std::size_t account) const noexcept {
    const std::size_t count = instants->all.size();
    return {instants->all, instants->is_tick, instants->is_asked, present.subspan(account * count, count),
            instants->walked_until};
  }
};

}  // namespace customerhealth::engine
