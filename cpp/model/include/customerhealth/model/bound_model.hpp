#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::model {

/// The types of a table's columns, in the order of TableSpec::columns; any where nothing is known.
using TableTypes = std::vector<std::vector<Type>>;

struct BoundAggregate {
  std::optional<expression::BoundExpression> of, where;  // slots: indices into the table's columns
  std::optional<expression::BoundExpression> since;      // slots: Model::slots
};

struct BoundCase {
  const Case* spec = nullptr;
  std::optional<expression::BoundExpression> when;
  std::vector<TextCode> labels;  // of a shape that reads labels, beside its points; empty over booleans
  std::optional<expression::BoundExpression> within;
};

struct BoundScore;

struct BoundMeasure {
  const Measure* spec = nullptr;
  const ScoreSpec* score = nullptr;                  // whose measure it is
  const BoundScore* nested = nullptr;                // the score that gives its points; null: a value does
  std::optional<expression::BoundExpression> value;  // none where a score gives the points
  std::vector<BoundCase> cases;
  std::optional<expression::BoundExpression> rows;  // of `shrink`
};

struct BoundCap {
  const Cap* spec = nullptr;
  std::optional<expression::BoundExpression> when;
  expression::BoundExpression limit;
};

struct BoundScore {
  const ScoreSpec* spec = nullptr;
  std::vector<BoundMeasure> measures;
  std::vector<BoundCap> caps;
  std::optional<expression::BoundExpression> include;
  std::vector<TextCode> grades;      // the names, beside ScoreSpec::grades
  std::vector<TextCode> directions;  // the words of S_trend, down, flat, up; empty without a trend
};

struct BoundStage {
  expression::BoundExpression enter;
  std::optional<expression::BoundExpression> exit;
};

struct BoundJourney {
  std::vector<BoundStage> stages;
  std::vector<TextCode> names;  // of the stages
};

struct BoundCohort {
  expression::BoundExpression when;
};

struct BoundPlay {
  expression::BoundExpression when;
  std::optional<expression::BoundExpression> unless, closes, priority;
  std::vector<SlotIndex> values;  // slots, beside PlaySpec::values
};

/// A model with every formula resolved and typed against the columns of actual tables. It borrows the model, which must
/// stay where it is, and the texts.
struct BoundModel {
  BoundModel() = default;
  BoundModel(BoundModel&&) = default;  // no copy: measures point to scores
  BoundModel& operator=(BoundModel&&) = default;

  const Model* model = nullptr;
  std::vector<std::variant<expression::BoundExpression, BoundAggregate>> metrics;  // beside Model::metrics
  std::vector<BoundScore> scores;                                                  // beside Model::scores
  std::vector<BoundJourney> journeys;
  std::vector<BoundCohort> cohorts;
  std::vector<BoundPlay> plays;
  std::optional<expression::BoundExpression> include;
  std::vector<Type> slot_types;  // beside Model::slots; any: missing everywhere
};

/// Throws ModelError with every problem: a formula whose types do not fit the columns, an aggregation that does not
/// take the type of its `of`. `Model::parse` calls it with unknown types, to find at once what no table could make
/// right.
[[nodiscard]] BoundModel bind(const Model& model, const TableTypes& types, TextOverlay& texts);

}  // namespace customerhealth::model
