#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "customerhealth/model/aggregations.hpp"
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

TableMetrics::Work::Chosen TableMetrics::Work::chosen_by(const AggregateTask& task, bool only_present) {
  Chosen chosen{task.selection, task.where, -1, std::nullopt, std::nullopt};
  if (task.part >= 0) {
    const model::By& by = *task.spec->by;
    const ColumnView& column = rows_.block.columns[static_cast<std::size_t>(by.column)].view();
    chosen.by_column = by.column;
    chosen.by_key = identity_of(by.values[static_cast<std::size_t>(task.part)], column, *texts_, false);
  }
  if (only_present && task.of && !formula(*task.of).present().empty()) chosen.present = task.of;
  return chosen;
}

/// Each kind of restriction filters entries that are kept themselves, so metrics that differ only in `by`, `where` or
/// `of` share the larger part of the work.
TableMetrics::Work::Kept& TableMetrics::Work::kept(const Chosen& chosen) {
  const auto at = std::ranges::find(kept_, chosen, &Kept::chosen);
  if (at != kept_.end()) return *at;
  Kept made;
  made.chosen = chosen;
  if (chosen.present) {
    Chosen whole = chosen;
    whole.present.reset();
    made.entries = filter(kept(whole).entries, formula(*chosen.present).present());
  } else if (chosen.by_column >= 0) {
    Chosen whole = chosen;
    whole.by_column = -1;
    whole.by_key.reset();
    const Identities values = identities_of(rows_.block.columns[static_cast<std::size_t>(chosen.by_column)].view());
    std::vector<std::uint8_t> passes(rows_.block.rows(), 0);
    for (std::size_t i = 0; chosen.by_key && i < passes.size(); ++i) {
      passes[i] = values.has(i) && values.keys[i] == *chosen.by_key ? 1 : 0;
    }
    made.entries = filter(kept(whole).entries, passes);
  } else if (chosen.where) {
    const Chosen whole{chosen.selection, std::nullopt, -1, std::nullopt, std::nullopt};
    const auto* truths = std::get_if<std::span<const Truth>>(&formula(*chosen.where).view());
    std::vector<std::uint8_t> passes(rows_.block.rows(), 0);
    for (std::size_t i = 0; truths != nullptr && i < passes.size(); ++i) passes[i] = (*truths)[i] == Truth::yes ? 1 : 0;
    made.entries = filter(kept(whole).entries, passes);
  } else {
    made.entries = entries_of(rows_, plan_->selections[chosen.selection], as_ofs_);
  }
  if (made.entries.plain) {
    const auto edges = timeline_->edges();
    made.before.resize(made.entries.account_count() * edges.size());
    for (std::size_t a = 0; a < made.entries.account_count(); ++a) {
      count_before(made.entries.times.subspan(made.entries.begin(a), made.entries.size(a)), edges,
                   std::span{made.before}.subspan(a * edges.size(), edges.size()));
    }
  }
  kept_.push_back(std::move(made));
  return kept_.back();
}

AccountEntries TableMetrics::Work::account_entries_of(Kept& kept, std::size_t reach, std::size_t account) {
  if (!kept.entries.plain) return account_entries(kept.entries, until(kept, reach), account);
  for (const auto& [known, runs] : kept.runs) {
    if (known == reach) return account_entries(kept.entries, runs, account);
  }
  kept.runs.emplace_back(reach, runs_of(kept.before, timeline_->edges().size(), timeline_->window(reach)));
  return account_entries(kept.entries, kept.runs.back().second, account);
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

const SumRows& TableMetrics::Work::sums_of(std::size_t of, Kept& kept) {
  auto at = std::ranges::find(kept.sums, of, [](const auto& sum) { return sum.first; });
  if (at == kept.sums.end()) {
    kept.sums.emplace_back(of, SumRows{kept.entries, formula(of).numbers()});
    at = std::prev(kept.sums.end());
  }
  return at->second;
}

void TableMetrics::Work::mean_cells(const AggregateTask& task, Kept& kept, const AccountEntries& entries,
                                    std::size_t account, Cells& cells) {
  const std::size_t first = account * as_of_count();
  const std::span<double> out = std::span{cells.numbers}.subspan(first, as_of_count());
  counts_.resize(out.size());
  running_count(entries, scratch_, counts_);
  running_mean(entries, sums_of(*task.of, kept), formula(*task.of).numbers(), account, counts_, scratch_, out);
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (counts_[k] == 0) cells.set_missing(first + k, Reason::silent);
  }
}

