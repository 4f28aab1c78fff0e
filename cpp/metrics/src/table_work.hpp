#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "customerhealth/metrics/table_metrics.hpp"
#include "distinct.hpp"
#include "entries.hpp"
#include "picked.hpp"
#include "running.hpp"
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
    std::optional<std::uint64_t> by_key;
    std::optional<std::size_t> present;  // only rows with a value of this formula
    friend bool operator==(const Chosen&, const Chosen&) noexcept = default;
  };
  struct Kept {
    Chosen chosen;
    Entries entries;
    std::vector<std::int32_t> before;                                       // plain: by account and edge
    std::deque<std::pair<std::size_t, Runs>> runs;                          // plain: by reach
    std::deque<std::pair<std::size_t, std::vector<std::int32_t>>> windows;  // else: `until` by reach
    std::deque<std::pair<std::size_t, DistinctRows>> distinct;              // by formula
    std::deque<std::pair<std::size_t, SumRows>> sums;
  };

  Values& formula(std::size_t index);
  Chosen chosen_by(const AggregateTask& task, bool only_present);
  Kept& kept(const Chosen& chosen);
  AccountEntries account_entries_of(Kept& kept, std::size_t reach, std::size_t account);
  std::span<const std::int32_t> until(Kept& kept, std::size_t reach);
  std::span<const Instant> first_times(model::RowsMode mode);

  void evaluate_account(const AggregateTask& task, PickedAggregation& aggregation, Kept& kept, std::size_t account,
                        const std::optional<SinceStarts>& since, Cells& cells);
  const DistinctRows& distinct(Kept& kept, std::size_t of);
  /// The prefix sums of a formula's numbers, made for the first metric that asks.
  const SumRows& sums_of(std::size_t of, Kept& kept);
  bool evaluate_running(const AggregateTask& task, Kept& kept, std::size_t account, Cells& cells);
  void mean_cells(const AggregateTask& task, Kept& kept, const AccountEntries& entries, std::size_t account,
                  Cells& cells);
  /// Writes the entry that is the answer at each as-of to `found_`; -1 if there is none.
  void find_entries(const AggregateTask& task, const AccountEntries& entries);
  void place_cells(const AggregateTask& task, const AccountEntries& entries, std::size_t first, Cells& cells);

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
  std::vector<std::pair<model::RowsMode, std::vector<Instant>>> first_times_;
  RunningScratch scratch_;
  std::vector<std::int32_t> order_, found_;
  std::vector<double> counts_;
};

}  // namespace customerhealth::metrics
