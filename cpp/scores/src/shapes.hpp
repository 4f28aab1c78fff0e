#pragma once

#include <span>

#include "customerhealth/common/code.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/peer_rows.hpp"
#include "customerhealth/scores/values.hpp"

/// From value to points. A new shape is a struct in model.hpp's `Shape`, and its two functions in shapes.cpp.
namespace customerhealth::scores {

/// What a shape looks at beside the values.
struct ShapeSurroundings {
  std::span<const TextCode> labels = {};  // the codes of a LabelsShape over texts, beside its points
  model::Scale scale = {};
  const RowPeers* peers = nullptr;  // of a shape among peers
};

/// The points of each value, not clamped yet; NaN where the value is missing or the shape has no points for it.
void shape_points(const model::Shape& shape, const MeasureValues& values, const ShapeSurroundings& around,
                  std::span<double> points);

/// A logistic at `value`; NaN where the value is.
[[nodiscard]] double logistic_at(const model::LogisticShape& shape, const model::Scale& scale, double value) noexcept;

/// A percentile of a value that stands so among `count` peers.
[[nodiscard]] double percentile_at(const model::PercentileShape& shape, const model::Scale& scale,
                                   const Standing& standing, std::int64_t count) noexcept;

/// A z-score of a value among peers of that mean and deviation; NaN where either is.
[[nodiscard]] double zscore_at(const model::ZscoreShape& shape, const model::Scale& scale, double mean,
                               double deviation, double value) noexcept;

/// Why the shape has no points for the value of a row, which is there (or ignored).
[[nodiscard]] Reason shape_reason(const model::Shape& shape, const MeasureValues& values, std::size_t row) noexcept;

}  // namespace customerhealth::scores
