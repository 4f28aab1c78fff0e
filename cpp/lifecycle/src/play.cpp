#include "customerhealth/lifecycle/play.hpp"

namespace customerhealth::lifecycle {

HeldPlay PlayWalk::step(const HeldPlay& held, Instant t, std::size_t row) const noexcept {
  if (held.is_open) {
    const bool closes = rules_.closes.empty() ? rules_.when[row] == Truth::no : rules_.closes[row] == Truth::yes;
    return {!closes, held.last_opened};
  }
  const bool wanted = rules_.when[row] == Truth::yes && (rules_.unless.empty() || rules_.unless[row] != Truth::yes);
  if (!wanted) return held;
  const bool rests = spec_->cooldown && !is_missing(held.last_opened) && plus(held.last_opened, *spec_->cooldown) > t;
  return rests ? held : HeldPlay{true, t};
}

void PlayWalk::walk(const ClockView& clock, std::size_t first_row, HeldPlay& held, std::vector<PlayTurn>& turns) const {
  for (std::size_t k = 0; k < clock.instants.size(); ++k) {
    const bool is_tick = clock.is_tick[k] != 0;
    if (clock.is_present[k] == 0 || (!is_tick && clock.is_asked[k] == 0)) continue;
    const HeldPlay next = step(held, clock.instants[k], first_row + k);
    if (next.is_open != held.is_open) turns.push_back({first_row + k, clock.instants[k], next.is_open, is_tick});
    if (is_tick) held = next;
  }
}

}  // namespace customerhealth::lifecycle
