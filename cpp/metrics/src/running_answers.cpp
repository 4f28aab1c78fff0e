#include "running_answers.hpp"

#include <algorithm>
#include <numeric>

#include "customerhealth/common/number.hpp"
#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::metrics {
namespace {

using Running = model::AggregationRule::Running;
using Place = model::AggregationRule::Place;

const model::AggregationRule& rule_of(const AggregateTask& task) { return model::rule_of(task.spec->aggregation); }

double share_of(const model::Aggregate& spec) {
  return spec.aggregation == model::Aggregation::median ? 0.5 : spec.quantile;
}

}  // namespace

RunningAnswers::RunningAnswers(const AggregateTask& task, const PickedAggregation& aggregation, SharedRows& rows,
                               const Timeline::Window& window, std::span<const Instant> edges, std::size_t first_edge)
    : task_{&task}, aggregation_{&aggregation}, rows_{&rows}, window_{&window}, edges_{edges}, first_edge_{first_edge} {
  const Running running = rule_of(task).running;
  if (running == Running::wanted) wanted_.emplace(aggregation.wanted, rows.of().identities());
  if (running == Running::decayed) decay_.emplace(task.spec->half_life->micros(), edges);
}

void RunningAnswers::answer(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, Cells& cells) {
  const AccountCells out{cells, account * edges_.size(), edges_.size()};
  switch (rule_of(*task_).running) {
    case Running::no:
      return;
    case Running::count:
      return running_count(entries, scratch, out.numbers());
    case Running::distinct:
      return distinct(account, entries, scratch, out.numbers());
    case Running::sum:
      return running_sum(entries, rows_->sums(), rows_->of().numbers(), account, scratch, out.numbers());
    case Running::decayed:
      return rows_->decayed(task_->spec->half_life->micros()).sum(entries, account, *decay_, scratch, out.numbers());
    case Running::mean:
      return mean(account, entries, scratch, out);
    case Running::deviation:
      return running_deviation(entries, rows_->sums(), rows_->squares(), rows_->of().numbers(), account, scratch, out);
    case Running::quantile:
      return running_quantile(entries, rows_->ranks(), account, share_of(*task_->spec), ranks_, scratch, out);
    case Running::frequencies:
      return frequencies(account, entries, scratch, out);
    case Running::wanted:
      return running_wanted(entries, *wanted_, task_->spec->wanted, scratch, out.numbers());
    case Running::mode:
      return mode(account, entries, scratch, cells);
    case Running::gap:
      return running_gap(entries, edges_, gaps_, scratch, out);
    case Running::unbroken:
      return running_unbroken(*aggregation_, entries, edges_, chains_, scratch, out);
    case Running::end:
      return running_end(*aggregation_, entries, edges_, scratch, out);
    case Running::extreme:
      return extreme(account, entries, scratch, cells);
    case Running::place:
      return place(account, entries, scratch, cells);
  }
}

void RunningAnswers::distinct(std::size_t account, const AccountEntries& entries, RunningScratch& scratch,
                              std::span<double> out) {
  if (entries.plain)
    rows_->distinct(first_edge_).count(account, entries, *window_, scratch, out);
  else
    running_distinct(entries, rows_->of().distinct_keys(), scratch, out);
}

void RunningAnswers::mean(std::size_t account, const AccountEntries& entries, RunningScratch& scratch,
                          const AccountCells& out) {
  counts_.resize(out.size());
  running_count(entries, scratch, counts_);
  running_mean(entries, rows_->sums(), rows_->of().numbers(), account, counts_, scratch, out.numbers());
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (counts_[k] == 0) out.set_missing(k, Reason::silent);
  }
}

