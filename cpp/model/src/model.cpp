#include "customerhealth/model/model.hpp"

#include <algorithm>

#include "basis.hpp"
#include "binder.hpp"
#include "build.hpp"
#include "customerhealth/common/sha256.hpp"
#include "customerhealth/model/bound_source.hpp"
#include "customerhealth/model/parse_like.hpp"

namespace customerhealth::model {
namespace {

void take_top(const DocumentDraft& draft, Model& model) {
  if (draft.name) model.name = *draft.name;
  if (draft.description) model.description = *draft.description;
  if (draft.clock && draft.clock->every) model.clock.every = *draft.clock->every;
  if (draft.clock && draft.clock->anchor) model.clock.anchor = *draft.clock->anchor;
  model.include = draft.include.value;
}

/// Adds the columns of tables of the same name first, so that they keep the indices that they have in `from`.
void take_columns(const Model& from, Building& building) {
  for (const TableSpec& table : from.tables) {
    const auto found = building.tables.find(table.name);
    if (found == building.tables.end()) continue;
    for (const std::string& column : table.columns) static_cast<void>(building.column(found->second, column));
  }
}

/// Binds the model to tables of unknown types: finds types that no table could make right, and stores those that are
/// known.
void check_types(Model& model, Findings& findings, const Watch* watch) {
  TextOverlay texts;
  TableTypes types;
  for (const TableSpec& table : model.tables) {
    types.push_back(table.types);
    const BoundSource rows = bind_source(table, table.source.types, texts, findings.problems());
    for (std::size_t d = 0; d < rows.derived.size(); ++d) {
      const auto column = std::ranges::find(table.columns, table.source.derived[d].name) - table.columns.begin();
      types.back()[static_cast<std::size_t>(column)] = rows.derived[d].type();
    }
  }
  Binder binder{model, types, texts, watch};
  binder.run();
  for (Problem& problem : binder.problems) findings.problems().push_back(std::move(problem));
  for (std::size_t i = 0; i < model.slots.size(); ++i) model.slots[i].type = binder.bound.slot_types[i];
}

/// Each part is built before the parts that refer to it. A problem never stops the rest, so that one call reports all
/// of them; formulas with unknown names become placeholders before types are checked, so that none is reported twice.
Model parse(std::string_view json, const Model* tables_of, const Watch* watch, const ZoneLibrary& library) {
  Findings findings{watch};
  const Json document = read_json(json, findings);
  const auto draft = Value<DocumentDraft>::read(document, "", findings);
  if (!draft) throw ModelError{std::move(findings.problems())};
  Model model;
  Building building{*draft, model, findings, {}, {}, {}, {}, {}, library};
  take_top(*draft, model);
  build_tables(building);
  if (tables_of != nullptr) take_columns(*tables_of, building);
  build_metrics(building);
  build_scores(building);
  build_journeys(building);
  build_cohorts(building);
  build_plays(building);
  assign_slots(building);
  finish_sources(model);
  const std::vector<Formula*> unusable = check_names(building);
  order_steps(building);
  for (Formula* formula : unusable) *formula = placeholder(formula->path);
  check_types(model, findings, watch);
  if (findings.any()) throw ModelError{std::move(findings.problems())};
  read_in_zones(model);
  model.canonical = write_canonical(document, findings.notes(), watch);
  model.digest = sha256(model.canonical);
  model.basis = sha256(basis_of(document, model, findings.notes(), watch));
  return model;
}

}  // namespace

Model Model::parse(std::string_view json, const Watch* watch, const ZoneLibrary& zones) {
  return model::parse(json, nullptr, watch, zones);
}

Model parse_like(std::string_view json, const Model& tables_of, const Watch* watch, const ZoneLibrary& zones) {
  return parse(json, &tables_of, watch, zones);
}

std::optional<TableIndex> Model::find_table(std::string_view wanted) const noexcept {
  const auto found = std::ranges::find(tables, wanted, &TableSpec::name);
  if (found == tables.end()) return std::nullopt;
  return TableIndex::at(static_cast<std::size_t>(found - tables.begin()));
}

std::optional<ScoreIndex> Model::find_score(std::string_view wanted) const noexcept {
  const auto found = std::ranges::find(scores, wanted, &ScoreSpec::name);
  if (found == scores.end()) return std::nullopt;
  return ScoreIndex::at(static_cast<std::size_t>(found - scores.begin()));
}

std::optional<JourneyIndex> Model::find_journey(std::string_view wanted) const noexcept {
  const auto found = std::ranges::find(journeys, wanted, &JourneySpec::name);
  if (found == journeys.end()) return std::nullopt;
  return JourneyIndex::at(static_cast<std::size_t>(found - journeys.begin()));
}

/// Nodes are numbered kind after kind, in the order of Step::Kind.
std::size_t Model::node_of(Step::Kind kind, std::int32_t index) const noexcept {
  auto node = static_cast<std::size_t>(index);
  if (kind > Step::Kind::metric) node += metrics.size();
  if (kind > Step::Kind::score) node += scores.size();
  if (kind > Step::Kind::journey) node += journeys.size();
  if (kind > Step::Kind::cohort) node += cohorts.size();
  return node;
}

std::size_t Model::node_count() const noexcept { return node_of(Step::Kind::play, 0) + plays.size(); }

std::optional<TableIndex> Model::accounts_table() const noexcept {
  const auto found = std::ranges::find(tables, TableKind::accounts, &TableSpec::kind);
  if (found == tables.end()) return std::nullopt;
  return TableIndex::at(static_cast<std::size_t>(found - tables.begin()));
}

}  // namespace customerhealth::model
