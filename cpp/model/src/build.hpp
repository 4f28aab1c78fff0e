#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "customerhealth/model/model.hpp"
#include "drafts.hpp"

/// Builds the model from the drafts. Every step continues after a problem, so that one call finds them all. What could
/// not be read is excused from later checks, so that no mistake is reported twice.
namespace customerhealth::model {

struct Building {
  const DocumentDraft& draft;
  Model& model;
  Findings& findings;
  /// Names of tables, metrics, scores, journeys and cohorts that could not be read.
  std::unordered_set<std::string> excused;
  std::unordered_map<std::string, TableIndex> tables;
  std::unordered_map<std::string, MetricIndex> metrics;
  std::unordered_map<std::string, ScoreIndex> scores;
  std::vector<std::unordered_map<std::string, std::int32_t>> columns;  // of each table, beside TableSpec::columns
  const ZoneLibrary& library;
  std::unordered_set<std::string> unreadable_tables = {};  // a metric of a table's name does not excuse the table

  /// Formulas that use this name do not report it as unknown.
  [[nodiscard]] bool excuses(const std::string& name) const {
    return excused.contains(name) || !draft.tables || !draft.metrics || !draft.scores || !draft.journeys ||
           !draft.cohorts;
  }
  /// The index of a table's column, which is added where it is new.
  std::int32_t column(TableIndex table, const std::string& name);
};

/// An aggregate whose table or aggregation could not be read: it fits everywhere. No finished model has one.
inline constexpr TableIndex kUnreadable;

void build_tables(Building& building);
/// Reads `zone`, `types`, `columns` and `where` of a table.
void build_source(Building& building, TableIndex table, const TableDraft& draft);
/// Lists what each table reads of its source, once nothing adds columns any more.
void finish_sources(Model& model);
/// Says of each text column of a table with a zone that formulas take for instants how it becomes some.
void read_in_zones(Model& model);
/// Whether all names of a formula over rows can be columns; says which can not.
[[nodiscard]] bool check_row_names(const Formula& formula, Findings& findings);
void build_metrics(Building& building);
void build_scores(Building& building);
void build_journeys(Building& building);
void build_cohorts(Building& building);
void build_plays(Building& building);

/// Nothing where the draft gives none, as `{}` does.
[[nodiscard]] std::optional<Probability> build_probability(const ProbabilityDraft& draft, Findings& findings);

/// The cases of a measure: a lone shape is one case.
[[nodiscard]] std::vector<Case> build_cases(const MeasureDraft& measure, Findings& findings);
/// The case looks at the value, which must be a number, or a text or boolean.
[[nodiscard]] bool reads_numbers(const Case& c) noexcept;
[[nodiscard]] bool reads_labels(const Case& c) noexcept;
/// The labels of a shape, in the order of its points; none for a shape of numbers or of nothing. A new shape that reads
/// labels does not compile without its own labels_in().
[[nodiscard]] std::vector<std::string> labels_of(const Shape& shape);

/// Checks where a metric's keys go together; `kind` is its table's.
void check_aggregate(const MetricDraft& metric, TableKind kind, Findings& findings);

/// Gives every name of the panel its slot; panel columns must differ.
void assign_slots(Building& building);
/// Reports unknown names in formulas; returns the formulas that cannot be bound because of them.
[[nodiscard]] std::vector<Formula*> check_names(Building& building);
/// Finds the order of the steps and the level of peers of each; reports what depends on itself.
void order_steps(Building& building);

}  // namespace customerhealth::model
