#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/lifecycle/clock.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::lifecycle {

/// All that an account carries from tick to tick for a play. Its turns say what it is at any tick.
struct HeldPlay {
  bool is_open = false;
  Instant last_opened = kMissingInstant;
};

/// What the rules of a play say about a block of rows.
struct PlayRules {
  std::span<const Truth> when;            // an open play closes where it is false, not where it is missing
  std::span<const Truth> unless, closes;  // either may be empty: none
};

/// A play opens or closes. What happens at an as-of that is no tick is seen there alone: the walk goes on without it.
struct PlayTurn {
  std::size_t row = 0;
  Instant at = kMissingInstant;
  bool opens = true, is_tick = true;
};

/// One play walked tick by tick (model.md §5).
class PlayWalk {
 public:
  PlayWalk(const model::PlaySpec& spec, const PlayRules& rules) : spec_{&spec}, rules_{rules} {}

  /// The state after an instant, where the rules are those of `row`.
  [[nodiscard]] HeldPlay step(const HeldPlay& held, Instant t, std::size_t row) const noexcept;

  /// One account's instants in order, the first of which is `first_row`; what happens where there is a panel row.
  /// `kept` are the turns at the ticks that were walked before.
  void walk(const ClockView& clock, std::size_t first_row, std::span<const PlayTurn> kept,
            std::vector<PlayTurn>& turns) const;

 private:
  const model::PlaySpec* spec_;
  PlayRules rules_;
};

}  // namespace customerhealth::lifecycle
