#include "build.hpp"

namespace customerhealth::model {
namespace {

std::string_view literal_type(const Literal& literal) {
  if (std::holds_alternative<bool>(literal.value)) return "true or false";
  return std::holds_alternative<std::string>(literal.value) ? "text" : "number";
}

/// Values of one type, each once.
void check_literals(const std::vector<Literal>& values, const std::string& path, Findings& findings) {
  std::unordered_set<std::string_view> seen;
  for (const Literal& value : values) {
    if (!seen.insert(value.text).second) findings.add(path, "the value '" + value.text + "' is given twice");
    if (literal_type(value) == literal_type(values.front())) continue;
    findings.add(path, "values of one column have one type, but '" + values.front().text + "' is a " +
                           std::string{literal_type(values.front())} + " and '" + value.text + "' is a " +
                           std::string{literal_type(value)});
    return;
  }
}

/// The formula, its columns added to the table; a formula that names more than columns becomes a placeholder.
std::optional<Formula> table_formula(Building& building, TableIndex table, const Entry<Formula>& entry) {
  if (!entry) return std::nullopt;
  if (!check_row_names(*entry, building.findings)) return placeholder(entry->path);
  for (const expression::Name& name : entry->expression.names()) building.column(table, name.word);
  return *entry;
}

std::optional<Buckets> buckets_of(const MetricDraft& draft) {
  if (!draft.every || !draft.then) return std::nullopt;
  Buckets out{draft.every->length, *draft.then, draft.empty.value == Empty::skip};
  if (draft.above) out.above = draft.above->value;
  return out;
}

std::optional<By> by_of(Building& building, TableIndex table, const MetricDraft& draft) {
  if (!draft.by) return std::nullopt;
  By by;
  if (table != kUnreadable && draft.by->column) by.column = building.column(table, draft.by->column->name);
  if (draft.by->values) by.values = draft.by->values->values;
  check_literals(by.values, draft.by->at(draft.by->values), building.findings);
  return by;
}

void take_wanted(const MetricDraft& draft, Aggregate& out, Findings& findings) {
  if (!draft.wanted) return;
  out.wanted = draft.wanted->values;
  out.wanted_is_map = draft.wanted->is_map;
  std::vector<Literal> values;
  for (const Wanted& wanted : out.wanted) values.push_back(wanted.value);
  check_literals(values, draft.at(draft.wanted), findings);
}

/// The table, or kUnreadable after a problem.
TableIndex table_of(Building& building, const MetricDraft& draft) {
  if (!draft.from || !draft.agg || !building.draft.tables) return kUnreadable;
  if (building.unreadable_tables.contains(draft.from->name)) return kUnreadable;
  const auto found = building.tables.find(draft.from->name);
  if (found == building.tables.end()) {
    building.findings.add(draft.at(draft.from), "no table '" + draft.from->name + "' in the model; " +
                                                    suggestion(draft.from->name, building.draft.tables->names));
    return kUnreadable;
  }
  const TableSpec& table = building.model.tables[found->second.place()];
  if (table.kind == TableKind::accounts) {
    building.findings.add(draft.at(draft.from),
                          "a metric cannot be taken from the accounts table: its columns are names"
                          " in formulas, as in {\"formula\": \"" +
                              table.name + ".column\"}");
    return kUnreadable;
  }
  if (table.kind == TableKind::keys) {
    building.findings.add(draft.at(draft.from),
                          "a metric cannot be taken from a table of keys: it says whose account "
                          "each key is, and has no rows of an account");
    return kUnreadable;
  }
  return found->second;
}

template <class T>
std::optional<Length> length_of(const Entry<T>& entry) {
  if (!entry) return std::nullopt;
  if constexpr (std::is_same_v<T, FixedLength>) {
    return entry->length;
  } else {
    return *entry;
  }
}

/// Defaults stand in for what could not be read, which was reported, so that the rest can be checked.
Aggregate aggregate_of(Building& building, const MetricDraft& draft) {
  Aggregate out;
  out.table = table_of(building, draft);
  if (out.table != kUnreadable) {
    check_aggregate(draft, building.model.tables[out.table.place()].kind, building.findings);
    out.of = table_formula(building, out.table, draft.of);
    out.where = table_formula(building, out.table, draft.where);
  }
  out.aggregation = draft.agg.value.value_or(Aggregation::count);
  out.rows = draft.rows.value.value_or(RowsMode::alive);
  out.window = length_of(draft.window);
  out.offset = length_of(draft.offset);
  out.since = draft.since.value;
  out.full_window = draft.full_window.value.value_or(false);
  out.buckets = buckets_of(draft);
  out.by = by_of(building, out.table, draft);
  if (draft.min_rows) out.min_rows = draft.min_rows->value;
  out.stale_after = length_of(draft.stale_after);
  if (draft.q) out.quantile = draft.q->value;
  out.half_life = length_of(draft.half_life);
  out.gap = length_of(draft.gap);
  take_wanted(draft, out, building.findings);
  return out;
}

}  // namespace

void build_metrics(Building& building) {
  const auto& metrics = building.draft.metrics;
  if (!metrics) return;
  building.excused.insert(metrics->names.begin(), metrics->names.end());
  for (const Named<MetricDraft>& named : metrics->values) {
    const MetricDraft& draft = named.value;
    building.metrics.emplace(named.name, MetricIndex::at(building.model.metrics.size()));
    MetricSpec spec{named.name, named.path, placeholder(named.path), {}};
    if (draft.formula) {
      spec.source = *draft.formula;
    } else if (draft.from.given) {
      spec.source = aggregate_of(building, draft);
    }
    building.model.metrics.push_back(std::move(spec));
    // Without its parts nobody can tell which names it defines.
    const bool parts_known = !draft.by.given || (draft.by && draft.by->values);
    if (parts_known) building.excused.erase(named.name);
  }
}

}  // namespace customerhealth::model
