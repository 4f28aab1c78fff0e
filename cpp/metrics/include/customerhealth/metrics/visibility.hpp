#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/metrics/grid.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::metrics {

/// The as-ofs at which each row of a block is visible, as a range [from, until) of their indices. A row that is never
/// visible has from == until.
struct Visibility {
  std::vector<std::int32_t> from, until;  // empty for plain events: their times say all
  bool plain = true;                      // every row is visible from its time on: none was late, corrected or deleted
  bool lasting = true;                    // no row that was visible ever ceases to be: none was corrected or deleted

  [[nodiscard]] bool ever(std::size_t row) const noexcept { return from[row] < until[row]; }
};

[[nodiscard]] Visibility visibility_of(const model::TableSpec& spec, const ledger::TableBlock& block,
                                       std::span<const Instant> as_ofs);

/// The instant at which each row became known; its time where `known` is null or not given. Accounts have no time:
/// there a row without `known` was known from the first instant on.
[[nodiscard]] std::vector<Instant> known_of(const model::TableSpec& spec, const ledger::TableBlock& block);

/// A column's values as 64-bit keys: two rows have equal keys if and only if they have equal values. Integers keep all
/// their bits. `missing` marks rows without a value, whose keys mean nothing.
struct Identities {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint8_t> missing;  // empty: none is
  [[nodiscard]] bool has(std::size_t row) const noexcept { return missing.empty() || missing[row] == 0; }
};
[[nodiscard]] Identities identities_of(const ColumnView& column);

[[nodiscard]] bool any_missing(const ColumnView& column);
/// 1 for each row that has a value.
[[nodiscard]] std::vector<std::uint8_t> presence_of(const ColumnView& column);

}  // namespace customerhealth::metrics
