#include "measure.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <vector>

#include "choices.hpp"
#include "customerhealth/common/any_nan.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/wide.hpp"
#include "customerhealth/scores/peer_rows.hpp"
#include "customerhealth/scores/score.hpp"
#include "shapes.hpp"

namespace customerhealth::scores {
namespace {

/// Asks `of_case` about all rows, case after case; each row takes what the case in force there says, or else `none`.
template <class T, class OfCase>
void rows_by_case(const CasesInForce& cases, T none, std::span<T> out, const OfCase& of_case) {
  if (cases.chosen.empty()) {
    of_case(0, out);
    return;
  }
  std::fill(out.begin(), out.end(), none);
  std::vector<T> found(out.size());
  for (std::size_t c = 0; c < cases.count; ++c) {
    of_case(c, std::span<T>{found});
    const auto wanted = static_cast<std::int32_t>(c);
    for (std::size_t row = 0; row < out.size(); ++row) out[row] = cases.chosen[row] == wanted ? found[row] : out[row];
  }
}

/// What a case of a measure sees of other accounts.
struct CasePeers {
  std::optional<ShrunkValues> shrunk;
  RowPeers shape;

  /// The values as the shape sees them.
  [[nodiscard]] MeasureValues seen(const MeasureValues& values) const {
    return shrunk ? MeasureValues{shrunk->numbers(), shrunk->numbers()} : values;
  }

  /// Looks at them, and gives the points of the case.
  void points(const model::BoundMeasure& measure, std::size_t c, const MeasureValues& values, const Frame& frame,
              std::span<double> out) {
    const model::BoundCase& of_case = measure.cases[c];
    const model::Case& one = *of_case.spec;
    if (one.shrink_peers) shrunk.emplace(values.numbers, measure, c, frame);
    if (one.shape_peers) shape = RowPeers{of_case.within ? &*of_case.within : nullptr, *one.shape_peers, frame};
    shape_points(one.shape, seen(values), {of_case.labels, measure.score->scale, &shape}, out);
  }
};

/// A measure with a `value`, over one block.
class ValueMeasure {
 public:
  ValueMeasure(const model::BoundMeasure& measure, const Frame& frame)
      : measure_{measure},
        frame_{frame},
        column_{measure.value->evaluate(frame.columns, frame.rows)},
        reasons_{*measure.value, frame} {
    values_ = {column_.view(), numbers_of(column_.view(), buffer_)};
    peers_.resize(measure.cases.size());
    for (const model::BoundCase& one : measure.cases) ignores_.push_back(model::ignores_value(one.spec->shape) ? 1 : 0);
  }

  [[nodiscard]] std::span<const double> numbers() const noexcept { return values_.numbers; }

  /// The one name that it reads, where its points are missing only because that is.
  [[nodiscard]] std::optional<SlotIndex> lone_slot() const noexcept {
    const bool numeric = std::holds_alternative<std::span<const double>>(values_.view);
    const bool one_case = measure_.cases.size() == 1 && !measure_.spec->cases.front().when && ignores_.front() == 0;
    return numeric && one_case && !looks_at_peers(*measure_.spec) ? measure_.value->lone_name() : std::nullopt;
  }

  void points(std::span<double> out) {
    cases_ = cases_in_force(measure_, frame_);
    rows_by_case(cases_, kNan, out, [&](std::size_t c, std::span<double> points) {
      peers_[c].points(measure_, c, values_, frame_, points);
    });
  }

  /// The case and the entry of its shape that each row has its points from; after `points`.
  void choices(std::span<std::int32_t> cases, std::span<std::int32_t> out) const {
    for (std::size_t row = 0; row < cases.size(); ++row) cases[row] = cases_.at(row);
    rows_by_case(cases_, kNoChoice, out, [&](std::size_t c, std::span<std::int32_t> of_case) {
      shape_choices(measure_.cases[c].spec->shape, values_, measure_.cases[c].labels, of_case);
    });
  }

