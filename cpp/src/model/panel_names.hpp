#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "customerhealth/model/model.hpp"

namespace customerhealth {

/// What names mean in formulas over the panel.
class PanelNames {
 public:
  explicit PanelNames(const Model& model);

  /// One slot; for `m.*` those of all parts; none when the name is unknown.
  [[nodiscard]] std::vector<std::int32_t> find(const Name& name) const;
  /// What could be written instead.
  [[nodiscard]] std::vector<std::string> candidates(const Name& name) const;
  /// Why the name is unknown and what would have fitted.
  [[nodiscard]] std::string why_unknown(const Name& name) const;

 private:
  [[nodiscard]] const MetricSpec* metric(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> parts(const MetricSpec& metric) const;

  const Model& model_;
  std::unordered_map<std::string, std::int32_t> slots_;    // by Slot::name
  std::unordered_map<std::string, std::int32_t> metrics_;  // by name
};

/// A metric that has parts.
[[nodiscard]] inline bool is_split(const MetricSpec& metric) noexcept {
  const auto* aggregate = std::get_if<Aggregate>(&metric.source);
  return aggregate != nullptr && aggregate->by.has_value();
}

/// Whose a formula over panel names is.
struct FormulaPlace {
  enum class Owner : std::uint8_t { include, metric, score };
  Owner owner = Owner::include;
  std::int32_t index = 0;
  bool may_use_scores = true;
};

/// Calls `visit(formula, place)` for every formula over panel names, in the order of the document's sections.
template <class M, class F>  // a Model, const or not
void visit_panel_formulas(M& model, const F& visit) {
  using Owner = FormulaPlace::Owner;
  const auto maybe = [&](auto& formula, const FormulaPlace& place) {
    if (formula) visit(*formula, place);
  };
  maybe(model.include, {Owner::include, 0, false});
  for (std::int32_t i = 0; auto& metric : model.metrics) {
    if (auto* formula = std::get_if<Formula>(&metric.source)) visit(*formula, FormulaPlace{Owner::metric, i, true});
    if (auto* aggregate = std::get_if<Aggregate>(&metric.source)) maybe(aggregate->since, {Owner::metric, i, false});
    ++i;
  }
  for (std::int32_t i = 0; auto& score : model.scores) {
    const FormulaPlace place{Owner::score, i++, true};
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
}

}  // namespace customerhealth
