#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/int128.hpp"
#include "entries.hpp"
#include "fixed_point.hpp"

namespace customerhealth::metrics {

/// Aggregations that cost by the rows plus the as-ofs, not by their product. Of plain entries an as-of sees a run of
/// rows; of others each row changes the answer where it begins to count and where it ceases to. One account at a time;
/// `out` has an element an as-of.

/// Memory that is used again from account to account.
struct RunningScratch {
  std::vector<std::int32_t> change, next, covered, order, from, until;
  std::vector<Int128> sums;
  std::vector<std::uint64_t> bits;
};

/// How many entries count.
void running_count(const AccountEntries& entries, RunningScratch& scratch, std::span<double> out);

/// The values of all entries, added up exactly along each account's run: worked out once, for every window.
class SumRows {
 public:
  /// Every row of the entries has a number.
  SumRows(const Entries& entries, std::span<const double> numbers);

  /// Before each of the account's entries, and after the last; empty: its exponents lie too far apart.
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

/// How many different values the entries that count have.
void running_distinct(const AccountEntries& entries, std::span<const std::uint64_t> keys, RunningScratch& scratch,
                      std::span<double> out);

/// For each as-of the first entry, in the given order of entries, that counts; -1 where none does.
void running_first(const AccountEntries& entries, std::span<const std::int32_t> order, RunningScratch& scratch,
                   std::span<std::int32_t> out);

/// By entry the as-ofs at which it counts, of entries of either kind.
struct EntryRanges {
  std::span<const std::int32_t> from, until;
};
[[nodiscard]] EntryRanges entry_ranges(const AccountEntries& entries, RunningScratch& scratch);

}  // namespace customerhealth::metrics
