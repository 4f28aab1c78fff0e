#include "build.hpp"

namespace customerhealth::model {
namespace {

std::optional<std::int32_t> role(Building& building, std::int32_t table, const Entry<ColumnName>& entry) {
  if (!entry) return std::nullopt;
  return building.column(table, entry->name);
}

void build_table(Building& building, const Named<TableDraft>& named) {
  const TableDraft& draft = named.value;
  const auto index = static_cast<std::int32_t>(building.model.tables.size());
  building.tables.emplace(named.name, index);
  building.columns.emplace_back();
  TableSpec& spec = building.model.tables.emplace_back();
  spec.name = named.name;
  if (draft.kind) {
    spec.kind = *draft.kind;
  } else {
    building.excused.insert(named.name);
  }
  spec.account = role(building, index, draft.account).value_or(0);
  spec.time = role(building, index, draft.time ? draft.time : draft.start);
  spec.end = role(building, index, draft.end);
  spec.known = role(building, index, draft.known);
  spec.key = role(building, index, draft.key);
  spec.deleted = role(building, index, draft.deleted);
  spec.end_known_at_end = draft.end_known && *draft.end_known == EndKnown::at_end;
  if (draft.stale_after) spec.stale_after = *draft.stale_after;
}

}  // namespace

std::int32_t Building::column(std::int32_t table, const std::string& name) {
  auto& names = model.tables[static_cast<std::size_t>(table)].columns;
  const auto [found, added] =
      columns[static_cast<std::size_t>(table)].emplace(name, static_cast<std::int32_t>(names.size()));
  if (added) names.push_back(name);
  return found->second;
}

void build_tables(Building& building) {
  const auto& tables = building.draft.tables;
  if (!tables) return;
  building.excused.insert(tables->names.begin(), tables->names.end());
  std::optional<std::string> accounts;
  for (const Named<TableDraft>& named : tables->values) {
    building.excused.erase(named.name);
    build_table(building, named);
    if (building.model.tables.back().kind != TableKind::accounts) continue;
    if (accounts) {
      building.findings.add(named.value.at(named.value.kind),
                            "'" + *accounts + "' is the accounts table already; a model has at most one");
    }
    accounts = accounts.value_or(named.name);
  }
  building.unreadable_tables = building.excused;
}

}  // namespace customerhealth::model
