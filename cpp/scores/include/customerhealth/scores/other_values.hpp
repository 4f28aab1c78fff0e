#pragma once

#include <span>

#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/frame.hpp"

namespace customerhealth::scores {

/// The points that other values of a measure with a `value` would have; all else is held, the case in force and the
/// peers too. `values` and `points` hold one row of the frame after the other, as many times as there are questions.
/// NaN where a value has no points.
void points_of_other_values(const model::BoundMeasure& measure, const Frame& frame, std::span<const double> values,
                            std::span<double> points);

}  // namespace customerhealth::scores
