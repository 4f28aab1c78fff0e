#include "customerhealth/scores/other_values.hpp"

#include <cassert>

#include "measure.hpp"

namespace customerhealth::scores {

void points_of_other_values(const model::BoundMeasure& measure, const Frame& frame, std::span<const double> values,
                            std::span<double> points) {
  assert(measure.value && values.size() == points.size() && frame.rows > 0 && values.size() % frame.rows == 0);
  const CasesInForce cases = cases_in_force(measure, frame);
  for (std::size_t first = 0; first < values.size(); first += frame.rows) {
    const std::span<const double> asked = values.subspan(first, frame.rows);
    points_of_values(measure, cases, {asked, asked}, frame, points.subspan(first, frame.rows));
  }
  clamp_points(points, points_range(*measure.score));
}

}  // namespace customerhealth::scores
