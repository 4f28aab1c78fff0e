#include "recorded.hpp"

#include <algorithm>
#include <optional>

#include "customerhealth/common/number.hpp"
#include "level.hpp"

namespace customerhealth::scores {

Recorded::Recorded(const model::BoundScore& score, const Frame& frame)
    : rows_{frame.rows},
      value_(level_parts(*score.spec).size() * rows_),
      points_(value_.size()),
      weight_(value_.size()),
      share_(value_.size()),
      contribution_(value_.size()),
      reasons_(value_.size()),
      cases_(value_.size()),
      choices_(value_.size()),
      gives_(value_.size()),
      score_(rows_),
      coverage_(rows_),
      score_reasons_(rows_) {
  std::vector<PartRecord> record;
  for (std::size_t begin = 0; begin < value_.size(); begin += rows_) {
    const auto of = [&](auto& all) { return std::span{all}.subspan(begin, rows_); };
    record.push_back({of(value_), of(points_), of(weight_), of(share_), of(contribution_), of(reasons_), of(cases_),
                      of(choices_), of(gives_)});
  }
  score_level(score, frame, {score_, score_reasons_, {}, coverage_}, record);
}

Recorded::Part Recorded::part(std::size_t p) const noexcept {
  const auto of = [&](const auto& all) { return std::span{all}.subspan(p * rows_, rows_); };
  return {of(value_), of(points_), of(weight_), of(share_), of(contribution_), of(reasons_), of(cases_), of(choices_)};
}

std::optional<std::size_t> Recorded::given_by(std::size_t row) const noexcept {
  for (std::size_t cell = row; cell < gives_.size(); cell += rows_) {
    if (gives_[cell] != 0) return cell / rows_;
  }
  return std::nullopt;
}

Change PartPair::change(std::size_t row, Cause cause, double contribution) const noexcept {
  Change out;
  out.row = row;
  out.part = part;
  out.cause = cause;
  out.from = from.value[row];
  out.to = to.value[row];
  out.contribution = contribution;
  return out;
}

namespace {

void add_slots(const model::BoundScore& score, Depth depth, std::vector<SlotIndex>& slots) {
  const auto add = [&](const std::optional<expression::BoundExpression>& formula) {
    if (formula) slots.insert(slots.end(), formula->slots().begin(), formula->slots().end());
  };
  for (const model::BoundMeasure& measure : score.measures) {
    add(measure.value);
    add(measure.rows);
    for (const model::BoundCase& one : measure.cases) {
      add(one.when);
      add(one.within);
    }
    if (measure.nested == nullptr) continue;
    slots.push_back(measure.nested->spec->slot);
    if (depth == Depth::deep) add_slots(*measure.nested, depth, slots);
  }
  for (const model::BoundCap& cap : score.caps) {
    add(cap.when);
    add(cap.limit);
  }
  add(score.include);
}

}  // namespace

std::vector<SlotIndex> slots_of_score(const model::BoundScore& score, Depth depth) {
  std::vector<SlotIndex> slots;
  add_slots(score, depth, slots);
  std::ranges::sort(slots);
  slots.erase(std::ranges::unique(slots).begin(), slots.end());
  return slots;
}

std::string name_of(const model::ScoreSpec& score, const LevelPart& part) {
  const auto index = static_cast<std::size_t>(part.index);
  switch (part.kind) {
    case LevelPart::Kind::measure:
      return score.measures[index].name;
    case LevelPart::Kind::cap:
      return "cap:" + score.caps[index].name;
    case LevelPart::Kind::round:
      return "round";
    case LevelPart::Kind::clamp:
      break;
  }
  return "clamp";
}

Change with(Change change, Change::Because because) noexcept {
  change.because = because;
  return change;
}

Change with_reason(Change change, Reason reason) noexcept {
  return reason == Reason::none ? change : with(change, Change::Missing{reason});
}

Change::Because because_of_cap(double from, double to) noexcept {
  if (std::isnan(from)) return std::isnan(to) ? Change::Because{} : Change::Limit::on;
  if (std::isnan(to)) return Change::Limit::off;
  return from == to ? Change::Limit::holds : Change::Limit::moved;
}

std::vector<double> factors_of_both(const Recorded& from, const Recorded& to, std::span<const double> factors,
                                    std::vector<Change>& out) {
  std::vector<double> of_both{factors.begin(), factors.end()};
  for (std::size_t row = 0; row < of_both.size(); ++row) {
    const bool was = !std::isnan(from.score()[row]), is = !std::isnan(to.score()[row]);
    if (was && is) continue;
    of_both[row] = 0;
    if (was == is || factors[row] == 0) continue;
    Change change;
    change.row = row;
    change.cause = is ? Cause::appeared : Cause::vanished;
    change.from = from.score()[row];
    change.to = to.score()[row];
    change.contribution = kNan;
    out.push_back(with_reason(change, is ? from.reasons()[row] : to.reasons()[row]));
  }
  return of_both;
}

}  // namespace customerhealth::scores
