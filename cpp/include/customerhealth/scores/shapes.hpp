#pragma once

#include <span>
#include <utility>

#include "customerhealth/common/code.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/values.hpp"

/// From value to points. A new shape is a struct in model.hpp's `Shape`, and its two functions in shapes.cpp.
namespace customerhealth {

/// The points of each value, not clamped yet; NaN where the value is missing or the shape has no points for it.
/// `labels` are the codes of a LabelsShape over texts, beside its points.
void shape_points(const Shape& shape, const MeasureValues& values, std::span<const TextCode> labels,
                  std::span<double> points);

/// A curve at `value`, between two of its points: x0 <= value < x1.
[[nodiscard]] constexpr double curve_between(const std::pair<double, double>& from, const std::pair<double, double>& to,
                                             double value) noexcept {
  return from.second + (to.second - from.second) * ((value - from.first) / (to.first - from.first));
}

/// Whether the shape gives its answer without looking at the value, so that a missing value is none of its concern.
[[nodiscard]] bool ignores_value(const Shape& shape) noexcept;

/// Why the shape has no points for the value of a row, which is there (or ignored).
[[nodiscard]] Reason shape_reason(const Shape& shape, const MeasureValues& values, std::size_t row) noexcept;

}  // namespace customerhealth
