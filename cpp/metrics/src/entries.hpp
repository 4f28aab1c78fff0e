#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/metrics/plan.hpp"
#include "customerhealth/metrics/table_rows.hpp"
#include "customerhealth/metrics/timeline.hpp"

namespace customerhealth::metrics {

/// The rows that a metric counts, one run an account, in the order of time, ties in order of arrival. Where nothing was
/// late, corrected or superseded they are plain: a row counts where its time lies in the window, and a Timeline says
/// where that is. Else each has the as-ofs (as a range of indices) at which it counts, before its window's begin.
struct Entries {
  std::vector<std::int64_t> begins;
  std::span<const std::uint32_t> rows;    // of the block
  std::span<const Instant> times;         // of the rows
  std::vector<std::int32_t> from, until;  // empty where plain
  bool plain = false;
  bool whole = false;  // all rows of the block, as they lie there
  std::vector<std::uint32_t> rows_owned;
  std::vector<Instant> times_owned;

  [[nodiscard]] std::size_t account_count() const noexcept { return begins.size() - 1; }
  [[nodiscard]] std::size_t begin(std::size_t account) const noexcept {
    return static_cast<std::size_t>(begins[account]);
  }
  [[nodiscard]] std::size_t size(std::size_t account) const noexcept {
    return static_cast<std::size_t>(begins[account + 1] - begins[account]);
  }
  /// The values of the account's entries, of a column of the block: where they lie, or gathered into `scratch`.
  template <class T>
  [[nodiscard]] std::span<const T> values(std::size_t account, std::span<const T> column,
                                          std::vector<T>& scratch) const {
    if (whole) return column.subspan(begin(account), size(account));
    scratch.clear();
    for (const std::uint32_t row : rows.subspan(begin(account), size(account))) scratch.push_back(column[row]);
    return scratch;
  }
};

/// The entries of one account, with the window's begin worked in.
struct AccountEntries {
  std::span<const std::uint32_t> rows;
  std::span<const Instant> times;
  bool plain = false;
  std::span<const std::int32_t> first{}, last{};  // plain: by as-of, [first, last) counts; neither ever descends
  std::span<const std::int32_t> from{}, until{};  // else: by entry, the as-ofs at which it counts
};

/// Borrows from `rows`, which must outlive it.
[[nodiscard]] Entries entries_of(const TableRows& rows, const Selection& selection, std::span<const Instant> as_ofs);

/// Those of `entries` whose row passes: a `where` that is true, a value of `by`.
[[nodiscard]] Entries filter(const Entries& entries, std::span<const std::uint8_t> passes);

/// `until` with the window's begin worked in: a row counts while the begin is at or before its time. Not of plain ones.
[[nodiscard]] std::vector<std::int32_t> windowed_until(const Entries& entries, const Selection& selection,
                                                       const Length& window, std::span<const Instant> as_ofs);

/// The account's entries of those that are not plain.
[[nodiscard]] AccountEntries account_entries(const Entries& entries, std::span<const std::int32_t> until,
                                             std::size_t account) noexcept;
/// Of plain ones.
[[nodiscard]] AccountEntries account_entries(const Entries& entries, const Runs& runs, std::size_t account) noexcept;

/// The instants that "time" means for a selection: starts, or ends.
[[nodiscard]] std::span<const Instant> times_of(const TableRows& rows, model::RowsMode mode) noexcept;

}  // namespace customerhealth::metrics
