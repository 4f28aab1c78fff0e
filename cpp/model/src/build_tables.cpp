#include "build.hpp"

namespace customerhealth::model {
namespace {

std::optional<std::int32_t> role(Building& building, TableIndex table, const Entry<ColumnName>& entry) {
  if (!entry) return std::nullopt;
  return building.column(table, entry->name);
}

/// The column that names the rows; of several columns a further one, which is made of them.
std::int32_t key_of(Building& building, TableIndex table, const KeyDraft& draft) {
  std::int32_t column = -1;
  std::string name;
  for (const std::string& part : draft.columns) {
    column = building.column(table, part);
    name += (name.empty() ? "" : ", ") + part;
  }
  if (draft.columns.size() == 1) return column;
  SourceSpec& source = building.model.tables[table.place()].source;
  source.key_parts = draft.columns;
  source.key_name = "[" + name + "]";
  return building.column(table, source.key_name);
}

void build_table(Building& building, const Named<TableDraft>& named) {
  const TableDraft& draft = named.value;
  const auto index = TableIndex::at(building.model.tables.size());
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
  if (draft.key) spec.key = key_of(building, index, *draft.key);
  spec.deleted = role(building, index, draft.deleted);
  spec.order = role(building, index, draft.order);
  spec.label = role(building, index, draft.label);
  spec.currency = role(building, index, draft.currency);
  spec.end_known_at_end = draft.end_known && *draft.end_known == EndKnown::at_end;
  if (draft.end_is) spec.end_is = *draft.end_is;
  if (spec.end_is != EndIs::exclusive && spec.end && (spec.end == spec.time || spec.end == spec.known)) {
    building.findings.add(draft.at(draft.end_is), std::string{"the end needs a column of its own: '"} +
                                                      draft.end->name + "' is the table's " +
                                                      (spec.end == spec.time ? "start" : "known") + " too");
  }
  if (draft.stale_after) spec.stale_after = *draft.stale_after;
  if (draft.skip) spec.skip = {draft.skip->first->value, draft.skip->below_header->value, draft.skip->last->value};
  if (draft.rows) spec.rows = *draft.rows;
  build_source(building, index, draft);
}

/// Finds the tables of keys, which may stand below.
void resolve_through(Building& building, const Named<TableDraft>& named) {
  if (!named.value.through || !named.value.through->table) return;
  const ThroughDraft& through = *named.value.through;
  const std::string& name = through.table->name;
  if (building.unreadable_tables.contains(name)) return;
  const auto found = building.tables.find(name);
  if (found == building.tables.end()) {
    building.findings.add(through.at(through.table),
                          "no table '" + name + "' in the model; " + suggestion(name, building.draft.tables->names));
  } else if (building.model.tables[found->second.place()].kind != TableKind::keys) {
    building.findings.add(through.at(through.table),
                          "'" + name + "' is no table of keys: a table of kind 'keys' says whose account each key is");
  } else {
    building.model.tables[building.tables.at(named.name).place()].through = found->second;
  }
}

}  // namespace

std::int32_t Building::column(TableIndex table, const std::string& name) {
  TableSpec& spec = model.tables[table.place()];
  const auto [found, added] = columns[table.place()].emplace(name, static_cast<std::int32_t>(spec.columns.size()));
  if (added) {
    spec.columns.push_back(name);
    spec.types.push_back(Type::any);
  }
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
  for (const Named<TableDraft>& named : tables->values) resolve_through(building, named);
}

}  // namespace customerhealth::model
