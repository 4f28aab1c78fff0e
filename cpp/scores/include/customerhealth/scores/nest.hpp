#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/model/bound_model.hpp"

namespace customerhealth::scores {

/// A measure or a cap in a nest of scores, with its name in deep contributions: adoption.breadth, cap:sev-1. If several
/// ways lead to it, the first one names it.
struct NestPlace {
  const model::BoundScore* score = nullptr;
  std::int32_t index = 0;  // of the measure, of the cap
  std::string name;
  std::string within;  // the measures on the way to its score, as in adoption.core; empty: of the top score
};

/// A score with the scores it is made of, each once.
struct ScoreNest {
  explicit ScoreNest(const model::BoundScore& top);

  const model::BoundScore* top;
  std::vector<const model::BoundScore*> levels;  // each after what it needs; the top last
  std::vector<NestPlace> leaves;                 // measures with a value, in the order of deep contributions
  std::vector<NestPlace> caps;                   // those of the top first

 private:
  void walk(const model::BoundScore& score, const std::string& within);
};

}  // namespace customerhealth::scores
