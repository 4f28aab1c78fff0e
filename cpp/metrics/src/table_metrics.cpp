#include <algorithm>
#include <cmath>
#include <limits>

#include "customerhealth/model/aggregations.hpp"
#include "running_answers.hpp"
#include "running_buckets.hpp"
#include "table_work.hpp"

namespace customerhealth::metrics {
namespace {

/// Whether rows without a value of `of` stay among the entries. With buckets they do, for a bucket that holds only such
/// rows is not an empty bucket, which may count as 0.
bool takes_rows_without_value(const model::Aggregate& spec) noexcept {
  return model::rule_of(spec.aggregation).no_value == model::AggregationRule::NoValue::counts ||
         spec.buckets.has_value();
}

}  // namespace

TableMetrics::Work::Work(const TablePlan& plan, const Timeline& timeline, TableRows rows,
                         std::span<const Instant> as_ofs, std::span<const std::uint8_t> stale, const Texts& texts)
    : plan_{&plan},
      timeline_{&timeline},
      rows_{std::move(rows)},
      as_ofs_{as_ofs},
      stale_{stale},
      texts_{&texts},
      seen_{seen_of(rows_, as_ofs)},
      formulas_(plan.formulas.size()) {}

Values& TableMetrics::Work::formula(std::size_t index) {
  if (!formulas_[index]) {
    std::vector<ColumnView> inputs;
    for (const Column& column : rows_.block.columns) inputs.push_back(column.view());
    formulas_[index].emplace(plan_->formulas[index]->evaluate(inputs, rows_.block.rows()));
  }
  return *formulas_[index];
}

std::optional<std::uint64_t> TableMetrics::Work::by_key(const model::By& by, std::size_t part) const {
  const ColumnView& column = rows_.block.columns[static_cast<std::size_t>(by.column)].view();
  return identity_of(by.values[part], column, *texts_, false);
}

std::vector<std::optional<std::uint64_t>> TableMetrics::Work::by_keys(const model::By& by) const {
  std::vector<std::optional<std::uint64_t>> keys;
  for (std::size_t v = 0; v < by.values.size(); ++v) keys.push_back(by_key(by, v));
  return keys;
}

ValueSlots TableMetrics::Work::slots_of(const model::By& by) const {
  return {by_keys(by), identities_of(rows_.block.columns[static_cast<std::size_t>(by.column)].view())};
}

const SplitCounts& TableMetrics::Work::split_counts(Kept& whole, const model::By& by) {
  for (const KeptSplit& split : splits_) {
    if (split.whole == whole.chosen && split.by == &by) return split.counts;
  }
  return splits_
      .emplace_back(whole.chosen, &by,
                    SplitCounts{whole.entries, slots_of(by), whole.before, timeline_->edges().size()})
      .counts;
}

TableMetrics::Work::Chosen TableMetrics::Work::chosen_by(const AggregateTask& task, bool only_present) {
  Chosen chosen{task.selection, task.where, -1, std::nullopt, std::nullopt};
  if (task.part >= 0) {
    const model::By& by = *task.spec->by;
    chosen.by_column = by.column;
    chosen.by_key = by_key(by, static_cast<std::size_t>(task.part));
    if (std::ranges::find(kept_, chosen, &Kept::chosen) == kept_.end()) keep_parts(chosen, by);
  }
  if (only_present && task.of && !formula(*task.of).present().empty()) chosen.present = task.of;
  return chosen;
}

/// Each kind of restriction filters entries that are kept themselves, so metrics that differ only in `by`, `where` or
/// `of` share the larger part of the work.
TableMetrics::Work::Kept& TableMetrics::Work::kept(const Chosen& chosen) {
  const auto at = std::ranges::find(kept_, chosen, &Kept::chosen);
  if (at != kept_.end()) return *at;
  if (chosen.present) {
    Chosen whole = chosen;
    whole.present.reset();
    return keep(chosen, filter(kept(whole).entries, formula(*chosen.present).present()));
  }
  if (chosen.where) {
    const Chosen whole{chosen.selection, std::nullopt, -1, std::nullopt, std::nullopt};
    const auto* truths = std::get_if<std::span<const Truth>>(&formula(*chosen.where).view());
    std::vector<std::uint8_t> passes(rows_.block.rows(), 0);
    for (std::size_t i = 0; truths != nullptr && i < passes.size(); ++i) passes[i] = (*truths)[i] == Truth::yes ? 1 : 0;
    return keep(chosen, filter(kept(whole).entries, passes));
  }
  return keep(chosen, entries_of(rows_, plan_->selections[chosen.selection], as_ofs_));
}

TableMetrics::Work::Kept& TableMetrics::Work::keep(const Chosen& chosen, Entries entries) {
  Kept& made = kept_.emplace_back();
  made.chosen = chosen;
  made.entries = std::move(entries);
  if (made.entries.plain) {
    const auto edges = timeline_->edges();
    made.before.resize(made.entries.account_count() * edges.size());
    for (std::size_t a = 0; a < made.entries.account_count(); ++a) {
      timeline_->count_before(made.entries.times.subspan(made.entries.begin(a), made.entries.size(a)),
                              std::span{made.before}.subspan(a * edges.size(), edges.size()));
    }
  }
  return made;
}

void TableMetrics::Work::keep_parts(const Chosen& part, const model::By& by) {
  Chosen whole = part;
  whole.by_column = -1;
  whole.by_key.reset();
  const std::vector<std::optional<std::uint64_t>> keys = by_keys(by);
  const ValueSlots slots = slots_of(by);
  // One slot more, which no row has, for values that no row equals.
  std::vector<Entries> parts = split(kept(whole).entries, slots.of_rows(), slots.slots() + 1);
  for (std::size_t v = 0; v < keys.size(); ++v) {
    Chosen chosen = part;
    chosen.by_key = keys[v];
    if (std::ranges::find(kept_, chosen, &Kept::chosen) != kept_.end()) continue;
    const std::int32_t slot = slots.of_given()[v];
    keep(chosen, std::move(parts[slot == ValueSlots::kNone ? slots.slots() : static_cast<std::size_t>(slot)]));
  }
}

TableMetrics::Work::Reached TableMetrics::Work::reached(Kept& kept, std::size_t reach) {
  if (!kept.entries.plain) return {kept.entries, until(kept, reach)};
  for (const auto& [known, runs] : kept.runs) {
    if (known == reach) return {kept.entries, runs};
  }
  kept.runs.emplace_back(reach, runs_of(kept.before, timeline_->edges().size(), timeline_->window(reach)));
  return {kept.entries, kept.runs.back().second};
}

std::span<const std::int32_t> TableMetrics::Work::until(Kept& kept, std::size_t reach) {
  const auto& window = plan_->reaches[reach].window;
  if (!window) return kept.entries.until;
  for (const auto& [known, until] : kept.windows) {
    if (known == reach) return until;
  }
  kept.windows.emplace_back(reach,
                            windowed_until(kept.entries, plan_->selections[kept.chosen.selection], *window, as_ofs_));
  return kept.windows.back().second;
}

std::span<const Instant> TableMetrics::Work::first_times(model::RowsMode mode) {
  for (const auto& [known, times] : first_times_) {
    if (known == mode) return times;
  }
  first_times_.emplace_back(mode, first_times_of(rows_, times_of(rows_, mode), as_ofs_));
  return first_times_.back().second;
}

SharedRows& TableMetrics::Work::shared(Kept& kept, const std::optional<std::size_t>& of) {
  for (auto& [known, rows] : kept.shared) {
    if (known == of) return rows;
  }
  Values* const values = of ? &formula(*of) : nullptr;
  return kept.shared.emplace_back(of, SharedRows{kept.entries, values, kept.before, timeline_->edges().size()}).second;
}

std::size_t TableMetrics::Work::first_edge_of(std::size_t of) const {
  std::int32_t first_edge = std::numeric_limits<std::int32_t>::max();
  for (const AggregateTask& task : plan_->tasks) {
    if (task.of == of && !timeline_->window(task.reach).begin.empty())
      first_edge = std::min(first_edge, timeline_->window(task.reach).begin.front());
  }
  return static_cast<std::size_t>(first_edge);
}

PickedAggregation TableMetrics::Work::aggregation_of(const AggregateTask& task) {
  PickedAggregation aggregation{task.spec, task.of ? &formula(*task.of) : nullptr, rows_.ends, rows_.hidden, {},
                                texts_};
  for (const model::Wanted& wanted : task.spec->wanted) {
    aggregation.wanted.push_back(identity_of(wanted.value, aggregation.of->view(), *texts_, task.spec->wanted_is_map));
  }
  return aggregation;
}

bool TableMetrics::Work::counts_part(const AggregateTask& task, const std::optional<SinceStarts>& since) const {
  return task.part >= 0 && !since && !task.spec->buckets &&
         model::rule_of(task.spec->aggregation).running == model::AggregationRule::Running::count;
}

void TableMetrics::Work::evaluate_part(const AggregateTask& task, Kept& whole, Cells& cells) {
  split_counts(whole, *task.spec->by)
      .count(static_cast<std::size_t>(task.part), timeline_->window(task.reach), cells.numbers);
}

/// Fills the cells of each account in one pass over its rows.
void TableMetrics::Work::evaluate_running(const AggregateTask& task, Kept& kept, Cells& cells) {
  const PickedAggregation aggregation = aggregation_of(task);
  const Edges edges = shifted(as_ofs_, task.spec->offset);
  RunningAnswers answers{task,
                         aggregation,
                         shared(kept, task.of),
                         timeline_->window(task.reach),
                         edges,
                         task.of ? first_edge_of(*task.of) : 0};
  const Reached entries = reached(kept, task.reach);
  for (std::size_t a = 0; a < rows_.account_count(); ++a) answers.answer(a, entries.account(a), scratch_, cells);
}

/// Fills the cells of a metric in buckets from buckets that as-ofs share.
void TableMetrics::Work::evaluate_buckets(const AggregateTask& task, Kept& kept, Cells& cells) {
  const PickedAggregation aggregation = aggregation_of(task);
  const Edges edges = shifted(as_ofs_, task.spec->offset);
  const auto firsts = first_times(task.spec->rows);
  RunningBuckets answers{aggregation, edges};
  const Reached entries = reached(kept, task.reach);
  for (std::size_t a = 0; a < rows_.account_count(); ++a) {
    const std::size_t first = a * as_of_count();
    answers.answer(entries.account(a), firsts.subspan(first, as_of_count()), scratch_,
                   AccountCells{cells, first, as_of_count()});
  }
}

/// Fills the cells from the rows of each as-of.
void TableMetrics::Work::evaluate_picked(const AggregateTask& task, Kept& kept, const std::optional<SinceStarts>& since,
                                         Cells& cells) {
  const PickedAggregation aggregation = aggregation_of(task);
  const ColumnView of = task.of ? formula(*task.of).view() : ColumnView{};
  const Edges edges = shifted(as_ofs_, task.spec->offset);
  const auto firsts = task.spec->buckets ? first_times(task.spec->rows) : std::span<const Instant>{};
  const Reached entries = reached(kept, task.reach);
  for (std::size_t a = 0; a < rows_.account_count(); ++a) {
    const std::size_t first = a * as_of_count();
    const auto visit = [&](std::size_t k, const Picked& picked) {
      const std::size_t cell = first + k;
      cells.set(cell, task.spec->buckets ? picked_buckets(aggregation, picked, firsts[cell]) : aggregation(picked), of);
    };
    if (since)  // where the start is missing, guard() sets the reason
      each_since(entries.account(a), edges, since->starts.subspan(first, as_of_count()), task.spec->window, visit);
    else
      each_as_of(entries.account(a), edges, visit);
  }
}

Cells TableMetrics::Work::evaluate(const AggregateTask& task, const std::optional<SinceStarts>& since) {
  Cells cells{task.type, rows_.account_count() * as_of_count()};
  AggregateTask reaching = task;
  const model::AggregationRule& rule = model::rule_of(task.spec->aggregation);
  if (rule.reads == model::AggregationRule::Reads::all_started) {
    const auto at = std::ranges::find(plan_->selections, Selection{model::RowsMode::started, task.spec->offset});
    reaching.selection = static_cast<std::size_t>(at - plan_->selections.begin());
  }
  if (counts_part(task, since)) {
    AggregateTask all = task;
    all.part = -1;
    Kept& whole = kept(chosen_by(all, !takes_rows_without_value(*task.spec)));
    if (whole.entries.plain) {
      evaluate_part(task, whole, cells);
      guard(task, since, cells);
      return cells;
    }
  }
  Kept& own = kept(chosen_by(reaching, !takes_rows_without_value(*task.spec)));
  if (!since && !task.spec->buckets && rule.running != model::AggregationRule::Running::no)
    evaluate_running(task, own, cells);
  else if (own.entries.plain && RunningBuckets::can_answer(*task.spec))
    evaluate_buckets(task, own, cells);
  else
    evaluate_picked(task, own, since, cells);
  guard(task, since, cells);
  return cells;
}

TableMetrics::TableMetrics(const TablePlan& plan, const Timeline& timeline, TableRows rows,
                           std::span<const Instant> as_ofs, std::span<const std::uint8_t> stale, const Texts& texts)
    : work_{std::make_unique<Work>(plan, timeline, std::move(rows), as_ofs, stale, texts)} {}

TableMetrics::~TableMetrics() = default;
TableMetrics::TableMetrics(TableMetrics&&) noexcept = default;

std::span<const std::uint8_t> TableMetrics::seen() const noexcept { return work_->seen(); }

Cells TableMetrics::evaluate(const AggregateTask& task, const std::optional<SinceStarts>& since) {
  return work_->evaluate(task, since);
}

}  // namespace customerhealth::metrics
