#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/metrics/distinct.hpp"
#include "customerhealth/metrics/entries.hpp"
#include "customerhealth/metrics/picked.hpp"
#include "customerhealth/metrics/plan.hpp"
#include "customerhealth/metrics/running.hpp"
#include "customerhealth/metrics/values.hpp"

namespace customerhealth::metrics {

/// `since` worked out: a start for each account and as-of of the block, or why there is none.
struct SinceStarts {
  std::span<const Instant> starts;
  std::function<Reason(std::size_t cell)> reason;
};

/// The metrics of one table for a block of accounts. Cells lie [account][as-of].
class TableMetrics {
 public:
  /// `timeline`: of the plan's reaches. `stale`: at which as-ofs the whole table is (empty: at none).
  TableMetrics(const TablePlan& plan, const Timeline& timeline, TableRows rows, std::span<const Instant> as_ofs,
               std::span<const std::uint8_t> stale, const Texts& texts);

  /// Has the account a visible row here at the as-of?
  [[nodiscard]] std::span<const std::uint8_t> seen() const noexcept { return seen_; }

  [[nodiscard]] Cells evaluate(const AggregateTask& task, const std::optional<SinceStarts>& since);

 private:
  /// Which entries a task counts; the key under which they are kept.
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
  void sum_cells(const AggregateTask& task, Kept& kept, const AccountEntries& entries, std::size_t account,
                 std::span<double> out);
  bool evaluate_running(const AggregateTask& task, Kept& kept, std::size_t account, Cells& cells);
  void mean_cells(const AggregateTask& task, Kept& kept, const AccountEntries& entries, std::size_t account,
                  Cells& cells);
  /// For each as-of the entry that answers it, into `found_`; -1: none.
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

/// The identity that a literal would have in a column; none when no row of it can be equal. `from_key`: it stood as a
/// key of a JSON map, where all is text.
[[nodiscard]] std::optional<std::uint64_t> identity_of(const model::Literal& given, const ColumnView& column,
                                                       const Texts& texts, bool from_key);

}  // namespace customerhealth::metrics
