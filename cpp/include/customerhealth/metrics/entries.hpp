#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/metrics/table_rows.hpp"

namespace customerhealth {

/// The rows that a metric counts, before its window's begin: each with its time and the as-ofs (as a range of indices)
/// at which it counts. One run an account, in the order of time, ties in order of arrival.
struct Entries {
  std::vector<std::int64_t> begins;
  std::vector<std::uint32_t> rows;  // of the block
  std::vector<Instant> times;
  std::vector<std::int32_t> from, until;
  bool plain = false;  // `from` ascends within an account, `until` is the number of as-ofs

  [[nodiscard]] std::size_t account_count() const noexcept { return begins.size() - 1; }
};

/// The entries of one account, with the window's begin worked in.
struct AccountEntries {
  std::span<const std::uint32_t> rows;
  std::span<const Instant> times;
  std::span<const std::int32_t> from, until;
  bool plain = false;  // `from` and `until` ascend
};

/// Which rows of a table can count at all: `rows` for intervals, the latest of each key for states (model.md §2).
struct Selection {
  RowsMode mode = RowsMode::alive;  // intervals only
  std::optional<Length> offset;

  friend bool operator==(const Selection&, const Selection&) noexcept = default;
};

[[nodiscard]] Entries entries_of(const TableRows& rows, const Selection& selection, std::span<const Instant> as_ofs);

/// Those of `entries` whose row passes: a `where` that is true, a value of `by`.
[[nodiscard]] Entries filter(const Entries& entries, std::span<const std::uint8_t> passes);

/// `until` with the window's begin worked in: a row counts while the begin is at or before its time.
[[nodiscard]] std::vector<std::int32_t> windowed_until(const Entries& entries, const Selection& selection,
                                                       const Length& window, std::span<const Instant> as_ofs);

[[nodiscard]] AccountEntries account_entries(const Entries& entries, std::span<const std::int32_t> until,
                                             std::size_t account) noexcept;

/// The instants that "time" means for a selection: starts, or ends.
[[nodiscard]] std::span<const Instant> times_of(const TableRows& rows, RowsMode mode) noexcept;

}  // namespace customerhealth
