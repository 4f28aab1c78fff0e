#include "customerhealth/lifecycle/journey.hpp"

#include <cassert>

namespace customerhealth::lifecycle {

bool JourneyWalk::may_leave(const HeldStage& held, Instant t, std::size_t row) const noexcept {
  const auto s = static_cast<std::size_t>(held.stage);
  const model::Stage& stage = spec_->stages[s];
  if (stage.least && plus(held.since, *stage.least) > t) return false;
  return rules_.exit[s].empty() || rules_.exit[s][row] == Truth::yes;
}

HeldStage JourneyWalk::step(const HeldStage& held, Instant t, std::size_t row) const noexcept {
  const auto enters = [&](std::size_t stage) { return rules_.enter[stage][row] == Truth::yes; };
  if (held.stage < 0 && spec_->start) return step({*spec_->start, -1, t}, t, row);
  if (held.stage < 0) {
    for (std::size_t s = spec_->stages.size(); s-- > 0;) {
      if (enters(s)) return {static_cast<std::int32_t>(s), -1, t};
    }
    return held;
  }
  for (const std::int32_t s : spec_->next[static_cast<std::size_t>(held.stage)]) {
    if (!enters(static_cast<std::size_t>(s))) continue;
    if (s == held.stage || !may_leave(held, t, row)) return held;
    return {s, held.stage, t};
  }
  return held;
}

void JourneyWalk::walk(const ClockView& clock, std::size_t first_row, std::span<const StageMove> kept,
                       std::span<HeldStage> shown, std::vector<StageMove>& moves) const {
  assert(shown.size() == clock.instants.size());
  HeldStage held;
  auto move = kept.begin();
  for (std::size_t k = 0; k < clock.instants.size(); ++k) {
    const Instant t = clock.instants[k];
    for (; move != kept.end() && move->at < t; ++move) held = {move->to, move->from, move->at};
    shown[k] = step(held, t, first_row + k);
    if (!clock.is_to_walk(k) || clock.is_present[k] == 0) continue;
    const bool begins = held.stage < 0 && shown[k].stage >= 0;
    if (begins && shown[k].previous >= 0) moves.push_back({-1, shown[k].previous, t});  // the start, left at once
    if (shown[k].stage != held.stage) moves.push_back({shown[k].previous, shown[k].stage, t});
    held = shown[k];
  }
}

bool is_stalled(const model::JourneySpec& spec, const HeldStage& held, Instant as_of) noexcept {
  const auto& deadline = spec.stages[static_cast<std::size_t>(held.stage)].deadline;
  return deadline && plus(held.since, *deadline) < as_of;
}

}  // namespace customerhealth::lifecycle
