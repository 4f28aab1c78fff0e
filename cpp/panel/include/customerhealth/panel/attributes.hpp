#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/metrics/answer.hpp"

namespace customerhealth::panel {

class PanelColumn;

/// The row of the accounts table that holds an account's attributes at each as-of. Cells lie [account][as-of].
struct AccountRows {
  ledger::TableBlock block;
  std::vector<std::int32_t>
      chosen;  // a row of the block; -1: the account has none, or does not belong since it is deleted
  std::vector<std::uint8_t> is_dated;  // that row has a `known`
  bool follow_each_other = false;      // `chosen` are rows side by side, as where each as-of has one of its own
};

[[nodiscard]] AccountRows account_rows(const model::TableSpec& spec, ledger::TableBlock block,
                                       std::span<const Instant> as_ofs);

/// A column of the accounts table, at each cell.
[[nodiscard]] metrics::Cells attribute_cells(const AccountRows& rows, std::int32_t column, Type type,
                                             ledger::IntegerColumn integers);

/// The same of numbers, straight into the rows of a panel from `row` on; whether any is missing. The panel's column
/// `holds_numbers`.
[[nodiscard]] bool write_attribute(const AccountRows& rows, std::int32_t column, PanelColumn& out, std::size_t row);

}  // namespace customerhealth::panel
