#include "changed_points.hpp"

#include "choices.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::scores {
namespace {

std::vector<double> points_among(const model::BoundMeasure& measure, Frame frame,
                                 std::span<const std::int32_t> instants) {
  frame.instants = instants;
  frame.standings.clear();  // among the peers of the row's own instant
  std::vector<double> out(frame.rows);
  std::vector<Reason> reasons(frame.rows);
  measure_rows(measure, frame, {.value = {}, .points = out, .reasons = reasons});
  for (std::size_t row = 0; row < out.size(); ++row) {
    if (reasons[row] != Reason::none) out[row] = kNan;
  }
  return out;
}

/// The cause to report if the value fell into another entry of the shape: a band has a cause of its own.
Cause cause_of(model::ShapeFacts::Entries entries) noexcept {
  switch (entries) {
    case model::ShapeFacts::Entries::bands:
      return Cause::band;
    case model::ShapeFacts::Entries::labels:
    case model::ShapeFacts::Entries::none:
      return Cause::value;
  }
  return Cause::value;
}

}  // namespace

Change change_of_points(const model::Measure& measure, const PartPair& pair, std::size_t row,
                        double contribution) noexcept {
  const std::int32_t case_from = pair.from.cases[row], case_to = pair.to.cases[row];
  if (case_from != case_to) {
    return with(pair.change(row, Cause::case_, contribution), Change::Cases{case_from, case_to});
  }
  const Reason reason_from = pair.from.reasons[row], reason_to = pair.to.reasons[row];
  if (reason_from != Reason::none || reason_to != Reason::none) {  // a policy gave the points on at least one side
    return with(pair.change(row, Cause::value, contribution), Change::Policy{reason_from, reason_to});
  }
  const std::int32_t choice_from = pair.from.choices[row], choice_to = pair.to.choices[row];
  if (choice_from == kNoChoice || choice_to == kNoChoice || case_to < 0) {
    return pair.change(row, Cause::value, contribution);
  }
  const Cause cause = cause_of(model::facts_of(measure.cases[static_cast<std::size_t>(case_to)].shape).entries);
  return with(pair.change(row, cause, contribution), Change::Entries{case_to, choice_from, choice_to});
}

AmongOthers::AmongOthers(const model::BoundMeasure& measure, const Frame& frame_from, const Frame& frame_to)
    : from{points_among(measure, frame_from, frame_to.instants)},
      to{points_among(measure, frame_to, frame_from.instants)} {}

double AmongOthers::of_peers(std::size_t row, double p_from, double p_to) const noexcept {
  const double first = from[row] - p_from, last = p_to - to[row];  // if peers move before the value, and after it
  if (std::isnan(first)) return std::isnan(last) ? 0.0 : last;
  return std::isnan(last) ? first : (first + last) / 2;
}

}  // namespace customerhealth::scores
