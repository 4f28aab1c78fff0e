#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/metrics/grid.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::metrics {

/// From which as-of each row of a block is visible, and from which it no longer is (model.md §1), as indices of
/// as-ofs. Rows that never are have from == until.
struct Visibility {
  std::vector<std::int32_t> from, until;  // empty where nobody asked
  bool plain = true;  // every row is visible from its time on, for ever: nothing was late, corrected or deleted

  [[nodiscard]] bool ever(std::size_t row) const noexcept { return from[row] < until[row]; }
};

[[nodiscard]] Visibility visibility_of(const model::TableSpec& spec, const ledger::TableBlock& block,
                                       std::span<const Instant> as_ofs);

/// K: when each row became known; its time where there is no `known`. Empty for accounts tables without `known`.
[[nodiscard]] std::vector<Instant> known_of(const model::TableSpec& spec, const ledger::TableBlock& block);

/// A column's values as 64 bits that are equal where the values are (exact for integers). Missing is told apart.
struct Identities {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint8_t> missing;  // empty: none is
  [[nodiscard]] bool has(std::size_t row) const noexcept { return missing.empty() || missing[row] == 0; }
};
[[nodiscard]] Identities identities_of(const ColumnView& column);

[[nodiscard]] bool any_missing(const ColumnView& column);
/// 1 for each row that has a value.
[[nodiscard]] std::vector<std::uint8_t> presence_of(const ColumnView& column);

/// Rows of one account by key: `group[i]` numbers the keys; a null key is a key of its own.
[[nodiscard]] std::vector<std::uint32_t> group_keys(const Identities& keys, std::int64_t begin, std::int64_t end);

}  // namespace customerhealth::metrics
