#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/metrics/timeline.hpp"
#include "customerhealth/model/bound_model.hpp"

namespace customerhealth::metrics {

/// Which rows of a table can count at all: `rows` for intervals, the latest of each key for states (model.md §2).
struct Selection {
  model::RowsMode mode = model::RowsMode::alive;  // intervals only
  std::optional<Length> offset;

  friend bool operator==(const Selection&, const Selection&) noexcept = default;
};

/// One column of an aggregate metric to be worked out.
struct AggregateTask {
  const model::Aggregate* spec = nullptr;
  model::MetricIndex metric;
  SlotIndex slot;
  std::int32_t part = -1;  // of `by`; -1: not split
  Type type = Type::number;
  std::size_t selection = 0;  // indices into the table's plan
  std::size_t reach = 0;      // with `since` that of all history: each_since() cuts the window later
  std::optional<std::size_t> where, of;
  const expression::BoundExpression* since = nullptr;  // over panel names: such a task waits for the metrics it names
};

/// What the metrics read from one table, each formula, selection and reach once, so that metrics share the work.
struct TablePlan {
  std::vector<const expression::BoundExpression*> formulas;
  std::vector<Selection> selections;
  std::vector<Reach> reaches;
  std::vector<AggregateTask> tasks;
  bool reads_ends = false;  // a formula or an aggregation reads the ends of intervals: table_rows must split them

  [[nodiscard]] bool is_used() const noexcept { return !tasks.empty(); }
};

/// One plan for each of Model::tables. `wanted` has a 1 for each of Model::metrics to be computed.
[[nodiscard]] std::vector<TablePlan> plan_tables(const model::BoundModel& bound, std::span<const std::uint8_t> wanted);

}  // namespace customerhealth::metrics
