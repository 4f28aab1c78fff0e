#include "customerhealth/lifecycle/ticks.hpp"

#include <cstdint>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/int128.hpp"

namespace customerhealth::lifecycle {
namespace {

/// Some k at or before the first tick after that instant.
std::int64_t near_tick(const model::Clock& clock, Instant after) noexcept {
  if (after < clock.anchor) return 0;
  if (clock.every.is_calendar()) return months_between(after, clock.anchor) / clock.every.months();
  const auto micros = Int128{after.time_since_epoch().count()} - Int128{clock.anchor.time_since_epoch().count()};
  return static_cast<std::int64_t>(micros / clock.every.micros().count());
}

[[noreturn]] void refuse(const model::Clock& clock, Instant after, Instant until) {
  throw DataError{"clock: every " + clock.every.to_string() + " there are more than 1,000,000 ticks from " +
                      to_string(after) + " (the first row, where an account is walked) to " + to_string(until) +
                      "; mend that row or date, or take a longer `every`",
                  "", ""};
}

}  // namespace

std::vector<Instant> ticks_between(const model::Clock& clock, Instant after, Instant until) {
  std::vector<Instant> ticks;
  for (std::int64_t k = near_tick(clock, after);; ++k) {
    const Instant tick = plus(clock.anchor, clock.every, k);
    if (tick > until || (!ticks.empty() && ticks.back() == tick)) return ticks;
    if (tick > after) ticks.push_back(tick);
    if (ticks.size() > kMostInstants) refuse(clock, after, until);
    if (tick == kLastInstant) return ticks;  // whatever lies beyond the range of instants
  }
}

Instant tick_from(const model::Clock& clock, Instant at) {
  if (at <= clock.anchor) return clock.anchor;
  for (std::int64_t k = near_tick(clock, at);; ++k) {
    const Instant tick = plus(clock.anchor, clock.every, k);
    if (tick >= at || tick == kLastInstant) return tick;
  }
}

}  // namespace customerhealth::lifecycle
