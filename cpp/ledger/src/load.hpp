#pragma once

#include <cstdint>
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

namespace customerhealth::ledger {

/// Where each of TableSpec::columns stands in a given table. Throws DataError when one is missing or of a type that
/// its role, or the formula language, cannot use.
[[nodiscard]] std::vector<std::size_t> match_columns(const model::TableSpec& spec, const arrow::ArrowTable& table);

/// A table on its way into the ledger.
struct Loading {
  const model::TableSpec* spec = nullptr;
  const arrow::ArrowTable* table = nullptr;
  std::vector<std::size_t> columns;   // from match_columns
  Buffer<std::int32_t> accounts;      // of each row; -1 where null
  std::int64_t rows_before = 0;       // given earlier: rows count on from there in messages
  bool reads_account_column = false;  // a formula does
};

struct Loaded {
  Segment segment;
  std::vector<Type> types;     // beside TableSpec::columns; any: nothing but nulls
  std::vector<Type> declared;  // by the source, whatever the rows hold; any: the null type, or not read
  std::vector<Finding> findings;
};

/// Brings the rows into runs by account, in the order of time. `account_count` covers every code of `accounts`.
/// Throws DataError for values that do not fit.
[[nodiscard]] Loaded load(Loading loading, std::int32_t account_count, TextDictionary& texts, Watch& watch);

}  // namespace customerhealth::ledger
