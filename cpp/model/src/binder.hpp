#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/format.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "panel_names.hpp"

namespace customerhealth::model {

/// Binds formulas and collects what does not fit.
class Binder {
 public:
  Binder(const Model& model, const TableTypes& types, TextOverlay& texts, const Watch* watch = nullptr);

  /// In the order of the steps, so that the type of each name is known when it is used.
  void run();

  BoundModel bound;
  std::vector<Problem> problems;

 private:
  [[nodiscard]] expression::BoundExpression over_panel(const Formula& formula, Type wanted);
  [[nodiscard]] expression::BoundExpression over_table(const Formula& formula, TableIndex table, Type wanted);
  [[nodiscard]] expression::BoundExpression bind(const Formula& formula, const expression::Scope& scope, Type wanted);
  [[nodiscard]] std::optional<expression::BoundExpression> over_panel(const std::optional<Formula>& formula,
                                                                      Type wanted);

  void metric(std::int32_t index);
  [[nodiscard]] Type aggregate(const MetricSpec& metric, const Aggregate& spec, BoundAggregate& out);
  void check_of(const Aggregate& spec, Type type);
  void check_by(const MetricSpec& metric, const Aggregate& spec);
  void check_wanted(const MetricSpec& metric, const Aggregate& spec, Type type);

  void score(std::int32_t index);
  [[nodiscard]] BoundMeasure measure(const Measure& measure, const ScoreSpec& score);
  [[nodiscard]] BoundCase bound_case(const Case& spec, Type value, const Measure& measure);

  void journey(std::int32_t index);
  void cohort(std::int32_t index);
  void play(std::int32_t index);
  /// Reports a rule that reads no name and is not true: it would never be true.
  void check_can_hold(const Formula& formula, const expression::BoundExpression& rule);
  void check_formats(const PlaySpec& spec, const TextTemplate& text, const char* key);

  /// A problem that concerns the formula as a whole.
  void say(const Formula& formula, const std::string& message);
  [[nodiscard]] Type column_type(TableIndex table, std::int32_t column) const;

  const Model& model_;
  const TableTypes& types_;
  TextOverlay& texts_;
  const Watch* watch_;
  PanelNames names_;
  std::vector<std::unordered_map<std::string, std::int32_t>> columns_;  // of each table, by name
  std::string table_word_;                                              // put before column names in messages
};

/// What a format in a text of a play is applied to.
[[nodiscard]] FormatOf format_of(Type type) noexcept;

/// "\n(usage.quantity is a text)": the names whose types are known, so that an error says where its types come from.
/// `before` is put before each name.
[[nodiscard]] std::string types_of_names(const Formula& formula, const expression::Scope& scope,
                                         const std::string& before);

/// "a number", "a text", ...
[[nodiscard]] std::string with_article(Type type);

}  // namespace customerhealth::model
