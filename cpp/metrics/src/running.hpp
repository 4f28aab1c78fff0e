#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "entries.hpp"
#include "fixed_point.hpp"
#include "moments.hpp"
#include "sweep.hpp"

namespace customerhealth::metrics {

/// Aggregations of one account at all as-ofs in time proportional to rows plus as-ofs, not to their product. Plain
/// entries count in runs; other entries change the answer at two as-ofs, the first at which they count and the first at
/// which they no longer do. `out` has one element for each as-of.

/// Memory that all accounts of a block use in turn.
struct RunningScratch {
  std::vector<std::int32_t> change, next, covered, order, from, until;
  std::vector<Int128> sums;
  std::vector<Moments> moments;
  std::vector<std::uint64_t> bits;
  std::vector<std::int64_t> keys, found, gaps;
  Timeline::Window window;
  SweepScratch sweep;
};

/// The cells of one account, where an answer may be missing.
class AccountCells {
 public:
  AccountCells(Cells& cells, std::size_t first, std::size_t as_ofs) noexcept
      : cells_{&cells}, first_{first}, size_{as_ofs} {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void set(std::size_t k, double number) const noexcept { cells_->numbers[first_ + k] = number; }
  void set_missing(std::size_t k, Reason reason) const noexcept { cells_->set_missing(first_ + k, reason); }
  /// Sets a number, or its absence, as at the as-of before.
  void repeat(std::size_t k) const noexcept {
    cells_->numbers[first_ + k] = cells_->numbers[first_ + k - 1];
    cells_->reasons[first_ + k] = cells_->reasons[first_ + k - 1];
  }
  [[nodiscard]] std::span<double> numbers() const noexcept { return std::span{cells_->numbers}.subspan(first_, size_); }

 private:
  Cells* cells_;
  std::size_t first_, size_;
};

/// Calls `take(begin, end, k)` for each run of neighbours [begin, end) with one as-of k, the first at which they count
/// or no longer do: most rows become known, and leave their window, together with the row before.
template <class Take>
void each_run(std::span<const std::int32_t> as_ofs, const Take& take) {
  for (std::size_t begin = 0, end = 0; begin < as_ofs.size(); begin = end) {
    const std::int32_t k = as_ofs[begin];
    for (end = begin + 1; end < as_ofs.size() && as_ofs[end] == k;) ++end;
    take(begin, end, static_cast<std::size_t>(k));
  }
}

/// How many entries count.
void running_count(const AccountEntries& entries, RunningScratch& scratch, std::span<double> out);

/// Exact prefix sums along the entries of each account, computed once for all windows.
class SumRows {
 public:
  /// No number at the rows of the entries may be missing.
  SumRows(const Entries& entries, std::span<const double> numbers);

  /// The sum before each of the account's entries and, last, that of all. Empty if the values do not fit a FixedPoint.
  [[nodiscard]] std::span<const Int128> prefix(std::size_t account) const noexcept;
  [[nodiscard]] const FixedPoint& scale(std::size_t account) const noexcept { return *scales_[account]; }

 private:
  std::vector<std::size_t> begins_;  // of each account's run in `prefix_`, and the end of the last
  std::vector<Int128> prefix_;
  std::vector<std::optional<FixedPoint>> scales_;
};

/// The exact sum of the account's entries that count, rounded once; infinite where it overflows.
void running_sum(const AccountEntries& entries, const SumRows& rows, std::span<const double> numbers,
                 std::size_t account, RunningScratch& scratch, std::span<double> out);

/// The same, divided by `counts`, the number of entries that count, and rounded once; 0 where that is 0.
void running_mean(const AccountEntries& entries, const SumRows& rows, std::span<const double> numbers,
                  std::size_t account, std::span<const double> counts, RunningScratch& scratch, std::span<double> out);

/// The number of distinct values among the entries that count.
void running_distinct(const AccountEntries& entries, std::span<const std::uint64_t> keys, RunningScratch& scratch,
                      std::span<double> out);

/// For each as-of the entry that counts there and comes first in `order`; -1 if none counts.
void running_first(const AccountEntries& entries, std::span<const std::int32_t> order, RunningScratch& scratch,
                   std::span<std::int32_t> out);

/// The as-ofs at which each entry counts, for plain entries too.
struct EntryRanges {
  std::span<const std::int32_t> from, until;
};
[[nodiscard]] EntryRanges entry_ranges(const AccountEntries& entries, RunningScratch& scratch);

}  // namespace customerhealth::metrics
