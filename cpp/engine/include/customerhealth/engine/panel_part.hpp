#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/model/model.hpp"

namespace customerhealth::engine {

/// What one scoring shall answer: some columns of the panel, some plays, and what they need to be worked out.
struct PanelPart {
  std::vector<std::uint8_t> columns;  // beside Model::slots: those that the panel shall have
  std::vector<std::uint8_t> nodes;    // by Model::node_of: what is worked out
  std::vector<model::Step> steps;     // those of Model::steps

  /// Everything that the model defines.
  explicit PanelPart(const model::Model& model);
  /// Throws std::out_of_range where the model has no such column or play.
  PanelPart(const model::Model& model, const std::vector<std::string>& columns, const std::vector<std::string>& plays);

  [[nodiscard]] bool needs_score(std::int32_t score) const noexcept;
  /// How many levels of peers the steps wait for, the freshness of tables among them.
  [[nodiscard]] std::int32_t levels() const noexcept;

 private:
  std::size_t first_score_ = 0;  // among the nodes
};

}  // namespace customerhealth::engine
