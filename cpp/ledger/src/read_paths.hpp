#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/account_ids.hpp"
#include "customerhealth/ledger/quality.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::ledger {

/// A source with the columns that its table names by paths, its elements in place of its rows where the table says so.
struct ReadPaths {
  arrow::ArrowTable table;
  std::vector<Finding> findings;  // their rows count from the source's first
  Buffer<std::int64_t> places;    // of each row in the source; empty: all rows, as they lie
};
[[nodiscard]] ReadPaths read_paths(const model::Model& model, std::size_t table, const arrow::ArrowTable& given,
                                   const AccountIds& ids, Watch& watch);

/// Whether the accounts stand inside of a column of the source.
[[nodiscard]] bool is_account_by_path(const model::TableSpec& spec, const arrow::ArrowTable& given);

}  // namespace customerhealth::ledger
