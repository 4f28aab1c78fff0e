#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/model/bound_source.hpp"
#include "customerhealth/model/table_spec.hpp"
#include "stripe_texts.hpp"

/// A table is made in stripes of neighbouring rows, which threads take one by one. Each has its own texts and binds the
/// formulas anew, so that no thread waits for another one's dictionary and texts lie in the cache while they are used.
namespace customerhealth::source {

/// What is known before any row is read.
struct TablePlan {
  const model::TableSpec* spec = nullptr;
  std::vector<std::size_t> columns;  // beside SourceSpec::columns: where each stands in the table given
  std::vector<Type> types;           // beside those: what formulas take each for
  std::vector<std::uint8_t> used;    // beside those: 1 where a formula reads it
  std::vector<Type> derived;         // beside SourceSpec::derived: what each gives
  /// Beside TableSpec::columns: the column of SourceSpec that each is or, below 0, -1 - the derived one. A formula that
  /// is one name stands for that column.
  std::vector<std::int32_t> origins;
  std::vector<std::int32_t> key_origins;                     // of the parts of a key of several columns
  std::vector<std::optional<model::InstantFormat>> formats;  // beside `columns`: those that become instants
  bool ends_by_days = false;                                 // ends are last days on the clocks of SourceSpec::zone
};

/// Rows of a stripe whose time is on the clock twice, or never.
struct Odd {
  std::int64_t rows = 0, first = -1;
  std::string example;
};

/// In TablePlan::origins: the key of several columns.
inline constexpr std::int32_t kKeyOfParts = INT32_MIN;

struct Stripe {
  std::vector<arrow::ColumnChunk> columns;   // beside TableSpec::columns
  std::optional<Buffer<std::int64_t>> kept;  // the rows that `where` leaves; nothing: all
  std::vector<std::int64_t> fitting;  // beside SourceSpec::columns: of those that become instants, the cells that do
  Odd twice, never;
  std::optional<BadCell> bad;  // of a row that exists
};

/// Makes a stripe of the columns of its rows, beside SourceSpec::columns.
[[nodiscard]] Stripe make_stripe(const TablePlan& plan, std::vector<arrow::ColumnChunk> chunks, std::int64_t rows);

}  // namespace customerhealth::source
