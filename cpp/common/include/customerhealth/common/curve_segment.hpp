#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

namespace customerhealth {

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

}  // namespace customerhealth
