#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/ledger/order_key.hpp"
#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/ledger/text_dictionary.hpp"

namespace customerhealth::ledger {

/// The value of a key, of one column: integers, decimals of scale 0 and whole floats are one number line.
struct Key {
  bool is_fraction = false;
  Int128 bits = 0;
  friend constexpr auto operator<=>(const Key&, const Key&) noexcept = default;
};

/// A row of a key: where it lies, when it was known, its value of the table's `order`, and its place in the table as
/// given (-1: not kept).
struct KeyRow {
  Key key;
  AccountCode account;
  Instant known;
  OrderKey order;
  std::int64_t given;
  std::uint32_t segment;
  std::size_t row;
};

/// The rows of a table that have a key, by key, account, when they were known and `order`.
[[nodiscard]] std::vector<KeyRow> key_rows(const model::TableSpec& spec, const TableData& table, const Watch& watch);

/// The key of a row as a person would write it.
[[nodiscard]] std::string key_text(const model::TableSpec& spec, const TableData& table, const KeyRow& row,
                                   const TextDictionary& texts);

}  // namespace customerhealth::ledger
