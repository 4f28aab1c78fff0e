#pragma once

#include <memory>
#include <vector>

#include "customerhealth/ledger/ledger.hpp"
#include "customerhealth/model/bound_model.hpp"

namespace customerhealth::panel {

/// The tables of a portfolio and the model bound to their types, as one immutable value: a scoring keeps its snapshot
/// while appends make new ones.
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
