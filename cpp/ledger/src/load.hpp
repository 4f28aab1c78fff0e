#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/quality.hpp"
#include "customerhealth/ledger/segment.hpp"
#include "customerhealth/ledger/text_dictionary.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/source/prepared.hpp"

namespace customerhealth::ledger {

/// Where each of TableSpec::columns stands in a given table. Throws DataError when one is missing or of a type that
/// its role, or the formula language, cannot use.
[[nodiscard]] std::vector<std::size_t> match_columns(const model::TableSpec& spec, const arrow::ArrowTable& table);

/// The numbers of a column as a source gives them.
struct NumberRows {
  const std::vector<arrow::ColumnChunk>* chunks = nullptr;
  source::RowNumbers numbers;
  bool is_identity = false;  // they tell things apart

  /// The first row for which `is(number)`, as it is called.
  template <class Is>
  [[nodiscard]] std::optional<std::int64_t> first(const Is& is) const {
    std::int64_t row = 0;
    for (const arrow::ColumnChunk& chunk : *chunks) {
      std::vector<double> values(static_cast<std::size_t>(chunk.rows()));
      chunk.numbers(0, values);
      for (const double number : values) {
        if (is(number)) return numbers(row);
        ++row;
      }
    }
    return std::nullopt;
  }
};

/// What was counted while the rows were looked at.
struct RowsFound {
  std::vector<Finding> findings;
  std::vector<FarTimes> far_times;
};

/// A table on its way into the ledger.
struct Loading {
  const model::TableSpec* spec = nullptr;
  const arrow::ArrowTable* table = nullptr;
  std::vector<std::size_t> columns;  // from match_columns
  Buffer<std::int32_t> accounts;     // of each row; -1 where null
  source::RowNumbers numbers;
  bool reads_account_column = false;              // a formula does
  std::vector<std::uint8_t> identities;           // beside TableSpec::columns: 1 where values tell things apart
  model::EndIs end_is = model::EndIs::exclusive;  // what the ends of `table` are
  std::vector<Finding> findings = {};             // of what was read before the rows are looked at
  std::int64_t rows_before = 0;                   // TableData::rows_made before this load
};

struct Loaded {
  Segment segment;
  std::vector<Type> types;     // beside TableSpec::columns; any: nothing but nulls
  std::vector<Type> declared;  // by the source, whatever the rows hold; any: the null type, or not read
  RowsFound found;
};

/// Brings the rows into runs by account, in the order of time. `account_count` covers every code of `accounts`.
/// Throws DataError for values that do not fit.
[[nodiscard]] Loaded load(Loading loading, std::int32_t account_count, TextDictionary& texts, Watch& watch);

}  // namespace customerhealth::ledger
