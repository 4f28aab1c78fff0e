#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/ledger/quality.hpp"
#include "customerhealth/ledger/segment.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::ledger {

/// A table of a portfolio: its segments in the order of their arrival. A value: an append makes a new one that shares
/// the old segments.
struct TableData {
  std::vector<std::shared_ptr<const Segment>> segments;
  std::vector<Type> types;     // beside TableSpec::columns; any: nothing but nulls so far
  std::vector<Type> declared;  // `types`, and where those are any, what the first source to name one says
  std::vector<Finding> findings;
  std::int64_t rows_given = 0;
  bool given = false;
};

/// Decimals as integers of their scale; no values: the column is of something else. (Nulls are those of the Column.)
struct DecimalView {
  std::span<const std::int64_t> scaled;
  std::int32_t scale = 0;
};

/// The rows of some accounts, one run after the other, each in the order of time (accounts tables: of arrival).
struct TableBlock {
  std::vector<std::int64_t> begins;        // of each account's run, and the end of the last
  std::vector<Column> columns;             // beside TableSpec::columns
  std::vector<DecimalView> decimals;       // beside `columns`
  std::span<const std::uint32_t> arrival;  // empty: as they lie here
  std::vector<std::uint32_t> arrival_owned;

  [[nodiscard]] std::size_t rows() const noexcept { return static_cast<std::size_t>(begins.back()); }
  [[nodiscard]] std::span<const Instant> instants(std::int32_t column) const {
    const auto* values = std::get_if<std::span<const Instant>>(&columns[static_cast<std::size_t>(column)].view());
    return values == nullptr ? std::span<const Instant>{} : *values;
  }
};

/// Borrows where the accounts lie side by side in the only segment; else runs are merged, ties in order of arrival.
[[nodiscard]] TableBlock read_block(const model::TableSpec& spec, const TableData& table,
                                    std::span<const AccountCode> accounts);

/// A column that is integers wherever it has values: every block of it is an IntegerView, or nothing but nulls.
struct IntegerColumn {
  bool is_integer = false;
  bool is_unsigned = false;
};
[[nodiscard]] IntegerColumn integers_of(const TableData& table, std::int32_t column);

/// How many rows the account has.
[[nodiscard]] std::int64_t rows_of(const TableData& table, AccountCode account) noexcept;

/// Brings neighbouring segments of like size together, so that there are never many.
void compact(const model::TableSpec& spec, TableData& table);

}  // namespace customerhealth::ledger
