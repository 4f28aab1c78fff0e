#include <algorithm>
#include <array>
#include <map>

#include "build.hpp"
#include "customerhealth/model/column_roles.hpp"

namespace customerhealth::model {
namespace {

/// Brings derived columns into an order in which each comes after those that its formula names.
class InOrder {
 public:
  InOrder(const TextMap<Formula>& columns, Findings& findings) : findings_{findings} {
    for (const auto& [name, formula] : columns.values) formulas_.emplace(name, &formula);
    for (const auto& [name, formula] : columns.values) visit(name);
  }

  [[nodiscard]] std::vector<DerivedColumn> take() noexcept { return std::move(done_); }

 private:
  enum class State : std::uint8_t { open, done };

  void visit(const std::string& name) {
    const auto [state, is_new] = states_.emplace(name, State::open);
    if (!is_new) {
      if (state->second == State::open) say_cycle(name);
      return;
    }
    way_.push_back(name);
    const Formula& formula = *formulas_.at(name);
    for (const expression::Name& used : formula.expression.names()) {
      if (formulas_.contains(used.word)) visit(used.word);
    }
    way_.pop_back();
    states_[name] = State::done;
    done_.push_back({name, formula});
  }

  void say_cycle(const std::string& name) {
    std::string way;
    for (auto step = std::ranges::find(way_, name); step != way_.end(); ++step) way += *step + " -> ";
    findings_.add(formulas_.at(name)->path, "columns depend on themselves: " + way + name);
  }

