#include <algorithm>

#include "binder.hpp"

namespace customerhealth::model {
namespace {

/// Resolves names of formulas over the panel to slots.
class PanelScope final : public expression::Scope {
 public:
  PanelScope(const PanelNames& names, const std::vector<Type>& types) : names_{names}, types_{types} {}

  [[nodiscard]] std::optional<expression::Symbol> find(const expression::Name& name) const override {
    std::vector<SlotIndex> slots = names_.find(name);
    if (slots.empty()) return std::nullopt;
    const Type type = types_[slots.front().place()];
    return expression::Symbol{type, std::move(slots)};
  }
  [[nodiscard]] std::vector<std::string> candidates(const expression::Name& name) const override {
    return names_.candidates(name);
  }

 private:
  const PanelNames& names_;
  const std::vector<Type>& types_;
};

/// Resolves names of formulas over a table to its columns.
class TableScope final : public expression::Scope {
 public:
  TableScope(const TableSpec& table, const std::unordered_map<std::string, std::int32_t>& columns,
             const std::vector<Type>& types)
      : table_{table}, columns_{columns}, types_{types} {}

  [[nodiscard]] std::optional<expression::Symbol> find(const expression::Name& name) const override {
    if (name.part || name.every_part) return std::nullopt;
    const auto found = columns_.find(name.word);
    if (found == columns_.end()) return std::nullopt;
    return expression::Symbol{types_.at(static_cast<std::size_t>(found->second)), {SlotIndex{found->second}}};
  }
  [[nodiscard]] std::vector<std::string> candidates(const expression::Name& /*name*/) const override {
    return table_.columns;
  }

 private:
  const TableSpec& table_;
  const std::unordered_map<std::string, std::int32_t>& columns_;
  const std::vector<Type>& types_;
};

}  // namespace

std::string with_article(Type type) {
  return (type == Type::instant || type == Type::any ? "an " : "a ") + std::string{to_string(type)};
}

Binder::Binder(const Model& model, const TableTypes& types, TextOverlay& texts, const Watch* watch)
    : model_{model}, types_{types}, texts_{texts}, watch_{watch}, names_{model} {
  for (const TableSpec& table : model.tables) {
    auto& columns = columns_.emplace_back();
    for (const std::string& column : table.columns) columns.emplace(column, static_cast<std::int32_t>(columns.size()));
  }
  bound.model = &model;
  bound.metrics.resize(model.metrics.size());
  bound.scores.resize(model.scores.size());
  bound.journeys.resize(model.journeys.size());
  bound.cohorts.resize(model.cohorts.size());
  bound.plays.resize(model.plays.size());
  for (const Slot& slot : model.slots) {
    const bool attribute = slot.origin == Slot::Origin::attribute;
    const bool metric = slot.origin == Slot::Origin::metric;
    // A metric's type comes from this binding, not from an earlier one.
    bound.slot_types.push_back(attribute ? column_type(*model.accounts_table(), slot.index)
                               : metric  ? Type::any
                                         : slot.type);
  }
}

/// Steps are bound in order, so the types of the metrics that a formula names are known when it is bound.
void Binder::run() {
  for (const Step& step : model_.steps) {
    if (watch_ != nullptr) watch_->check();
    switch (step.kind) {
      case Step::Kind::metric:
        metric(step.index);
        break;
      case Step::Kind::score:
        score(step.index);
        break;
      case Step::Kind::journey:
        journey(step.index);
        break;
      case Step::Kind::cohort:
        cohort(step.index);
        break;
      case Step::Kind::play:
        play(step.index);
        break;
    }
  }
  bound.include = over_panel(model_.include, Type::boolean);
}

expression::BoundExpression Binder::over_panel(const Formula& formula, Type wanted) {
  return bind(formula, PanelScope{names_, bound.slot_types}, wanted);
}

std::optional<expression::BoundExpression> Binder::over_panel(const std::optional<Formula>& formula, Type wanted) {
  if (!formula) return std::nullopt;
  return over_panel(*formula, wanted);
}

expression::BoundExpression Binder::over_table(const Formula& formula, TableIndex table, Type wanted) {
  const auto index = table.place();
  table_word_ = model_.tables[index].name + ".";
  expression::BoundExpression out =
      bind(formula, TableScope{model_.tables[index], columns_[index], types_.at(index)}, wanted);
  table_word_.clear();
  return out;
}

expression::BoundExpression Binder::bind(const Formula& formula, const expression::Scope& scope, Type wanted) {
  try {
    return expression::bind(formula.expression, scope, wanted, texts_);
  } catch (const FormulaError& error) {
    problems.push_back({formula.path, error.problems().front().message + types_of_names(formula, scope, table_word_),
                        error.position()});
    return {};
  }
}

std::string types_of_names(const Formula& formula, const expression::Scope& scope, const std::string& before) {
  constexpr int kMostShown = 12;  // names; more would bury the message
  std::string out;
  int left = kMostShown;
  for (const expression::Name& name : formula.expression.names()) {
    const auto symbol = scope.find(name);
    if (!symbol || symbol->type == Type::any || left-- <= 0) continue;
    out += (out.empty() ? "\n(" : ", ") + before + name.to_string() + " is " + with_article(symbol->type);
  }
  return out.empty() ? out : out + ")";
}

void Binder::say(const Formula& formula, const std::string& message) {
  problems.push_back({formula.path, FormulaError{message, formula.expression.text(), 0}.problems().front().message, 0});
}

Type Binder::column_type(TableIndex table, std::int32_t column) const {
  return types_.at(table.place()).at(static_cast<std::size_t>(column));
}

BoundModel bind(const Model& model, const TableTypes& types, TextOverlay& texts) {
  Binder binder{model, types, texts};
  binder.run();
  if (!binder.problems.empty()) throw ModelError{std::move(binder.problems)};
  return std::move(binder.bound);
}

}  // namespace customerhealth::model
