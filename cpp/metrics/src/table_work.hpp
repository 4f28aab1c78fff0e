#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "customerhealth/metrics/table_metrics.hpp"
#include "entries.hpp"
#include "picked.hpp"
#include "running.hpp"
#include "shared_rows.hpp"
#include "split_counts.hpp"
#include "value_slots.hpp"
#include "values.hpp"

namespace customerhealth::metrics {

/// TableMetrics with all that it keeps between two tasks. Each thing is computed at its first use.
class TableMetrics::Work {
 public:
  Work(const TablePlan& plan, const Timeline& timeline, TableRows rows, std::span<const Instant> as_ofs,
       std::span<const std::uint8_t> stale, const Texts& texts);

  [[nodiscard]] std::span<const std::uint8_t> seen() const noexcept { return seen_; }
  [[nodiscard]] Cells evaluate(const AggregateTask& task, const std::optional<SinceStarts>& since);

 private:
  /// Which entries a task counts. Tasks with equal keys share one Kept.
  struct Chosen {
    std::size_t selection;
    std::optional<std::size_t> where;
    std::int32_t by_column = -1;
    std::optional<std::uint64_t> by_key;  // nullopt: no row has the value
    std::optional<std::size_t> present;   // only rows with a value of this formula
    friend bool operator==(const Chosen&, const Chosen&) noexcept = default;
  };
  struct Kept {
    Chosen chosen;
    Entries entries;
    std::vector<std::int32_t> before;                                       // plain: by account and edge
    std::deque<std::pair<std::size_t, Runs>> runs;                          // plain: by reach
    std::deque<std::pair<std::size_t, std::vector<std::int32_t>>> windows;  // else: `until` by reach
    std::deque<std::pair<std::optional<std::size_t>, SharedRows>> shared;   // by formula
  };

  struct KeptSplit {
    Chosen whole;
    const model::By* by;
    SplitCounts counts;
  };

  Values& formula(std::size_t index);
  [[nodiscard]] std::optional<std::uint64_t> by_key(const model::By& by, std::size_t part) const;
  Chosen chosen_by(const AggregateTask& task, bool only_present);
  Kept& kept(const Chosen& chosen);
  Kept& keep(const Chosen& chosen, Entries entries);
  /// Keeps the entries of all values of a `by` at once.
  void keep_parts(const Chosen& whole, const model::By& by);
  [[nodiscard]] std::vector<std::optional<std::uint64_t>> by_keys(const model::By& by) const;
  [[nodiscard]] ValueSlots slots_of(const model::By& by) const;
  [[nodiscard]] const SplitCounts& split_counts(Kept& whole, const model::By& by);
  /// The entries of each account under one reach.
  class Reached;
  Reached reached(Kept& kept, std::size_t reach);
  std::span<const std::int32_t> until(Kept& kept, std::size_t reach);
  std::span<const Instant> first_times(model::RowsMode mode);

  SharedRows& shared(Kept& kept, const std::optional<std::size_t>& of);
  /// The first edge at which a window over the formula begins.
  [[nodiscard]] std::size_t first_edge_of(std::size_t of) const;
  PickedAggregation aggregation_of(const AggregateTask& task);
  /// Whether the task counts the rows of one value of `by`: where these are plain, it needs no entries of its own.
  [[nodiscard]] bool counts_part(const AggregateTask& task, const std::optional<SinceStarts>& since) const;
  void evaluate_part(const AggregateTask& task, Kept& whole, Cells& cells);
  void evaluate_running(const AggregateTask& task, Kept& kept, Cells& cells);
  void evaluate_buckets(const AggregateTask& task, Kept& kept, Cells& cells);
  void evaluate_picked(const AggregateTask& task, Kept& kept, const std::optional<SinceStarts>& since, Cells& cells);

  void guard(const AggregateTask& task, const std::optional<SinceStarts>& since, Cells& cells);
  std::vector<Instant> last_times(const AggregateTask& task);
  std::vector<double> row_counts(const AggregateTask& task, const std::optional<SinceStarts>& since);

  [[nodiscard]] std::size_t as_of_count() const noexcept { return as_ofs_.size(); }

  const TablePlan* plan_;
  const Timeline* timeline_;
  TableRows rows_;
  std::span<const Instant> as_ofs_;
  std::span<const std::uint8_t> stale_;
  const Texts* texts_;
  std::vector<std::uint8_t> seen_;
  std::vector<std::optional<Values>> formulas_;
  std::deque<Kept> kept_;  // a deque: references stay good
  std::deque<KeptSplit> splits_;
  std::vector<std::pair<model::RowsMode, std::vector<Instant>>> first_times_;
  RunningScratch scratch_;
  std::vector<std::int32_t> order_, found_;
};

class TableMetrics::Work::Reached {
 public:
  Reached(const Entries& entries, const Runs& runs) noexcept : entries_{&entries}, runs_{&runs} {}
  Reached(const Entries& entries, std::span<const std::int32_t> until) noexcept : entries_{&entries}, until_{until} {}

  [[nodiscard]] AccountEntries account(std::size_t a) const noexcept {
    return runs_ != nullptr ? account_entries(*entries_, *runs_, a) : account_entries(*entries_, until_, a);
  }

 private:
  const Entries* entries_;
  const Runs* runs_ = nullptr;
  std::span<const std::int32_t> until_;
};

}  // namespace customerhealth::metrics
