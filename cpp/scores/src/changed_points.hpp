#pragma once

#include <span>
#include <vector>

#include "customerhealth/scores/measure.hpp"
#include "recorded.hpp"

/// Why a measure has other points at another date, its share aside.
namespace customerhealth {

/// What about the measure is different: its case, its band, its value.
[[nodiscard]] Change change_of_points(const Measure& measure, const PartPair& pair, std::size_t row,
                                      double contribution) noexcept;

/// The points of a measure's values at each date among the peers of the other; NaN where there are none, or a policy
/// gave them. Empty where the measure looks at no peers.
struct AmongOthers {
  std::vector<double> from, to;

  AmongOthers() = default;
  AmongOthers(const BoundModel& model, std::int32_t score, std::int32_t measure, const Frame& frame_from,
              const Frame& frame_to);

  /// How much of the difference of points is the peers': the mean over both orders, or of the one there is.
  [[nodiscard]] double of_peers(std::size_t row, double p_from, double p_to) const noexcept;
};

}  // namespace customerhealth