/// In plain entries the earliest and the latest row are the ends of the run. Otherwise the entries are put in the order
/// in which they answer, and each as-of takes the first that counts there.
void TableMetrics::Work::find_entries(const AggregateTask& task, const AccountEntries& entries) {
  using Place = model::AggregationRule::Place;
  const Place place = model::rule_of(task.spec->aggregation).place;
  found_.resize(as_of_count());
  const bool by_value = place == Place::least || place == Place::greatest, is_latest = place == Place::latest;
  if (entries.plain && !by_value) {
    for (std::size_t k = 0; k < found_.size(); ++k) {
      const std::int32_t first = entries.first[k], last = entries.last[k];
      found_[k] = first == last ? -1 : is_latest ? last - 1 : first;
    }
    return;
  }
  order_.resize(entries.rows.size());
  std::iota(order_.begin(), order_.end(), 0);
  if (is_latest) std::ranges::reverse(order_);
  if (by_value) {
    const auto sort = [&](const auto& values) {
      std::ranges::stable_sort(order_, [&](std::int32_t a, std::int32_t b) {
        const auto x = values[entries.rows[static_cast<std::size_t>(a)]],
                   y = values[entries.rows[static_cast<std::size_t>(b)]];
        return place == Place::least ? x < y : y < x;
      });
    };
    const auto* instants = std::get_if<std::span<const Instant>>(&formula(*task.of).view());
    if (instants != nullptr)
      sort(*instants);
    else
      sort(formula(*task.of).numbers());
  }
  running_first(entries, order_, scratch_, found_);
}

/// Fills the account's cells for aggregations whose answer is one row: the earliest, the latest, the least, the
/// greatest.
void TableMetrics::Work::place_cells(const AggregateTask& task, const AccountEntries& entries, std::size_t first,
                                     Cells& cells) {
  using Gives = model::AggregationRule::Gives;
  const Gives gives = model::rule_of(task.spec->aggregation).gives;
  find_entries(task, entries);
  const ColumnView of = task.of ? formula(*task.of).view() : ColumnView{};
  for (std::size_t k = 0; k < found_.size(); ++k) {
    if (found_[k] < 0) {
      cells.set_missing(first + k, Reason::silent);
      continue;
    }
    const auto entry = static_cast<std::size_t>(found_[k]);
    const Instant t = entries.times[entry];
    switch (gives) {
      case Gives::number: {
        const auto& offset = task.spec->offset;
        cells.numbers[first + k] = days_between(offset ? minus(as_ofs_[k], *offset) : as_ofs_[k], t);
        break;
      }
      case Gives::instant:
        cells.instants[first + k] = t;
        break;
      case Gives::as_of:
        cells.set(first + k, {.row = entries.rows[entry]}, of);
        break;
    }
  }
}

const DistinctRows& TableMetrics::Work::distinct(Kept& kept, std::size_t of) {
  for (const auto& [known, rows] : kept.distinct) {
    if (known == of) return rows;
  }
  std::int32_t first_edge = std::numeric_limits<std::int32_t>::max();
  for (const AggregateTask& task : plan_->tasks) {
    if (task.of == of && !timeline_->window(task.reach).begin.empty())
      first_edge = std::min(first_edge, timeline_->window(task.reach).begin.front());
  }
  kept.distinct.emplace_back(of, DistinctRows{kept.entries, formula(of).distinct_keys(), kept.before,
                                              timeline_->edges().size(), static_cast<std::size_t>(first_edge)});
  return kept.distinct.back().second;
}

