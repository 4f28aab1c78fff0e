#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/scores/edges.hpp"
#include "customerhealth/scores/nest.hpp"

namespace customerhealth::scores {

/// Whether a score lies above the edge, or on it where that is enough. A missing one does not.
[[nodiscard]] constexpr bool reaches(double score, const Edge& edge) noexcept {
  return score > edge.at || (score == edge.at && !edge.lower_keeps_it);
}

/// The fewest points of a measure, to the last bit, with which the top score of the nest reaches the edge, where
/// `asked`; NaN: none of the measure's range suffice; -infinity: any do. Found by scoring again: more points never
/// lower a score, so that halving what lies between enough and not enough ends at the edge.
[[nodiscard]] std::vector<double> least_points(HeldNest& held, const NestPlace& leaf, const PointsRange& range,
                                               const Edge& edge, std::span<const std::uint8_t> asked);

}  // namespace customerhealth::scores
