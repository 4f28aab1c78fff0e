#include "customerhealth/metrics/plan.hpp"

#include <algorithm>
#include <string>

#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::metrics {
namespace {

class TablePlanner {
 public:
  TablePlanner(TablePlan& plan, const model::TableSpec& spec) : plan_{&plan}, spec_{&spec} {}

  void add(const model::MetricSpec& metric, model::MetricIndex index, const model::BoundAggregate& bound,
           const std::vector<Type>& types) {
    const auto& aggregate = std::get<model::Aggregate>(metric.source);
    AggregateTask task;
    task.spec = &aggregate;
    task.metric = index;
    task.selection = place(plan_->selections, Selection{aggregate.rows, aggregate.offset});
    task.reach = place(plan_->reaches, Reach{aggregate.offset, bound.since ? std::nullopt : aggregate.window});
    if (aggregate.stale_after) place(plan_->reaches, Reach{aggregate.offset, std::nullopt});
    add_reads(aggregate);
    if (bound.where) task.where = formula(*aggregate.where, *bound.where);
    if (bound.of) task.of = formula(*aggregate.of, *bound.of);
    if (bound.since) task.since = &*bound.since;
    for (std::size_t part = 0; part < metric.slots.size(); ++part) {
      task.slot = metric.slots[part];
      task.part = aggregate.by ? static_cast<std::int32_t>(part) : -1;
      task.type = types[task.slot.place()];
      plan_->tasks.push_back(task);
    }
  }

 private:
  /// What the aggregation reads beside the rows that count.
  void add_reads(const model::Aggregate& aggregate) {
    switch (model::rule_of(aggregate.aggregation).reads) {
      case model::AggregationRule::Reads::rows:
        return;
      case model::AggregationRule::Reads::ends:
        plan_->reads_ends = true;
        return;
      case model::AggregationRule::Reads::all_started:
        place(plan_->selections, Selection{model::RowsMode::started, aggregate.offset});
        return;
    }
  }

  template <class T>
  static std::size_t place(std::vector<T>& things, const T& thing) {
    const auto at = std::ranges::find(things, thing);
    if (at != things.end()) return static_cast<std::size_t>(at - things.begin());
    things.push_back(thing);
    return things.size() - 1;
  }

  /// Formulas with the same text are evaluated once for all metrics.
  std::size_t formula(const model::Formula& formula, const expression::BoundExpression& bound) {
    for (const SlotIndex slot : bound.slots()) plan_->reads_ends |= spec_->end == slot.get();
    const auto at = std::ranges::find(texts_, formula.expression.text());
    if (at != texts_.end()) return static_cast<std::size_t>(at - texts_.begin());
    texts_.push_back(formula.expression.text());
    plan_->formulas.push_back(&bound);
    return texts_.size() - 1;
  }

  TablePlan* plan_;
  const model::TableSpec* spec_;
  std::vector<std::string> texts_;
};

}  // namespace

std::vector<TablePlan> plan_tables(const model::BoundModel& bound, std::span<const std::uint8_t> wanted) {
  const model::Model& model = *bound.model;
  std::vector<TablePlan> plans(model.tables.size());
  std::vector<TablePlanner> planners;
  for (std::size_t t = 0; t < plans.size(); ++t) planners.emplace_back(plans[t], model.tables[t]);
  for (std::size_t m = 0; m < model.metrics.size(); ++m) {
    const auto* aggregate = std::get_if<model::Aggregate>(&model.metrics[m].source);
    if (aggregate == nullptr || wanted[m] == 0) continue;
    planners[aggregate->table.place()].add(model.metrics[m], model::MetricIndex::at(m),
                                           std::get<model::BoundAggregate>(bound.metrics[m]), bound.slot_types);
  }
  return plans;
}

}  // namespace customerhealth::metrics