/// Fills the account's cells in one pass over its rows if the aggregation can; false if the rows of each as-of have to
/// be looked at.
bool TableMetrics::Work::evaluate_running(const AggregateTask& task, Kept& kept, std::size_t account, Cells& cells) {
  using Running = model::AggregationRule::Running;
  const AccountEntries entries = account_entries_of(kept, task.reach, account);
  const std::size_t first = account * as_of_count();
  const auto out = [&] { return std::span{cells.numbers}.subspan(first, as_of_count()); };
  switch (model::rule_of(task.spec->aggregation).running) {
    case Running::no:
      return false;
    case Running::count:
      running_count(entries, scratch_, out());
      return true;
    case Running::distinct:
      if (entries.plain)
        distinct(kept, *task.of).count(account, entries, timeline_->window(task.reach), scratch_, out());
      else
        running_distinct(entries, formula(*task.of).distinct_keys(), scratch_, out());
      return true;
    case Running::sum:
      running_sum(entries, sums_of(*task.of, kept), formula(*task.of).numbers(), account, scratch_, out());
      return true;
    case Running::mean:
      mean_cells(task, kept, entries, account, cells);
      return true;
    case Running::place:
      place_cells(task, entries, first, cells);
      return true;
  }
  return false;
}

void TableMetrics::Work::evaluate_account(const AggregateTask& task, PickedAggregation& aggregation, Kept& kept,
                                          std::size_t account, const std::optional<SinceStarts>& since, Cells& cells) {
  const bool direct = !since && !task.spec->buckets;
  if (direct && evaluate_running(task, kept, account, cells)) return;
  const AccountEntries entries = account_entries_of(kept, task.reach, account);
  const ColumnView of = task.of ? formula(*task.of).view() : ColumnView{};
  const std::size_t first = account * as_of_count();
  const Edges edges = shifted(as_ofs_, task.spec->offset);
  const auto firsts = task.spec->buckets ? first_times(task.spec->rows) : std::span<const Instant>{};
  each_as_of(entries, edges, [&](std::size_t k, const Picked& picked) {
    if (since) {
      const Instant start = since->starts[first + k];
      if (is_missing(start)) return;  // guard() sets the reason
      const Picked cut = since_start(picked, start, task.spec->window);
      return cells.set(first + k, aggregation(cut), of);
    }
    cells.set(first + k,
              task.spec->buckets ? picked_buckets(aggregation, picked, firsts[first + k]) : aggregation(picked), of);
  });
}

Cells TableMetrics::Work::evaluate(const AggregateTask& task, const std::optional<SinceStarts>& since) {
  Cells cells{task.type, rows_.account_count() * as_of_count()};
  AggregateTask reaching = task;
  if (model::rule_of(task.spec->aggregation).reads == model::AggregationRule::Reads::all_started) {
    const auto at = std::ranges::find(plan_->selections, Selection{model::RowsMode::started, task.spec->offset});
    reaching.selection = static_cast<std::size_t>(at - plan_->selections.begin());
  }
  Kept& own = kept(chosen_by(reaching, !takes_rows_without_value(*task.spec)));
  PickedAggregation aggregation{task.spec, task.of ? &formula(*task.of) : nullptr, rows_.ends, rows_.hidden, {},
                                texts_};
  for (const model::Wanted& wanted : task.spec->wanted) {
    aggregation.wanted.push_back(identity_of(wanted.value, aggregation.of->view(), *texts_, task.spec->wanted_is_map));
  }
  for (std::size_t a = 0; a < rows_.account_count(); ++a) evaluate_account(task, aggregation, own, a, since, cells);
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
