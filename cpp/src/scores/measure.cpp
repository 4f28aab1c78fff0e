#include "customerhealth/scores/measure.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "customerhealth/scores/choices.hpp"
#include "customerhealth/scores/peer_rows.hpp"
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
  ValueMeasure(const Measure& measure, const BoundMeasure& bound, const Scale& scale, const Frame& frame)
      : measure_{measure},
        bound_{bound},
        scale_{scale},
        frame_{frame},
        column_{bound.value->evaluate(frame.columns, frame.rows)} {
    values_ = {column_.view(), numbers_of(column_.view(), buffer_)};
    shrunk_.resize(measure.cases.size());
    peers_.resize(measure.cases.size());
  }

  [[nodiscard]] std::span<const double> numbers() const noexcept { return values_.numbers; }

  void points(std::span<double> out) {
    if (measure_.cases.size() == 1 && !measure_.cases.front().when) {
      case_points(0, out);
      return;
    }
    choose();
    std::fill(out.begin(), out.end(), kNan);
    std::vector<double> of_case(out.size());
    for (std::size_t c = 0; c < measure_.cases.size(); ++c) {
      case_points(c, of_case);
      const auto wanted = static_cast<std::int32_t>(c);
      for (std::size_t row = 0; row < out.size(); ++row) out[row] = chosen_[row] == wanted ? of_case[row] : out[row];
    }
  }

  /// The case and the entry of its shape that each row has its points from; after `points`.
  void choices(std::span<std::int32_t> cases, std::span<std::int32_t> out) const {
    std::fill(out.begin(), out.end(), kNoChoice);
    if (chosen_.empty()) {
      std::fill(cases.begin(), cases.end(), 0);
      shape_choices(measure_.cases.front().shape, values_, bound_.cases.front().labels, out);
      return;
    }
    std::copy(chosen_.begin(), chosen_.end(), cases.begin());
    std::vector<std::int32_t> of_case(out.size());
    for (std::size_t c = 0; c < measure_.cases.size(); ++c) {
      shape_choices(measure_.cases[c].shape, values_, bound_.cases[c].labels, of_case);
      const auto wanted = static_cast<std::int32_t>(c);
      for (std::size_t row = 0; row < out.size(); ++row) out[row] = cases[row] == wanted ? of_case[row] : out[row];
    }
  }

  /// Why a row has no points; after `points`.
  [[nodiscard]] Reason reason(std::size_t row) const {
    const std::int32_t chosen = chosen_.empty() ? 0 : chosen_[row];
    if (chosen == kNoCase) return Reason::not_applicable;
    if (chosen <= kFirstMissingCase) {
      const auto missing = static_cast<std::size_t>(kFirstMissingCase - chosen);
      return reason_of(bound_.cases[missing].when->slots(), frame_, row);
    }
    const auto c = static_cast<std::size_t>(chosen);
    const Shape& shape = measure_.cases[c].shape;
    if (ignores_value(shape)) return shape_reason(shape, values_, row);
    if (is_missing(values_.view, row)) return reason_of(bound_.value->slots(), frame_, row);
    if (shrunk_[c] && std::isnan(shrunk_[c]->numbers()[row])) return shrunk_[c]->reason(row);
    if (const AmongPeers* among = among_peers(shape)) {
      if (peers_[c].count(row) < among->least) return Reason::few_peers;
    }
    return shape_reason(shape, values_of(c), row);
  }

 private:
  /// The values that the shape of a case sees.
  [[nodiscard]] MeasureValues values_of(std::size_t c) const {
    return shrunk_[c] ? MeasureValues{shrunk_[c]->numbers(), shrunk_[c]->numbers()} : values_;
  }

  void case_points(std::size_t c, std::span<double> out) {
    const Case& one = measure_.cases[c];
    const BoundCase& bound = bound_.cases[c];
    if (one.shrink_peers) shrunk_[c].emplace(values_.numbers, measure_, bound_, c, frame_);
    if (one.shape_peers) peers_[c] = RowPeers{bound.within ? &*bound.within : nullptr, *one.shape_peers, frame_};
    shape_points(one.shape, values_of(c), {bound.labels, scale_, &peers_[c]}, out);
  }

  /// The first case that holds in each row.
  void choose() {
    chosen_.assign(frame_.rows, kNoCase);
    std::vector<Truth> buffer;
    for (std::size_t c = 0; c < measure_.cases.size(); ++c) {
      const auto index = static_cast<std::int32_t>(c);
      if (!bound_.cases[c].when) {
        std::replace(chosen_.begin(), chosen_.end(), kNoCase, index);
        return;
      }
      const Column column = bound_.cases[c].when->evaluate(frame_.columns, frame_.rows);
      const std::span<const Truth> when = truths_of(column.view(), buffer);
      for (std::size_t row = 0; row < when.size(); ++row) {
        if (chosen_[row] != kNoCase || when[row] == Truth::no) continue;
        chosen_[row] = when[row] == Truth::yes ? index : kFirstMissingCase - index;
      }
    }
  }

  const Measure& measure_;
  const BoundMeasure& bound_;
  const Scale& scale_;
  const Frame& frame_;
  Column column_;
  std::vector<double> buffer_;
  MeasureValues values_;
  std::vector<std::int32_t> chosen_;                 // empty: a lone shape
  std::vector<std::optional<ShrunkValues>> shrunk_;  // by case
  std::vector<RowPeers> peers_;                      // by case
};