void RunningAnswers::frequencies(std::size_t account, const AccountEntries& entries, RunningScratch& scratch,
                                 const AccountCells& out) {
  const NumberedRows& rows = rows_->numbered();
  if (task_->spec->aggregation == model::Aggregation::entropy) {
    running_frequencies(entries, rows, account, frequencies_, scratch, out, [&] { return frequencies_.entropy(); });
  } else {
    running_frequencies(entries, rows, account, frequencies_, scratch, out, [&] {
      return static_cast<double>(frequencies_.most()) / static_cast<double>(frequencies_.size());
    });
  }
}

void RunningAnswers::mode(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, Cells& cells) {
  keys_.resize(edges_.size());
  running_mode(entries, rows_->numbered(), rows_->modes(*aggregation_), account, modes_, scratch, keys_);
  const ColumnView of = rows_->of().view();
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    const std::size_t cell = account * keys_.size() + k;
    keys_[k] < 0 ? cells.set_missing(cell, Reason::silent) : cells.set(cell, {.row = keys_[k]}, of);
  }
}

/// Fills the account's cells of a minimum or maximum: numbers, booleans (all, any) or instants.
void RunningAnswers::extreme(std::size_t account, const AccountEntries& entries, RunningScratch& scratch,
                             Cells& cells) {
  const bool least = rule_of(*task_).place == Place::least;
  const Extreme extreme = rows_->extreme(least);
  const std::size_t as_ofs = edges_.size(), first = account * as_ofs;
  counts_.resize(as_ofs);
  keys_.resize(as_ofs);
  running_count(entries, scratch, counts_);
  if (entries.plain)
    running_extreme(extreme, rows_->extremes(least).panes(account), *window_, scratch, keys_);
  else
    running_extreme(extreme, entries, scratch, keys_);
  for (std::size_t k = 0; k < as_ofs; ++k) {
    if (counts_[k] == 0)
      cells.set_missing(first + k, Reason::silent);
    else if (cells.type == Type::instant)
      cells.instants[first + k] = Instant{Micros{keys_[k]}};
    else if (cells.type == Type::boolean)
      cells.truths[first + k] = number_of_order_key(keys_[k]) != 0 ? Truth::yes : Truth::no;
    else
      cells.numbers[first + k] = number_of_order_key(keys_[k]);
  }
}

/// In plain entries the earliest and the latest row are the ends of the run. Otherwise the entries are put in the order
/// in which they answer, and each as-of takes the first that counts there.
void RunningAnswers::find_places(const AccountEntries& entries, RunningScratch& scratch) {
  const bool is_latest = rule_of(*task_).place == Place::latest;
  found_.resize(edges_.size());
  if (entries.plain) {
    for (std::size_t k = 0; k < found_.size(); ++k) {
      const std::int32_t first = entries.first[k], last = entries.last[k];
      found_[k] = first == last ? -1 : is_latest ? last - 1 : first;
    }
    return;
  }
  order_.resize(entries.rows.size());
  std::iota(order_.begin(), order_.end(), 0);
  if (is_latest) std::ranges::reverse(order_);
  running_first(entries, order_, scratch, found_);
}

/// Fills the account's cells for aggregations whose answer is the earliest row or the latest.
void RunningAnswers::place(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, Cells& cells) {
  using Gives = model::AggregationRule::Gives;
  const std::size_t first = account * edges_.size();
  const Gives gives = rule_of(*task_).gives;
  find_places(entries, scratch);
  const ColumnView of = task_->of ? rows_->of().view() : ColumnView{};
  for (std::size_t k = 0; k < found_.size(); ++k) {
    if (found_[k] < 0) {
      cells.set_missing(first + k, Reason::silent);
      continue;
    }
    const auto entry = static_cast<std::size_t>(found_[k]);
    const Instant t = entries.times[entry];
    switch (gives) {
      case Gives::number:
        cells.numbers[first + k] = days_between(edges_[k], t);
        break;
      case Gives::instant:
        cells.instants[first + k] = t;
        break;
      case Gives::as_of:
        cells.set(first + k, {.row = entries.rows[entry]}, of);
        break;
    }
  }
}

}  // namespace customerhealth::metrics
