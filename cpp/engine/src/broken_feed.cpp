#include "broken_feed.hpp"

#include <algorithm>

#include "customerhealth/scores/score.hpp"

namespace customerhealth::engine {
namespace {

bool has_stale_case(const model::Measure& measure) noexcept {
  return std::ranges::any_of(measure.cases, [](const model::Case& one) {
    const auto* fixed = std::get_if<model::FixedMissing>(&one.shape);
    return fixed != nullptr && fixed->reason == Reason::stale;
  });
}

}  // namespace

bool BrokenFeed::is_possible(const model::Model& model) noexcept {
  const bool tables =
      std::ranges::any_of(model.tables, [](const auto& table) { return table.stale_after.has_value(); });
  const bool metrics = std::ranges::any_of(model.metrics, [](const model::MetricSpec& metric) {
    const auto* aggregate = std::get_if<model::Aggregate>(&metric.source);
    return aggregate != nullptr && aggregate->stale_after.has_value();
  });
  return tables || metrics || std::ranges::any_of(model.scores, [](const model::ScoreSpec& score) {
           return std::ranges::any_of(score.measures, has_stale_case);
         });
}

bool BrokenFeed::explains(const expression::BoundExpression& formula, std::size_t row) {
  return std::ranges::any_of(formula.slots(), [&](SlotIndex slot) { return is_stale(slot, row); });
}

bool BrokenFeed::is_stale(SlotIndex slot, std::size_t row) {
  using Origin = model::Slot::Origin;
  if (!is_missing(frame_->columns[slot.place()], row)) return false;
  if (frame_->reason(slot, row) == Reason::stale) return true;
  const model::Slot& what = bound_->model->slots[slot.place()];
  const auto index = static_cast<std::size_t>(what.index);
  if (what.origin == Origin::metric) return is_stale_metric(index, row);
  if (!what.is_answered() || what.origin == Origin::cohort) return false;
  return what.origin >= Origin::stage ? is_stale_journey(index, row) : is_stale_score(index, row);
}

bool BrokenFeed::is_stale_metric(std::size_t metric, std::size_t row) {
  if (const auto* formula = std::get_if<expression::BoundExpression>(&bound_->metrics[metric])) {
    return explains(*formula, row);
  }
  const auto& since = std::get<model::BoundAggregate>(bound_->metrics[metric]).since;
  return since && explains(*since, row);
}

bool BrokenFeed::is_stale_score(std::size_t score, std::size_t row) {
  const model::ScoreSpec& spec = bound_->model->scores[score];
  if (!is_missing(frame_->columns[spec.slot.place()], row)) return false;  // its past is missing
  for (std::size_t m = 0; m < spec.measures.size(); ++m) {
    const Reason reason = reasons_of(score, m)[row];
    if (reason == Reason::none) continue;
    if (reason == Reason::stale) return true;
    const model::BoundMeasure& bound = bound_->scores[score].measures[m];
    if (bound.nested != nullptr && is_stale(bound.nested->spec->slot, row)) return true;
    if (bound.value && explains(*bound.value, row)) return true;
    if (bound.rows && explains(*bound.rows, row)) return true;
    for (const model::BoundCase& one : bound.cases) {
      if (one.when && explains(*one.when, row)) return true;
    }
  }
  return false;
}

bool BrokenFeed::is_stale_journey(std::size_t journey, std::size_t row) {
  return std::ranges::any_of(bound_->journeys[journey].stages,
                             [&](const model::BoundStage& stage) { return explains(stage.enter, row); });
}

const std::vector<Reason>& BrokenFeed::reasons_of(std::size_t score, std::size_t measure) {
  const auto [found, added] = reasons_.try_emplace({score, measure});
  if (added) found->second = scores::measure_reasons(bound_->scores[score].measures[measure], *frame_);
  return found->second;
}

}  // namespace customerhealth::engine
