#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth::metrics {

/// A block of a table's rows with what model.md says of each before any metric looks at it.
struct TableRows {
  const model::TableSpec* spec = nullptr;
  ledger::TableBlock block;
  Visibility visibility;
  std::span<const Instant> ends;     // of intervals, as they are; empty where all are open
  std::vector<std::uint8_t> hidden;  // rows whose end has not come and is not known before; empty: none

  [[nodiscard]] std::size_t account_count() const noexcept { return block.begins.size() - 1; }
  /// Of an interval: it ends before its start, so that it neither starts nor ends. One that ends as it starts does
  /// both, and is never alive.
  [[nodiscard]] bool is_inverted(std::size_t row) const noexcept {
    return !ends.empty() && !is_missing(ends[row]) && ends[row] < block.instants(*spec->time)[row];
  }
};

/// `split_ends`: of a table whose ends are known when they come, each row stands twice, with its end missing while
/// as_of <= end and with its end afterwards, so that formulas see what was known. Needed only where something reads
/// ends.
[[nodiscard]] TableRows table_rows(const model::TableSpec& spec, ledger::TableBlock block,
                                   std::span<const Instant> as_ofs, bool split_ends);

/// Of each account and as-of: is a row visible; and the first of the visible rows' `times` (missing where none has one;
/// an interval that ends before its start neither starts nor ends). Layout [account][as-of].
[[nodiscard]] std::vector<std::uint8_t> seen_of(const TableRows& rows, std::span<const Instant> as_ofs);
[[nodiscard]] std::vector<Instant> first_times_of(const TableRows& rows, std::span<const Instant> times,
                                                  std::span<const Instant> as_ofs);

}  // namespace customerhealth::metrics
