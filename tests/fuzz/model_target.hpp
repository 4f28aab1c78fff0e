#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/model/model.hpp"

/// What the fuzzer and the replay of its corpus both run: any bytes are read as a document; what is a model is bound
/// to columns of made-up types, and its canonical form must read back as the same model. Anything but a model or a
/// ModelError with something to say ends the process.
namespace customerhealth::model_target {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void check(const model::Model& model) {
  require(model.include_after <= model.steps.size());
  require(model.steps.size() == model.node_count());
  require(model::Model::parse(model.canonical).canonical == model.canonical);
  for (const model::MetricSpec& metric : model.metrics) {
    const auto* aggregate = std::get_if<model::Aggregate>(&metric.source);
    require(!metric.slots.empty());
    if (aggregate != nullptr) require(!aggregate->table.is_missing() && aggregate->table.place() < model.tables.size());
  }
}

/// Types that differ from column to column, so that some bindings fit and some do not.
inline void bind_to_made_up(const model::Model& model, std::size_t seed) {
  constexpr Type kTypes[] = {Type::number, Type::any, Type::boolean, Type::text, Type::instant};
  model::TableTypes types;
  for (const model::TableSpec& table : model.tables) {
    auto& columns = types.emplace_back();
    for (std::size_t i = 0; i < table.columns.size(); ++i) columns.push_back(kTypes[(seed + i * i) % 5]);
  }
  TextOverlay texts;
  require(model::bind(model, types, texts).scores.size() == model.scores.size());
}

inline void run(std::string_view text) {
  try {
    const model::Model model = model::Model::parse(text);
    check(model);
    for (std::size_t seed = 0; seed < 5; ++seed) {
      try {
        bind_to_made_up(model, seed);
      } catch (const ModelError& error) {
        require(!error.problems().empty());
      }
    }
  } catch (const ModelError& error) {
    require(!error.problems().empty());
    for (const Problem& problem : error.problems()) require(!problem.message.empty());
  }
}

}  // namespace customerhealth::model_target
