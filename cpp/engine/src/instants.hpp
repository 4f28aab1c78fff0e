#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::engine {

/// Neighbours among instants.
struct InstantRun {
  std::size_t begin = 0, count = 0;
};

/// The instants that one scoring works at: the as-ofs asked for and, where a score has a trend or hysteresis, or where
/// there are journeys or plays, all earlier ones that answers at these depend on.
struct Instants {
  std::vector<Instant> all;                 // ascending, each once
  std::vector<InstantRun> asked;            // where in `all` the as-ofs asked for lie
  std::vector<std::uint8_t> is_tick;        // beside `all`; empty where nothing walks the clock
  std::vector<std::uint8_t> is_asked = {};  // likewise
  /// By score, for each of `all` the place of the instant that its trend compares with; -1 where nobody needs it.
  /// Empty where the score has no trend.
  std::vector<std::vector<std::int32_t>> before;
  Instant walked_until =
      kMissingInstant;  // ticks up to it were walked before and are not among `all` for their own sake

  /// Nothing but the as-ofs asked for.
  [[nodiscard]] bool only_asked() const noexcept { return asked.size() == 1 && asked.front().count == all.size(); }
};

/// Those from a place among `all` on. Its first instant is after all that trends of later ones compare with and that an
/// account whose first row is later could have held: for such an account nothing differs.
[[nodiscard]] Instants instants_from(const Instants& whole, std::size_t place);

/// Whether any answer of these steps depends on the ticks of the clock.
[[nodiscard]] bool walks_clock(const model::Model& model, std::span<const model::Step> steps) noexcept;

/// `steps`: some of the model's, in their order, with what they need. `as_ofs` ascend, each once. No account has a
/// panel row at or before `before_first_row`, so nothing is held there. What a score reads at an instant is needed at
/// that instant, what a trend compares with at the earlier one, and what is held depends on every tick up to the last
/// instant at which the grade is needed. So what is worked out for an as-of does not depend on which others were asked
/// for. What was held at the ticks up to `walked_until` is known. Throws DataError, which names the clock or the trend,
/// where an account would have more than kMostInstants.
[[nodiscard]] Instants plan_instants(const model::Model& model, std::span<const model::Step> steps,
                                     std::span<const Instant> as_ofs, Instant before_first_row, Instant walked_until,
                                     const Watch& watch);

}  // namespace customerhealth::engine
