#pragma once

#include <span>
#include <vector>

#include "measure.hpp"
#include "recorded.hpp"

/// Why the points of a measure differ between two dates; its share is another matter (changes_level.cpp).
namespace customerhealth::scores {

/// The cause: another case, else another reason under a policy, else another band or label, else another value.
[[nodiscard]] Change change_of_points(const model::Measure& measure, const PartPair& pair, std::size_t row,
                                      double contribution) noexcept;

/// The points of a measure's values at each date among the peers of the other; NaN where there are none, or a policy
/// gave them. Empty where the measure looks at no peers.
struct AmongOthers {
  std::vector<double> from, to;

  AmongOthers() = default;
  AmongOthers(const model::BoundMeasure& measure, const Frame& frame_from, const Frame& frame_to);

  /// How much of the difference of points the peers make: they move first or last, and the mean of both counts; where
  /// one is missing the other.
  [[nodiscard]] double of_peers(std::size_t row, double p_from, double p_to) const noexcept;
};

}  // namespace customerhealth::scores
