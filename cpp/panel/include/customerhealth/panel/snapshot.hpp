#pragma once

#include <memory>
#include <vector>

#include "customerhealth/ledger/ledger.hpp"
#include "customerhealth/model/bound_model.hpp"

namespace customerhealth::panel {

/// All that a scoring needs, as it was when it began: the tables, and the model bound to their types. Never changed.
struct Snapshot {
  std::shared_ptr<const model::Model> model;
  std::shared_ptr<const ledger::Ledger> ledger;
  TextOverlay texts;
  model::BoundModel bound;
  std::vector<ledger::IntegerColumn> integers;  // beside Model::slots: attributes whose 64 bits formulas see exactly
  std::vector<Type> shown;                      // beside Model::slots: the types of the panel's columns; any: number

  Snapshot(std::shared_ptr<const model::Model> model, std::shared_ptr<const ledger::Ledger> ledger);
  Snapshot(const Snapshot&) = delete;  // `bound` points into it
  Snapshot& operator=(const Snapshot&) = delete;
};

}  // namespace customerhealth::panel
