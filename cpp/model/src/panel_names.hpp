#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "customerhealth/model/model.hpp"

namespace customerhealth::model {

/// Resolves the names of formulas over the panel to slots.
class PanelNames {
 public:
  explicit PanelNames(const Model& model);

  /// One slot; for `m.*` those of all parts; none when the name is unknown.
  [[nodiscard]] std::vector<SlotIndex> find(const expression::Name& name) const;
  /// What could be written instead.
  [[nodiscard]] std::vector<std::string> candidates(const expression::Name& name) const;
  /// Why the name is unknown and what would have fitted.
  [[nodiscard]] std::string why_unknown(const expression::Name& name) const;

 private:
  [[nodiscard]] const MetricSpec* metric(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> parts(const MetricSpec& metric) const;

  const Model& model_;
  std::unordered_map<std::string, SlotIndex> slots_;       // by Slot::name
  std::unordered_map<std::string, std::int32_t> metrics_;  // by name
};

/// A metric that has parts.
[[nodiscard]] inline bool is_split(const MetricSpec& metric) noexcept {
  const auto* aggregate = std::get_if<Aggregate>(&metric.source);
  return aggregate != nullptr && aggregate->by.has_value();
}

/// The owner of a formula over panel names, which decides what it may read.
struct FormulaPlace {
  enum class Owner : std::uint8_t { include, metric, score, journey, cohort, play };
  /// `metrics`: metrics and attributes; `no_past`: cohorts too, but neither scores nor journeys.
  enum class Uses : std::uint8_t { metrics, no_past, all };
  Owner owner = Owner::include;
  std::int32_t index = 0;
  Uses uses = Uses::all;
};

/// The formulas of journeys, cohorts and plays.
template <class M, class F>
void visit_lifecycle_formulas(M& model, const F& visit) {
  using Owner = FormulaPlace::Owner;
  const auto maybe = [&](auto& formula, const FormulaPlace& place) {
    if (formula) visit(*formula, place);
  };
  for (std::int32_t i = 0; auto& journey : model.journeys) {
    const FormulaPlace place{Owner::journey, i++};
    for (auto& stage : journey.stages) {
      visit(stage.enter, place);
      maybe(stage.exit, place);
    }
  }
  for (std::int32_t i = 0; auto& cohort : model.cohorts) visit(cohort.when, FormulaPlace{Owner::cohort, i++});
  for (std::int32_t i = 0; auto& play : model.plays) {
    const FormulaPlace place{Owner::play, i++};
    visit(play.when, place);
    for (auto* formula : {&play.unless, &play.closes, &play.priority}) maybe(*formula, place);
    for (auto& value : play.values) visit(value, place);
  }
}

/// Calls `visit(formula, place)` for every formula over panel names, in the order of the document's sections.
template <class M, class F>  // a Model, const or not
void visit_panel_formulas(M& model, const F& visit) {
  using Owner = FormulaPlace::Owner;
  using Uses = FormulaPlace::Uses;
  const auto maybe = [&](auto& formula, const FormulaPlace& place) {
    if (formula) visit(*formula, place);
  };
  maybe(model.include, {Owner::include, 0, Uses::no_past});
  for (std::int32_t i = 0; auto& metric : model.metrics) {
    if (auto* formula = std::get_if<Formula>(&metric.source)) visit(*formula, FormulaPlace{Owner::metric, i});
    if (auto* aggregate = std::get_if<Aggregate>(&metric.source)) {
      maybe(aggregate->since, {Owner::metric, i, Uses::metrics});
    }
    ++i;
  }
  for (std::int32_t i = 0; auto& score : model.scores) {
    const FormulaPlace place{Owner::score, i++};
    maybe(score.include, place);
    for (auto& measure : score.measures) {
      if (auto* value = std::get_if<Formula>(&measure.source)) visit(*value, place);
      for (auto& c : measure.cases) {
        maybe(c.when, place);
        if (auto* peers = among_peers(c.shape)) maybe(peers->within, place);
      }
      if (measure.shrink) visit(measure.shrink->rows, place);
    }
    for (auto& cap : score.caps) {
      maybe(cap.when, place);
      visit(cap.limit, place);
    }
  }
  visit_lifecycle_formulas(model, visit);
}

}  // namespace customerhealth::model
