#include "customerhealth/scores/measure.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "customerhealth/scores/shapes.hpp"

namespace customerhealth {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool any_missing(std::span<const double> points) noexcept {
  bool any = false;
  for (const double p : points) any |= std::isnan(p);
  return any;
}

/// A measure with a `value`, over one block.
class ValueMeasure {
 public:
  ValueMeasure(const Measure& measure, const BoundMeasure& bound, const Frame& frame)
      : measure_{measure}, bound_{bound}, frame_{frame}, column_{bound.value->evaluate(frame.columns, frame.rows)} {
    values_ = {column_.view(), numbers_of(column_.view(), buffer_)};
  }

  [[nodiscard]] std::span<const double> numbers() const noexcept { return values_.numbers; }

  void points(std::span<double> out) {
    cases_ = cases_in_force(measure_, bound_, frame_);
    points_of_values(measure_, bound_, cases_, values_, out);
  }

  /// Why a row has no points; after `points`.
  [[nodiscard]] Reason reason(std::size_t row) const {
    const std::int32_t chosen = cases_.at(row);
    if (chosen == CasesInForce::kNone) return Reason::not_applicable;
    if (chosen <= CasesInForce::kFirstMissing) {
      const auto missing = static_cast<std::size_t>(CasesInForce::kFirstMissing - chosen);
      return reason_of(bound_.cases[missing].when->slots(), frame_, row);
    }
    const Shape& shape = measure_.cases[static_cast<std::size_t>(chosen)].shape;
    if (!ignores_value(shape) && is_missing(values_.view, row)) return reason_of(bound_.value->slots(), frame_, row);
    return shape_reason(shape, values_, row);
  }

 private:
  const Measure& measure_;
  const BoundMeasure& bound_;
  const Frame& frame_;
  Column column_;
  std::vector<double> buffer_;
  MeasureValues values_;
  CasesInForce cases_;
};

/// Turns reasons into the points of the policy.
void answer_missing(const MissingPolicy& policy, std::span<const Reason> reasons, std::span<double> points) noexcept {
  for (std::size_t row = 0; row < points.size(); ++row) {
    if (reasons[row] == Reason::none) continue;
    const auto& answer = policy.answers[static_cast<std::size_t>(reasons[row])];
    if (answer.kind == MissingPolicy::Kind::points) points[row] = answer.points;
  }
}

template <class Why>
void find_reasons(std::span<const double> points, std::span<Reason> reasons, const Why& why) {
  for (std::size_t row = 0; row < points.size(); ++row) {
    if (std::isnan(points[row])) reasons[row] = why(row);
  }
}

bool value_rows(const Measure& measure, const BoundMeasure& bound, const Frame& frame, const MeasureRows& out) {
  ValueMeasure evaluated{measure, bound, frame};
  if (!out.value.empty()) std::copy(evaluated.numbers().begin(), evaluated.numbers().end(), out.value.begin());
  evaluated.points(out.points);
  if (!any_missing(out.points)) return false;
  find_reasons(out.points, out.reasons, [&](std::size_t row) { return evaluated.reason(row); });
  return true;
}

bool score_rows_of(const ScoreSpec& from, const ScoreSpec& to, const Frame& frame, const MeasureRows& out) {
  std::vector<double> buffer;
  const std::span<const double> scores = numbers_of(frame.columns[static_cast<std::size_t>(from.slot)], buffer);
  if (!out.value.empty()) std::copy(scores.begin(), scores.end(), out.value.begin());
  for (std::size_t row = 0; row < scores.size(); ++row) out.points[row] = rescaled(scores[row], from.scale, to.scale);
  if (!any_missing(out.points)) return false;
  const std::array slots{from.slot};
  find_reasons(out.points, out.reasons, [&](std::size_t row) { return reason_of(slots, frame, row); });
  return true;
}

}  // namespace

PointsRange points_range(const ScoreSpec& score) noexcept {
  if (score.combine != Combine::sum) return {score.scale.low, score.scale.high};
  const double most = std::max(std::abs(score.scale.low), std::abs(score.scale.high));
  return {-most, most};
}

double rescaled(double value, const Scale& from, const Scale& to) noexcept {
  if (from.low == to.low && from.high == to.high) return value;  // to the bit
  return to.low + (value - from.low) * (to.high - to.low) / (from.high - from.low);
}

CasesInForce cases_in_force(const Measure& measure, const BoundMeasure& bound, const Frame& frame) {
  CasesInForce cases;
  if (measure.cases.size() == 1 && !measure.cases.front().when) return cases;
  auto& chosen = cases.chosen;
  chosen.assign(frame.rows, CasesInForce::kNone);
  std::vector<Truth> buffer;
  for (std::size_t c = 0; c < measure.cases.size(); ++c) {
    const auto index = static_cast<std::int32_t>(c);
    if (!bound.cases[c].when) {
      std::replace(chosen.begin(), chosen.end(), CasesInForce::kNone, index);
      break;
    }
    const Column column = bound.cases[c].when->evaluate(frame.columns, frame.rows);
    const std::span<const Truth> when = truths_of(column.view(), buffer);
    for (std::size_t row = 0; row < when.size(); ++row) {
      if (chosen[row] != CasesInForce::kNone || when[row] == Truth::no) continue;
      chosen[row] = when[row] == Truth::yes ? index : CasesInForce::kFirstMissing - index;
    }
  }
  return cases;
}

void points_of_values(const Measure& measure, const BoundMeasure& bound, const CasesInForce& cases,
                      const MeasureValues& values, std::span<double> points) {
  if (cases.chosen.empty()) {
    shape_points(measure.cases.front().shape, values, bound.cases.front().labels, points);
    return;
  }
  std::fill(points.begin(), points.end(), kNan);
  std::vector<double> of_case(points.size());
  for (std::size_t c = 0; c < measure.cases.size(); ++c) {
    shape_points(measure.cases[c].shape, values, bound.cases[c].labels, of_case);
    const auto wanted = static_cast<std::int32_t>(c);
    for (std::size_t row = 0; row < points.size(); ++row) {
      points[row] = cases.chosen[row] == wanted ? of_case[row] : points[row];
    }
  }
}

void clamp_points(std::span<double> points, const PointsRange& range) noexcept {
  const double low = range.low, high = range.high;
  for (double& p : points) p = p < low ? low : p > high ? high : p;
}

bool measure_rows(const BoundModel& model, std::int32_t score, std::int32_t measure, const Frame& frame,
                  const MeasureRows& out) {
  const ScoreSpec& spec = model.model->scores[static_cast<std::size_t>(score)];
  const Measure& one = spec.measures[static_cast<std::size_t>(measure)];
  const BoundMeasure& bound = model.scores[static_cast<std::size_t>(score)].measures[static_cast<std::size_t>(measure)];
  assert(out.points.size() == frame.rows && out.reasons.size() == frame.rows);
  std::fill(out.reasons.begin(), out.reasons.end(), Reason::none);

  const auto* from = std::get_if<std::int32_t>(&one.source);
  const bool missing = from == nullptr
                           ? value_rows(one, bound, frame, out)
                           : score_rows_of(model.model->scores[static_cast<std::size_t>(*from)], spec, frame, out);
  if (missing) answer_missing(one.missing, out.reasons, out.points);
  clamp_points(out.points, points_range(spec));
  return missing;
}

}  // namespace customerhealth
