#include "customerhealth/panel/snapshot.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace customerhealth::panel {
namespace {

model::TableTypes types_of(const ledger::Ledger& ledger, std::vector<Type> ledger::TableData::* which) {
  model::TableTypes types;
  for (const ledger::TableData& table : ledger.tables) types.push_back(table.*which);
  return types;
}

struct EmptyColumn {
  std::size_t table, column;
  Type declared;
};

/// Gives columns without a value the types that their sources declare, as far as the model can be bound with them.
struct TypesThatFit {
  const model::Model& model;
  TextOverlay& texts;
  model::TableTypes types;
  std::vector<Type> slot_types;

  void take(std::span<const EmptyColumn> columns) {
    if (columns.empty()) return;
    model::TableTypes with = types;
    for (const EmptyColumn& column : columns) with[column.table][column.column] = column.declared;
    try {
      slot_types = model::bind(model, with, texts).slot_types;
      types = std::move(with);
    } catch (const ModelError&) {
      if (columns.size() == 1) return;
      take(columns.first(columns.size() / 2));
      take(columns.subspan(columns.size() / 2));
    }
  }
};

/// A column of nothing but nulls fits any type, but the types of the panel's columns should not depend on the rows that
/// happen to be there. So a slot whose type such a column leaves open gets the type that the source declares. If the
/// model cannot be bound with it (pandas makes a text column without values float64), the declaration is left out;
/// bisection finds which columns to leave out.
std::vector<Type> shown_types(const model::BoundModel& bound, const ledger::Ledger& ledger, TextOverlay& texts) {
  if (std::ranges::find(bound.slot_types, Type::any) == bound.slot_types.end()) return bound.slot_types;
  std::vector<EmptyColumn> empty;
  for (std::size_t t = 0; t < ledger.tables.size(); ++t) {
    const ledger::TableData& table = ledger.tables[t];
    for (std::size_t c = 0; c < table.types.size(); ++c) {
      if (table.types[c] == Type::any && table.declared[c] != Type::any) empty.push_back({t, c, table.declared[c]});
    }
  }
  TypesThatFit fitting{*bound.model, texts, types_of(ledger, &ledger::TableData::types), bound.slot_types};
  fitting.take(empty);
  return std::move(fitting.slot_types);
}

std::vector<ledger::IntegerColumn> integers_by_slot(const model::Model& model, const ledger::Ledger& ledger) {
  std::vector<ledger::IntegerColumn> integers(model.slots.size());
  for (std::size_t s = 0; s < integers.size(); ++s) {
    if (model.slots[s].origin != model::Slot::Origin::attribute) continue;
    integers[s] = ledger::integers_of(ledger.tables[model.accounts_table()->place()], model.slots[s].index);
  }
  return integers;
}

}  // namespace

Snapshot::Snapshot(std::shared_ptr<const model::Model> the_model, std::shared_ptr<const ledger::Ledger> the_ledger)
    : model{std::move(the_model)},
      ledger{std::move(the_ledger)},
      texts{*ledger->texts},
      bound{model::bind(*model, types_of(*ledger, &ledger::TableData::types), texts)},
      integers{integers_by_slot(*model, *ledger)},
      shown{shown_types(bound, *ledger, texts)} {}

}  // namespace customerhealth::panel
