#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "customerhealth/common/length.hpp"
#include "customerhealth/expression/expression.hpp"

namespace customerhealth::model {

enum class TableKind : std::uint8_t { accounts, events, intervals, states };

/// What the end of an interval is: the first instant at which it does not hold, the last day on which it does, or the
/// last moment, in the unit of the column.
enum class EndIs : std::uint8_t { exclusive, last_day, inclusive };

struct TableSpec {
  std::string name;
  TableKind kind = TableKind::events;
  /// Every column the model reads, each once: those of the roles below, those that formulas, `by` name. A slot of a
  /// formula over this table is an index into it.
  std::vector<std::string> columns;
  std::vector<Type> types;           // beside `columns`: what `types` says; any where it says nothing
  std::int32_t account = 0;          // indices into `columns`
  std::optional<std::int32_t> time;  // the start, of intervals
  std::optional<std::int32_t> end;
  std::optional<std::int32_t> known;
  std::optional<std::int32_t> key;
  std::optional<std::int32_t> deleted;
  bool end_known_at_end = false;
  EndIs end_is = EndIs::exclusive;
  std::optional<Length> stale_after;
};

}  // namespace customerhealth::model
