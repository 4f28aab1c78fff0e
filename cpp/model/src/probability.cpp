#include "customerhealth/model/probability.hpp"

#include <algorithm>

#include "customerhealth/common/curve_segment.hpp"
#include "customerhealth/common/math.hpp"

namespace customerhealth::model {
namespace {

double value_of(const Probability::Curve& curve, double score) noexcept {
  const auto next = std::ranges::find_if(curve, [&](const auto& corner) { return score < corner.first; });
  if (next == curve.begin()) return curve.front().second;
  if (next == curve.end()) return curve.back().second;
  return CurveSegment{*(next - 1), *next}(score);
}

double value_of(const Logit& logit, double score) noexcept { return 1 / (1 + math::exp(-(logit.a - logit.b * score))); }

}  // namespace

double Probability::at(double score) const noexcept {
  return std::visit([&](const auto& one) { return value_of(one, score); }, shape);
}
double Probability::low_at(double score) const noexcept { return std::min(value_of(*low, score), at(score)); }
double Probability::high_at(double score) const noexcept { return std::max(value_of(*high, score), at(score)); }

}  // namespace customerhealth::model
