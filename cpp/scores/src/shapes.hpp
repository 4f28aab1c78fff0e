#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

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

/// A curve between two of its points. The product comes before the quotient, which keeps round values round (0.6 on
/// [[0, 0], [0.8, 100]] is 75), unless it could overflow.
class CurveSegment {
 public:
  CurveSegment(const std::pair<double, double>& from, const std::pair<double, double>& to) noexcept
      : unit_{std::isfinite(to.first - from.first) ? 1.0 : 0.5},
        from_{unit_ * from.first},
        width_{unit_ * to.first - from_},
        at_from_{from.second},
        rise_{to.second - from.second},
        least_{std::min(from.second, to.second)},
        most_{std::max(from.second, to.second)},
        fits_{std::isfinite(rise_ * width_)} {}

  /// At x0 <= value < x1. Points stay between those of the two ends.
  [[nodiscard]] double operator()(double value) const noexcept {
    const double distance = unit_ * value - from_;
    const double added = fits_ ? rise_ * distance / width_ : rise_ * (distance / width_);
    const double points = at_from_ + added;
    return points < least_ ? least_ : points > most_ ? most_ : points;
  }

 private:
  double unit_;  // 0.5 where the distance of the ends has no double
  double from_, width_, at_from_, rise_, least_, most_;
  bool fits_;
};

/// A logistic at `value`; NaN where the value is.
[[nodiscard]] double logistic_at(const model::LogisticShape& shape, const model::Scale& scale, double value) noexcept;

/// A percentile of a value that stands so among `count` peers.
[[nodiscard]] double percentile_at(const model::PercentileShape& shape, const model::Scale& scale,
                                   const PeerValues::Standing& standing, std::int64_t count) noexcept;

/// A z-score of a value among peers of that mean and deviation; NaN where either is.
[[nodiscard]] double zscore_at(const model::ZscoreShape& shape, const model::Scale& scale, double mean,
                               double deviation, double value) noexcept;

/// Why the shape has no points for the value of a row, which is there (or ignored).
[[nodiscard]] Reason shape_reason(const model::Shape& shape, const MeasureValues& values, std::size_t row) noexcept;

}  // namespace customerhealth::scores