  Findings& findings_;
  std::map<std::string, const Formula*> formulas_;
  std::map<std::string, State> states_;
  std::vector<std::string> way_;
  std::vector<DerivedColumn> done_;
};

/// What the column is for, where that leaves only some types: "the time, which is an instant".
std::optional<std::string> why_not(const TableSpec& spec, std::int32_t column, Type type) {
  const auto is = [&](std::optional<std::int32_t> role) { return role == column; };
  if (is(spec.account) && type != Type::text && type != Type::number) return "the account, which is a text or a number";
  if (is(spec.key) && type != Type::text && type != Type::number) return "the key, which is a text or a number";
  if (is(spec.deleted) && type != Type::boolean) return "'deleted', which is a boolean";
  if (is(spec.order) && type != Type::number && type != Type::instant)
    return "the order, which is a number or an instant";
  if (type == Type::instant) return std::nullopt;
  if (is(spec.time) || is(spec.end) || is(spec.known)) return "a time, which is an instant";
  return std::nullopt;
}

/// The zone of that name; null after a problem, and for UTC.
std::shared_ptr<const Zone> zone_of(Building& building, const std::string& name, const std::string& path) {
  if (name == "UTC") return nullptr;
  try {
    if (const auto bytes = building.library.read(name)) return std::make_shared<const Zone>(Zone::parse(*bytes));
    const std::vector<std::string> names = building.library.names();
    building.findings.add(path, "there is no zone '" + name + "' in the IANA database; " +
                                    (names.empty() ? "none is installed: the Python package tzdata brings them"
                                                   : suggestion(name, names)));
  } catch (const Error& error) {
    building.findings.add(path, "the zone '" + name + "' cannot be read: " + error.what());
  }
  return nullptr;
}

InstantFormat written_as(Building& building, const InstantDraft& draft, const std::shared_ptr<const Zone>& of_table) {
  InstantFormat out;
  out.zone = draft.zone ? zone_of(building, draft.zone->text, draft.at(draft.zone)) : of_table;
  if (!draft.instant) return out;
  out.zone_name = draft.zone ? draft.zone->text : std::string{};
  out.text = draft.instant->text;
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kUnits{
      {{"s", 1}, {"ms", 1'000}, {"us", 1'000'000}, {"ns", 1'000'000'000}, {"d", 0}}};
  for (const auto& [unit, per_second] : kUnits) {
    if (out.text != unit) continue;
    out.kind = InstantFormat::Kind::unit;
    out.per_second = per_second;
    if (draft.zone) {
      building.findings.add(draft.at(draft.zone), "a count since 1970 is on no clock, so no zone goes with it");
    }
    return out;
  }
  out.kind = InstantFormat::Kind::pattern;
  std::string problem =
      "expected s, ms, us, ns or d (since 1970), or a pattern such as %d.%m.%Y; got '" + out.text + "'";
  if (out.text.find('%') != std::string::npos) out.pattern = TimePattern::parse(out.text, problem);
  if (!out.pattern) building.findings.add(draft.at(draft.instant), problem);
  return out;
}

void take_types(Building& building, TableIndex table, const TypesDraft& draft) {
  for (const Named<TypeDraft>& type : draft.values) {
    const std::int32_t column = building.column(table, type.name);
    TableSpec& spec = building.model.tables[table.place()];
    if (const auto why = why_not(spec, column, type.value.type)) {
      building.findings.add(type.path, "the column is " + *why);
    }
    spec.types[static_cast<std::size_t>(column)] = type.value.type;
    if (!type.value.instant) continue;
    spec.source.named_formats.emplace_back(type.name, written_as(building, *type.value.instant, spec.source.zone));
  }
}

}  // namespace

bool check_row_names(const Formula& formula, Findings& findings) {
  const std::string& text = formula.expression.text();
  const auto say = [&](const expression::Name& name, const std::string& what) {
    findings.add(formula.path, FormulaError{what, text, name.position});
  };
  bool good = true;
  for (const expression::Name& name : formula.expression.names()) {
    const bool quoted = text[static_cast<std::size_t>(name.position)] == '"';
    if (name.part || name.every_part) {
      good = false;
      const std::string more = name.part && !quoted ? " (one with a point in its name goes in double quotes: \"" +
                                                          name.word + "." + *name.part + "\")"
                                                    : "";
      say(name, "'" + name.to_string() + "' is no column: over a table's rows only its columns are names" + more);
    } else if (name.word == "as_of" && !quoted) {
      good = false;
      say(name,
          "a row is the same at every as-of, so formulas over rows cannot use as_of: say which rows count with "
          "`window`, `offset` or `rows` of a metric, or compare with as_of in a formula over metrics, such as "
          "last_time (a column of this name goes in double quotes)");
    }
  }
  return good;
}

void build_source(Building& building, TableIndex table, const TableDraft& draft) {
  const auto spec = [&]() -> TableSpec& { return building.model.tables[table.place()]; };
  if (draft.zone) {
    spec().source.zone_name = draft.zone->text;
    spec().source.zone = zone_of(building, draft.zone->text, draft.at(draft.zone));
  }
  if (draft.each && draft.each->column) {
    const EachDraft& each = *draft.each;
    spec().source.each = EachSpec{each.column->name, each.split ? std::optional{each.split->text} : std::nullopt};
  }
  if (draft.types) take_types(building, table, *draft.types);
  if (draft.columns) {
    TextMap<Formula> columns = *draft.columns;
    for (auto& [name, formula] : columns.values) {
      if (!check_row_names(formula, building.findings)) formula = placeholder(formula.path);
      const auto column = static_cast<std::size_t>(building.column(table, name));
      if (spec().types[column] != Type::any) {
        building.findings.add(path_to(draft.at(draft.types), name),
                              "the column is derived, so its formula says what it is; `types` says what columns of the "
                              "source are");
      }
    }
    spec().source.derived = InOrder{columns, building.findings}.take();
    if (spec().source.each && spec().source.derives(spec().source.each->column)) {
      building.findings.add(draft.each->at(draft.each->column),
                            "the column is derived; `each` goes by a column of the source, before `columns` are worked "
                            "out");
    }
  }
  if (draft.where) {
    spec().source.where =
        check_row_names(*draft.where, building.findings) ? *draft.where : placeholder(draft.where->path);
  }
}

void finish_sources(Model& model) {
  for (TableSpec& table : model.tables) {
    SourceSpec& source = table.source;
    const auto add = [&](const std::string& column, Type type) {
      if (column == source.key_name && !source.key_parts.empty()) return;
      if (source.derives(column) || std::ranges::find(source.columns, column) != source.columns.end()) return;
      source.columns.push_back(column);
      source.types.push_back(type);
    };
    for (std::size_t c = 0; c < table.columns.size(); ++c) add(table.columns[c], table.types[c]);
    const auto add_names = [&](const Formula& formula) {
      for (const expression::Name& name : formula.expression.names()) add(name.word, Type::any);
    };
    for (const DerivedColumn& derived : source.derived) add_names(derived.formula);
    if (source.where) add_names(*source.where);
    source.formats.resize(source.columns.size());
    for (const auto& [column, format] : source.named_formats) {
      const auto found = std::ranges::find(source.columns, column);
      if (found == source.columns.end()) continue;
      source.formats[static_cast<std::size_t>(found - source.columns.begin())] = format;
    }
  }
}

void read_in_zones(Model& model) {
  const auto roles = column_roles(model);
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    SourceSpec& source = model.tables[t].source;
    if (source.zone == nullptr) continue;
    for (std::size_t c = 0; c < source.columns.size(); ++c) {
      if (source.formats[c] || roles[t][c].types != std::vector{Type::instant}) continue;
      source.formats[c] = InstantFormat{};
      source.formats[c]->zone = source.zone;
    }
  }
}

bool SourceSpec::derives(const std::string& column) const noexcept {
  return std::ranges::find(derived, column, &DerivedColumn::name) != derived.end();
}

bool SourceSpec::reads_like(const SourceSpec& other) const {
  const auto same = [](const DerivedColumn& a, const DerivedColumn& b) {
    return a.name == b.name && a.formula.expression.text() == b.formula.expression.text();
  };
  const auto text = [](const SourceSpec& spec) { return spec.where ? spec.where->expression.text() : std::string{}; };
  const auto same_format = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.text == b.second.text && a.second.zone_name == b.second.zone_name;
  };
  return each == other.each && std::ranges::equal(derived, other.derived, same) && text(*this) == text(other) &&
         zone_name == other.zone_name && key_parts == other.key_parts &&
         std::ranges::equal(named_formats, other.named_formats, same_format);
}

}  // namespace customerhealth::model
