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

void PlayWalk::walk(const ClockView& clock, std::size_t first_row, std::span<const PlayTurn> kept,
                    std::vector<PlayTurn>& turns) const {
  HeldPlay held;
  auto turn = kept.begin();
  for (std::size_t k = 0; k < clock.instants.size(); ++k) {
    const Instant t = clock.instants[k];
    for (; turn != kept.end() && turn->at < t; ++turn) held = {turn->opens, turn->opens ? turn->at : held.last_opened};
    const bool is_tick = clock.is_to_walk(k);
    if (clock.is_present[k] == 0 || clock.was_walked(k) || (!is_tick && clock.is_asked[k] == 0)) continue;
    const HeldPlay next = step(held, t, first_row + k);
    if (next.is_open != held.is_open) turns.push_back({first_row + k, t, next.is_open, is_tick});
    if (is_tick) held = next;
  }
}

}  // namespace customerhealth::lifecycle
