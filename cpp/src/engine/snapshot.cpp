#include "snapshot.hpp"

namespace customerhealth {
namespace {

TableTypes types_of(const Ledger& ledger) {
  TableTypes types;
  for (const TableData& table : ledger.tables) types.push_back(table.types);
  return types;
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
      bound{customerhealth::bind(*model, types_of(*ledger), texts)},
      plans{plan_tables(bound)},
      integers{integers_by_slot(*model, *ledger)} {}

}  // namespace customerhealth
