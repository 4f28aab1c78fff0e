#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/metrics/plan.hpp"
#include "customerhealth/metrics/table_rows.hpp"
#include "customerhealth/metrics/timeline.hpp"

namespace customerhealth::metrics {

/// The rows that a metric counts: one run for each account, ordered by time, ties by arrival. If no row was late,
/// corrected or superseded they are plain: a row counts at every as-of whose window holds its time, and a Timeline
/// finds those windows. Otherwise `from` and `until` hold the range of as-ofs at which each row counts, without the
/// limit that the begin of a window sets.
struct Entries {
  std::vector<std::int64_t> begins;
  std::span<const std::uint32_t> rows;        // of the block
  std::span<const Instant> times;             // of the rows
  std::span<const std::int32_t> from, until;  // empty where plain
  bool plain = false;
  bool whole = false;  // these are all rows of the block, in the block's order
  std::vector<std::uint32_t> rows_owned;
  std::vector<Instant> times_owned;
  std::vector<std::int32_t> from_owned, until_owned;

  /// Lets the views show what is owned.
  void show_owned() noexcept {
    rows = rows_owned;
    times = times_owned;
    from = from_owned;
    until = until_owned;
  }

  [[nodiscard]] std::size_t account_count() const noexcept { return begins.size() - 1; }
  [[nodiscard]] std::size_t begin(std::size_t account) const noexcept {
    return static_cast<std::size_t>(begins[account]);
  }
  [[nodiscard]] std::size_t size(std::size_t account) const noexcept {
    return static_cast<std::size_t>(begins[account + 1] - begins[account]);
  }
  /// The values of a column of the block at the account's entries: a part of the column itself if the entries are all
  /// rows, else copied to `scratch`.
  template <class T>
  [[nodiscard]] std::span<const T> values(std::size_t account, std::span<const T> column,
                                          std::vector<T>& scratch) const {
    if (whole) return column.subspan(begin(account), size(account));
    scratch.clear();
    for (const std::uint32_t row : rows.subspan(begin(account), size(account))) scratch.push_back(column[row]);
    return scratch;
  }
};

/// The entries of one account, each limited to the as-ofs whose window holds it.
struct AccountEntries {
  std::span<const std::uint32_t> rows;
  std::span<const Instant> times;
  bool plain = false;
  std::span<const std::int32_t> first{}, last{};  // plain: entries [first[k], last[k]) count at as-of k; both ascend
  std::span<const std::int32_t> from{}, until{};  // else: entry i counts at as-ofs [from[i], until[i])
};

/// Borrows from `rows`, which must outlive it.
[[nodiscard]] Entries entries_of(const TableRows& rows, const Selection& selection, std::span<const Instant> as_ofs);

/// The entries whose row has a 1 in `passes` (where `where` is true, or `by` has the wanted value).
[[nodiscard]] Entries filter(const Entries& entries, std::span<const std::uint8_t> passes);

/// The entries of each part of the rows, in one pass: `part_of[row]` is below `parts`, or negative for none of them.
[[nodiscard]] std::vector<Entries> split(const Entries& entries, std::span<const std::int32_t> part_of,
                                         std::size_t parts);

/// `until`, lowered to the first as-of whose window begins after the row's time. Only for entries that are not plain.
[[nodiscard]] std::vector<std::int32_t> windowed_until(const Entries& entries, const Selection& selection,
                                                       const Length& window, std::span<const Instant> as_ofs);

/// One account of entries that are not plain.
[[nodiscard]] AccountEntries account_entries(const Entries& entries, std::span<const std::int32_t> until,
                                             std::size_t account) noexcept;
/// One account of plain entries.
[[nodiscard]] AccountEntries account_entries(const Entries& entries, const Runs& runs, std::size_t account) noexcept;

/// The instants that "time" means for a selection: starts, or ends.
[[nodiscard]] std::span<const Instant> times_of(const TableRows& rows, model::RowsMode mode) noexcept;

}  // namespace customerhealth::metrics