void clamp_points(std::span<double> points, const PointsRange& range) noexcept {
  const double low = range.low, high = range.high;
  for (double& p : points) p = p < low ? low : p > high ? high : p;  // NaN stays
}

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

bool value_rows(const Measure& measure, const BoundMeasure& bound, const Scale& scale, const Frame& frame,
                const MeasureRows& out) {
  ValueMeasure evaluated{measure, bound, scale, frame};
  if (!out.value.empty()) std::copy(evaluated.numbers().begin(), evaluated.numbers().end(), out.value.begin());
  evaluated.points(out.points);
  if (!out.cases.empty()) evaluated.choices(out.cases, out.choices);
  if (!any_missing(out.points)) return false;
  find_reasons(out.points, out.reasons, [&](std::size_t row) { return evaluated.reason(row); });
  return true;
}

bool score_rows_of(const ScoreSpec& from, const ScoreSpec& to, const Frame& frame, const MeasureRows& out) {
  std::vector<double> buffer;
  const std::span<const double> scores = numbers_of(frame.columns[static_cast<std::size_t>(from.slot)], buffer);
  if (!out.value.empty()) std::copy(scores.begin(), scores.end(), out.value.begin());
  std::fill(out.cases.begin(), out.cases.end(), 0);
  std::fill(out.choices.begin(), out.choices.end(), kNoChoice);
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

bool measure_rows(const BoundModel& model, std::int32_t score, std::int32_t measure, const Frame& frame,
                  const MeasureRows& out) {
  const ScoreSpec& spec = model.model->scores[static_cast<std::size_t>(score)];
  const Measure& one = spec.measures[static_cast<std::size_t>(measure)];
  const BoundMeasure& bound = model.scores[static_cast<std::size_t>(score)].measures[static_cast<std::size_t>(measure)];
  assert(out.points.size() == frame.rows && out.reasons.size() == frame.rows);
  std::fill(out.reasons.begin(), out.reasons.end(), Reason::none);

  const auto* from = std::get_if<std::int32_t>(&one.source);
  const bool missing = from == nullptr
                           ? value_rows(one, bound, spec.scale, frame, out)
                           : score_rows_of(model.model->scores[static_cast<std::size_t>(*from)], spec, frame, out);
  if (missing) answer_missing(one.missing, out.reasons, out.points);
  clamp_points(out.points, points_range(spec));
  return missing;
}

}  // namespace customerhealth
