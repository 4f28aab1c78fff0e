#include "binder.hpp"
#include "build.hpp"
#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::model {
namespace {

bool takes(AggregationRule::Takes takes, Type type) {
  if (type == Type::any || type == Type::number || type == Type::boolean) return true;
  switch (takes) {
    case AggregationRule::Takes::all:
      return true;
    case AggregationRule::Takes::numbers:
      return false;
    case AggregationRule::Takes::ordered:
      return type == Type::instant;
  }
  return false;
}

/// The type of the metric, from the type of its `of`.
Type result_of(const Aggregate& spec, Type of) {
  if (spec.table == kUnreadable) return Type::any;
  if (spec.buckets) return Type::number;
  switch (rule_of(spec.aggregation).gives) {
    case AggregationRule::Gives::instant:
      return Type::instant;
    case AggregationRule::Gives::as_of:
      return of;
    case AggregationRule::Gives::number:
      return Type::number;
  }
  return Type::any;
}

}  // namespace

void Binder::metric(std::int32_t index) {
  const MetricSpec& spec = model_.metrics[static_cast<std::size_t>(index)];
  auto& out = bound.metrics[static_cast<std::size_t>(index)];
  Type type = Type::any;
  if (const auto* formula = std::get_if<Formula>(&spec.source)) {
    expression::BoundExpression expression = over_panel(*formula, Type::any);
    type = expression.type();
    out = std::move(expression);
  } else {
    type = aggregate(spec, std::get<Aggregate>(spec.source), out.emplace<BoundAggregate>());
  }
  for (const SlotIndex slot : spec.slots) bound.slot_types[slot.place()] = type;
}

Type Binder::aggregate(const MetricSpec& metric, const Aggregate& spec, BoundAggregate& out) {
  out.since = over_panel(spec.since, Type::instant);
  if (spec.table == kUnreadable) return Type::any;
  if (spec.of) out.of = over_table(*spec.of, spec.table, Type::any);
  if (spec.where) out.where = over_table(*spec.where, spec.table, Type::boolean);
  const Type type = out.of ? out.of->type() : Type::any;
  check_of(spec, type);
  check_by(metric, spec);
  check_wanted(metric, spec, type);
  return result_of(spec, type);
}

void Binder::check_of(const Aggregate& spec, Type type) {
  if (!spec.of) return;
  const AggregationRule& rule = rule_of(spec.aggregation);
  const bool ordered = rule.takes == AggregationRule::Takes::ordered;
  const bool numbers_only = spec.buckets && ordered;
  const bool fits = numbers_only ? type == Type::any || type == Type::number : takes(rule.takes, type);
  if (fits) return;
  const TableSpec& table = model_.tables[spec.table.place()];
  const auto& names = spec.of->expression.names();
  const bool lone = names.size() == 1 && names.front().word == spec.of->expression.text();
  say(*spec.of, "'" + std::string{rule.name} + "' takes " +
                    (numbers_only ? "numbers only, in buckets" : std::string{words(rule.takes)}) + "; " +
                    (lone ? "the column " + table.name + "." + names.front().word : "this") + " is " +
                    with_article(type));
}

void Binder::check_by(const MetricSpec& metric, const Aggregate& spec) {
  if (!spec.by) return;
  const Type type = column_type(spec.table, spec.by->column);
  const TableSpec& table = model_.tables[spec.table.place()];
  for (const Literal& value : spec.by->values) {
    if (literal_for(value, type, false)) continue;
    problems.push_back({path_to(metric.path, "by"),
                        "the column " + table.name + "." + table.columns[static_cast<std::size_t>(spec.by->column)] +
                            " is " + with_article(type) + ", which '" + value.text + "' is not",
                        std::nullopt});
    return;
  }
}

void Binder::check_wanted(const MetricSpec& metric, const Aggregate& spec, Type type) {
  for (const Wanted& wanted : spec.wanted) {
    if (literal_for(wanted.value, type, spec.wanted_is_map)) continue;
    problems.push_back({path_to(metric.path, "wanted"),
                        "'of' is " + with_article(type) + ", which '" + wanted.value.text + "' is not", std::nullopt});
    return;
  }
}

}  // namespace customerhealth::model
