#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/expression/expression.hpp"
#include "customerhealth/model/source_spec.hpp"

namespace customerhealth::model {

using TableIndex = Code<struct TableTag>;  // a place in Model::tables

enum class TableKind : std::uint8_t { accounts, events, intervals, states, keys };

/// What the end of an interval is: the first instant at which it does not hold, the last day on which it does, or the
/// last moment, in the unit of the column.
enum class EndIs : std::uint8_t { exclusive, last_day, inclusive };

/// Lines of a text file, or rows of a sheet, that are no rows of the table.
struct SkippedLines {
  std::int64_t first = 0, below_header = 0, last = 0;
};

/// The way to the list that holds the rows of a JSON document: members by name, elements by number. Empty: the
/// document.
struct RowsPath {
  std::string text;
  std::vector<std::variant<std::string, std::int64_t>> steps;
};

struct TableSpec {
  std::string name;
  TableKind kind = TableKind::events;
  /// Every column the table has, each once: those of the roles below, those that formulas, `by` and `types` name, and
  /// those of `columns`. A slot of a metric's formula over this table is an index into it.
  std::vector<std::string> columns;
  std::vector<Type> types;           // beside `columns`: what `types` says; any where it says nothing
  std::int32_t account = 0;          // indices into `columns`
  std::optional<std::int32_t> time;  // the start, of intervals
  std::optional<std::int32_t> end;
  std::optional<std::int32_t> known;
  std::optional<std::int32_t> key;
  std::optional<std::int32_t> deleted;
  std::optional<std::int32_t> order;     // of rows that tie in time and `known`, a greater one is later
  std::optional<std::int32_t> label;     // an account's display name
  std::optional<std::int32_t> currency;  // of the row's amounts
  std::optional<TableIndex> through;     // `account` holds a key of this table
  bool end_known_at_end = false;
  EndIs end_is = EndIs::exclusive;
  std::optional<Length> stale_after;
  SkippedLines skip;  // this and `rows`: for the readers of files alone
  RowsPath rows;
  SourceSpec source;
};

}  // namespace customerhealth::model
