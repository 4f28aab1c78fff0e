#include "snapshot.hpp"

namespace customerhealth {
namespace {

TableTypes types_of(const Ledger& ledger) {
  TableTypes types;
  for (const TableData& table : ledger.tables) types.push_back(table.types);
  return types;
}

}  // namespace

Snapshot::Snapshot(std::shared_ptr<const Model> the_model, std::shared_ptr<const Ledger> the_ledger)
    : model{std::move(the_model)},
      ledger{std::move(the_ledger)},
      texts{*ledger->texts},
      bound{customerhealth::bind(*model, types_of(*ledger), texts)},
      plans{plan_tables(bound)} {}

}  // namespace customerhealth
