#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/model/model.hpp"

namespace customerhealth::engine {

/// What one scoring computes: some columns of the panel, some plays, and the nodes that these depend on.
struct PanelPart {
  std::vector<std::uint8_t> columns;  // beside Model::slots: 1 for columns of the panel
  std::vector<std::uint8_t> nodes;    // by Model::node_of: 1 for nodes to compute
  std::vector<model::Step> steps;     // the steps of these nodes, in the order of Model::steps

  /// Everything that the model defines.
  explicit PanelPart(const model::Model& model);
  /// Throws std::out_of_range where the model has no such column or play.
  PanelPart(const model::Model& model, const std::vector<std::string>& columns, const std::vector<std::string>& plays);
  /// The scores that have nodes of peers at a level, and what these read: enough to fit the level.
  [[nodiscard]] static PanelPart compared(const model::Model& model, std::int32_t level);

  [[nodiscard]] bool needs_score(model::ScoreIndex score) const noexcept;
  /// The number of levels of peers that the steps need, level 0 (the freshness of tables) included.
  [[nodiscard]] std::int32_t levels() const noexcept;

 private:
  std::size_t first_score_ = 0;  // among the nodes
};

}  // namespace customerhealth::engine
