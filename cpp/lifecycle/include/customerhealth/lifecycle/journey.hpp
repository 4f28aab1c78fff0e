#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/lifecycle/clock.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::lifecycle {

/// All that an account carries from tick to tick in a journey. Its moves say what it is at any tick.
struct HeldStage {
  std::int32_t stage = -1, previous = -1;  // into JourneySpec::stages; -1: none yet
  Instant since = kMissingInstant;
};

/// A change of stage at a tick.
struct StageMove {
  std::int32_t from = -1, to = -1;  // from -1: the first stage of all
  Instant at = kMissingInstant;
};

/// What the rules of a journey say about a block of rows.
struct StageRules {
  std::vector<std::span<const Truth>> enter, exit;  // beside JourneySpec::stages; exit empty: none
};

/// Stages walked tick by tick (model.md §5).
class JourneyWalk {
 public:
  JourneyWalk(const model::JourneySpec& spec, StageRules rules) : spec_{&spec}, rules_{std::move(rules)} {}

  /// The stage at an instant, where the rules are those of `row`. An account that is in no stage takes the journey's
  /// start first, which it may leave at once.
  [[nodiscard]] HeldStage step(const HeldStage& held, Instant t, std::size_t row) const noexcept;

  /// One account's instants in order, the first of which is `first_row`: what is shown at each. The stage held moves at
  /// ticks where there is a panel row, and then `moves` grows; anywhere else the stage shown is the one that would be
  /// held there. `kept` are the moves at the ticks that were walked before.
  void walk(const ClockView& clock, std::size_t first_row, std::span<const StageMove> kept, std::span<HeldStage> shown,
            std::vector<StageMove>& moves) const;

 private:
  [[nodiscard]] bool may_leave(const HeldStage& held, Instant t, std::size_t row) const noexcept;

  const model::JourneySpec* spec_;
  StageRules rules_;
};

/// Whether a stage has been held for longer than its deadline.
[[nodiscard]] bool is_stalled(const model::JourneySpec& spec, const HeldStage& held, Instant as_of) noexcept;

}  // namespace customerhealth::lifecycle
