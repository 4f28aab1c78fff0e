#pragma once

#include <cstdint>

#include "customerhealth/common/number.hpp"
#include "customerhealth/common/reason.hpp"

namespace customerhealth::scores {

/// A score at an instant; NaN with the reason where it is missing.
struct ScoreAt {
  double score = kNan;
  Reason reason = Reason::none;
};

/// What is known of an account where it has no panel row: not enough history.
inline constexpr ScoreAt kNoPanelRow{.reason = Reason::too_young};

/// now - before; missing with the reason of whichever is, `now` first.
[[nodiscard]] constexpr ScoreAt change_of(ScoreAt now, ScoreAt before) noexcept {
  if (now.reason != Reason::none) return {.reason = now.reason};
  if (before.reason != Reason::none) return {.reason = before.reason};
  return {.score = now.score - before.score};
}

/// In the order of the categories of S_trend.
enum class Direction : std::uint8_t { down, flat, up };

/// A change is beyond `flat_within` by more than this share of the scale's width: less is what rounding leaves of two
/// scores that are `flat_within` apart.
inline constexpr double kFlatShare = 1e-9;

/// Of a change that is not missing; `width` is that of the scale.
[[nodiscard]] constexpr Direction direction_of(double change, double flat_within, double width) noexcept {
  const double limit = flat_within + kFlatShare * width;
  return change > limit ? Direction::up : change < -limit ? Direction::down : Direction::flat;
}

}  // namespace customerhealth::scores