  /// Why a row has no points; after `points`.
  [[nodiscard]] Reason reason(std::size_t row) {
    const std::int32_t chosen = cases_.at(row);
    if (chosen == CasesInForce::kNone) return Reason::not_applicable;
    if (chosen <= CasesInForce::kFirstMissing) {
      const auto missing = static_cast<std::size_t>(CasesInForce::kFirstMissing - chosen);
      return case_reasons_.try_emplace(missing, *measure_.cases[missing].when, frame_).first->second[row];
    }
    const auto c = static_cast<std::size_t>(chosen);
    const model::Shape& shape = measure_.cases[c].spec->shape;
    if (ignores_[c] != 0) return shape_reason(shape, values_, row);
    if (is_missing(values_.view, row)) return reasons_[row];
    const auto& shrunk = peers_[c].shrunk;
    if (shrunk && std::isnan(shrunk->numbers()[row])) return shrunk->reason(row);
    if (const model::AmongPeers* among = model::among_peers(shape)) {
      if (peers_[c].shape.count(row) < among->least) return Reason::few_peers;
    }
    return shape_reason(shape, peers_[c].seen(values_), row);
  }

 private:
  const model::BoundMeasure& measure_;
  const Frame& frame_;
  Column column_;
  MissingReasons reasons_;
  std::unordered_map<std::size_t, MissingReasons> case_reasons_;  // of the conditions that somebody asked about
  std::vector<double> buffer_;
  MeasureValues values_;
  CasesInForce cases_;
  std::vector<CasePeers> peers_;       // by case
  std::vector<std::uint8_t> ignores_;  // likewise: whether its shape has no look at the value
};

/// Turns reasons into the points of the policy.
void answer_missing(const model::MissingPolicy& policy, std::span<const Reason> reasons,
                    std::span<double> points) noexcept {
  std::array<double, std::tuple_size_v<decltype(policy.answers)>> answers;
  answers.fill(kNan);
  for (std::size_t reason = 1; reason < answers.size(); ++reason) {  // not Reason::none
    const auto& answer = policy.answers[reason];
    if (answer.kind == model::MissingPolicy::Kind::points) answers[reason] = answer.points;
  }
  // Without a branch: a row has points of its own or a reason, and NaN is what it has where the policy says nothing.
  for (std::size_t row = 0; row < points.size(); ++row) {
    const double answer = answers[static_cast<std::size_t>(reasons[row])];
    points[row] = std::isnan(points[row]) ? answer : points[row];
  }
}

template <class Why>
void find_reasons(std::span<const double> points, std::span<Reason> reasons, const Why& why) {
  for (std::size_t row = 0; row < points.size(); ++row) {
    if (std::isnan(points[row])) reasons[row] = why(row);
  }
}

/// Takes the reasons of the one name that a measure reads, row by row without a branch; false where a row has no points
/// though it has a value, or no value though the name gives no reason.
CUSTOMERHEALTH_WIDE bool take_reasons(std::span<const Reason> given, std::span<const double> values,
                                      std::span<const double> points, std::span<Reason> out) noexcept {
  if (given.empty()) return false;
  const Reason* const reasons = given.data();
  unsigned odd = 0;
  for (std::size_t row = 0; row < out.size(); ++row) {
    const bool no_points = std::isnan(points[row]), no_value = std::isnan(values[row]);
    out[row] = no_points && no_value ? reasons[row] : Reason::none;
    odd |= static_cast<unsigned>(no_points) &
           (static_cast<unsigned>(!no_value) | static_cast<unsigned>(reasons[row] == Reason::none));
  }
  return odd == 0;
}

bool value_rows(const model::BoundMeasure& measure, const Frame& frame, const MeasureRows& out) {
  ValueMeasure evaluated{measure, frame};
  if (!out.value.empty()) std::copy(evaluated.numbers().begin(), evaluated.numbers().end(), out.value.begin());
  evaluated.points(out.points);
  if (!out.cases.empty()) evaluated.choices(out.cases, out.choices);
  if (!any_nan(out.points)) return false;
  const auto lone = evaluated.lone_slot();
  if (lone && take_reasons(frame.reasons[lone->place()], evaluated.numbers(), out.points, out.reasons)) return true;
  find_reasons(out.points, out.reasons, [&](std::size_t row) { return evaluated.reason(row); });
  return true;
}

bool score_rows_of(const model::ScoreSpec& from, const model::ScoreSpec& to, const Frame& frame,
                   const MeasureRows& out) {
  std::vector<double> buffer;
  const std::span<const double> scores = numbers_of(frame.columns[from.slot.place()], buffer);
  if (!out.value.empty()) std::copy(scores.begin(), scores.end(), out.value.begin());
  std::fill(out.cases.begin(), out.cases.end(), 0);
  std::fill(out.choices.begin(), out.choices.end(), kNoChoice);
  for (std::size_t row = 0; row < scores.size(); ++row) out.points[row] = rescaled(scores[row], from.scale, to.scale);
  if (!any_nan(out.points)) return false;
  find_reasons(out.points, out.reasons, [&](std::size_t row) { return reason_of(from.slot, frame, row); });
  return true;
}

}  // namespace

std::vector<Reason> measure_reasons(const model::BoundMeasure& measure, const Frame& frame) {
  std::vector<double> points(frame.rows);
  std::vector<Reason> reasons(frame.rows, Reason::none);
  measure_rows(measure, frame, {.value = {}, .points = points, .reasons = reasons});
  return reasons;
}

bool answers(const model::MissingPolicy& policy, model::MissingPolicy::Kind kind) noexcept {
  return std::ranges::any_of(policy.answers, [kind](const auto& answer) { return answer.kind == kind; });
}

PointsRange points_range(const model::ScoreSpec& score) noexcept {
  if (score.combine != model::Combine::sum) return {score.scale.low, score.scale.high};
  const double most = std::max(std::abs(score.scale.low), std::abs(score.scale.high));
  return {-most, most};
}

double rescaled(double value, const model::Scale& from, const model::Scale& to) noexcept {
  if (from.low == to.low && from.high == to.high) return value;                      // to the bit
  return to.low + (value - from.low) * (to.high - to.low) / (from.high - from.low);  // the product before the quotient
}

CasesInForce cases_in_force(const model::BoundMeasure& measure, const Frame& frame) {
  CasesInForce cases{.count = measure.cases.size(), .chosen = {}};
  if (measure.cases.size() == 1 && !measure.spec->cases.front().when) return cases;
  auto& chosen = cases.chosen;
  chosen.assign(frame.rows, CasesInForce::kNone);
  std::vector<Truth> buffer;
  for (std::size_t c = 0; c < measure.cases.size(); ++c) {
    const auto index = static_cast<std::int32_t>(c);
    if (!measure.cases[c].when) {
      std::replace(chosen.begin(), chosen.end(), CasesInForce::kNone, index);
      break;
    }
    const Column column = measure.cases[c].when->evaluate(frame.columns, frame.rows);
    const std::span<const Truth> when = truths_of(column.view(), buffer);
    for (std::size_t row = 0; row < when.size(); ++row) {
      if (chosen[row] != CasesInForce::kNone || when[row] == Truth::no) continue;
      chosen[row] = when[row] == Truth::yes ? index : CasesInForce::kFirstMissing - index;
    }
  }
  return cases;
}

bool looks_at_peers(const model::Measure& measure) noexcept {
  return std::ranges::any_of(measure.cases, [](const model::Case& one) { return one.shrink_peers || one.shape_peers; });
}

void points_of_values(const model::BoundMeasure& measure, const CasesInForce& cases, const MeasureValues& values,
                      const Frame& frame, std::span<double> points) {
  Frame others = frame;
  others.standings.clear();  // they are those of the rows' own values
  rows_by_case(cases, kNan, points, [&](std::size_t c, std::span<double> of_case) {
    CasePeers{}.points(measure, c, values, others, of_case);
  });
}

CUSTOMERHEALTH_WIDE void clamp_points(std::span<double> points, const PointsRange& range) noexcept {
  const double low = range.low, high = range.high;
  for (double& p : points) {  // what is missing is neither below nor above
    p = low > p ? low : p;
    p = high < p ? high : p;
  }
}

bool measure_rows(const model::BoundMeasure& measure, const Frame& frame, const MeasureRows& out) {
  assert(out.points.size() == frame.rows && out.reasons.size() == frame.rows);
  std::fill(out.reasons.begin(), out.reasons.end(), Reason::none);

  const model::MissingPolicy& policy = measure.spec->missing;
  const bool missing = measure.nested == nullptr ? value_rows(measure, frame, out)
                                                 : score_rows_of(*measure.nested->spec, *measure.score, frame, out);
  if (missing && answers(policy, model::MissingPolicy::Kind::points)) answer_missing(policy, out.reasons, out.points);
  clamp_points(out.points, points_range(*measure.score));
  return missing;
}

}  // namespace customerhealth::scores
