#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/common/time_pattern.hpp"
#include "customerhealth/common/zone.hpp"
#include "customerhealth/model/formula.hpp"

namespace customerhealth::model {

/// A column that a table has by a formula over the other columns of the same row.
struct DerivedColumn {
  std::string name;
  Formula formula;
};

/// The column of whose elements each is a row.
struct EachSpec {
  std::string column;                // or a path
  std::optional<std::string> split;  // what stands between the elements of a text; nothing: the column is of lists

  friend bool operator==(const EachSpec&, const EachSpec&) = default;
};

/// How what a source holds becomes instants.
struct InstantFormat {
  enum class Kind : std::uint8_t { iso, unit, pattern };
  Kind kind = Kind::iso;        // ISO texts, and instants of its own
  std::int64_t per_second = 1;  // of a unit; 0: of days
  std::optional<TimePattern> pattern;
  std::string text;                  // the unit or the pattern, as the document writes it
  std::shared_ptr<const Zone> zone;  // of times that name none; null: UTC
  std::string zone_name;             // where it is not the table's
};

/// What a table is made from: the columns of its source, and what the table's keys say of their rows. A slot of a
/// formula over them is a place in `columns`, then in `derived`.
struct SourceSpec {
  std::optional<EachSpec> each;      // looked at before all others
  std::vector<std::string> columns;  // of the source, each once: those that the table has, and those formulas name
  std::vector<Type> types;           // beside `columns`: what `types` says; any where it says nothing
  std::vector<std::optional<InstantFormat>> formats;                 // beside `columns`: those that become instants
  std::vector<std::pair<std::string, InstantFormat>> named_formats;  // those that `types` gives, by column
  std::shared_ptr<const Zone> zone;                                  // of times that name none; null: UTC
  std::string zone_name;
  std::vector<DerivedColumn> derived;  // each after those that its formula names
  std::vector<std::string>
      key_parts;  // of a key of several columns, which the table has as one more column, `key_name`
  std::string key_name;
  std::optional<Formula> where;  // a row for which it is not true does not exist

  /// The table is its source as it stands, or the elements of its source.
  [[nodiscard]] bool is_plain() const noexcept {
    return derived.empty() && !where && zone == nullptr && named_formats.empty() && key_parts.empty();
  }
  [[nodiscard]] bool derives(const std::string& column) const noexcept;
  /// Whether another table is made in the same way.
  [[nodiscard]] bool reads_like(const SourceSpec& other) const;
};

}  // namespace customerhealth::model
