#pragma once

#include <span>
#include <vector>

#include "measure.hpp"
#include "recorded.hpp"

/// Finds the cause of a change in the points of a measure. Changes of its share are found in changes_level.cpp.
namespace customerhealth::scores {

/// The first of these that differs: the case, the reason under a policy, the band or label; else the value.
[[nodiscard]] Change change_of_points(const model::Measure& measure, const PartPair& pair, std::size_t row,
                                      double contribution) noexcept;

/// The points that the values of each date would have among the peers of the other date; NaN if there are none, or a
/// policy gave them. Empty for measures without peers.
struct AmongOthers {
  std::vector<double> from, to;

  AmongOthers() = default;
  AmongOthers(const model::BoundMeasure& measure, const Frame& frame_from, const Frame& frame_to);

  /// The part of the difference of points that is due to the peers: the mean of their effect if they change before the
  /// value and if they change after it. If one of these is missing it is the other.
  [[nodiscard]] double of_peers(std::size_t row, double p_from, double p_to) const noexcept;
};

}  // namespace customerhealth::scores
