#include "customerhealth/panel/snapshot.hpp"

#include <algorithm>

namespace customerhealth {
namespace {

TableTypes types_of(const Ledger& ledger, std::vector<Type> TableData::* which) {
  TableTypes types;
  for (const TableData& table : ledger.tables) types.push_back(table.*which);
  return types;
}

/// A column that holds nothing but nulls fits any type, and yet the panel's columns shall not change their types with
/// what happens to be in a table: where such a column leaves a slot's type open, it is what the sources declare,
/// unless the model cannot read them as declared (a text column that pandas made float64 for want of a value).
std::vector<Type> shown_types(const BoundModel& bound, const Ledger& ledger, TextOverlay& texts) {
  if (std::ranges::find(bound.slot_types, Type::any) == bound.slot_types.end()) return bound.slot_types;
  try {
    return customerhealth::bind(*bound.model, types_of(ledger, &TableData::declared), texts).slot_types;
  } catch (const ModelError&) {
    return bound.slot_types;
  }
}

std::vector<IntegerColumn> integers_by_slot(const Model& model, const Ledger& ledger) {
  std::vector<IntegerColumn> integers(model.slots.size());
  for (std::size_t s = 0; s < integers.size(); ++s) {
    if (model.slots[s].origin != Slot::Origin::attribute) continue;
    integers[s] = integers_of(ledger.tables[static_cast<std::size_t>(*model.accounts_table())], model.slots[s].index);
  }
  return integers;
}

}  // namespace

Snapshot::Snapshot(std::shared_ptr<const Model> the_model, std::shared_ptr<const Ledger> the_ledger)
    : model{std::move(the_model)},
      ledger{std::move(the_ledger)},
      texts{*ledger->texts},
      bound{customerhealth::bind(*model, types_of(*ledger, &TableData::types), texts)},
      integers{integers_by_slot(*model, *ledger)},
      shown{shown_types(bound, *ledger, texts)} {}

}  // namespace customerhealth
