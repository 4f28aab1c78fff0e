#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/scores/edges.hpp"
#include "held_nest.hpp"

namespace customerhealth::scores {

/// Whether a score lies above the edge, or on it if the upper range includes it. False for a missing score.
[[nodiscard]] constexpr bool reaches(double score, const Edge& edge) noexcept {
  return score > edge.at || (score == edge.at && !edge.lower_keeps_it);
}

/// For each row with `asked`: the fewest points of a measure, to the last bit, with which the top score of the nest
/// reaches the edge. NaN if no points of the measure's range suffice, -infinity if all do. It scores again for each
/// probe: since more points never lower a score, bisection finds the edge.
[[nodiscard]] std::vector<double> least_points(HeldNest& held, const NestPlace& leaf, const PointsRange& range,
                                               const Edge& edge, std::span<const std::uint8_t> asked);

}  // namespace customerhealth::scores
