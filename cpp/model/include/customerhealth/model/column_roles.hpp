#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "customerhealth/model/model.hpp"

/// What each column that a model reads is there for, and so what a source without types of its own (a text file) has to
/// read it as: derived from the keys of its table, from `types`, and from all formulas, shapes, labels and `by` values
/// that use it, through metrics too.
namespace customerhealth::model {

struct ColumnRole {
  enum class Use : std::uint8_t { account, key, value };
  Use use = Use::value;
  /// The types to try, in this order: a column is of the first that all of its cells are.
  std::vector<Type> types;
  /// All types that it may be: what a source with types of its own, but none for this column, tells itself.
  std::vector<Type> fits;
  /// Several fit, and which it is shows: the cells decide, so whoever reads the column has to be told. (A boolean among
  /// numbers counts as 0 or 1 wherever both fit, which shows nowhere.)
  bool by_cells = false;
  /// `types` says it: a source that has types of its own is read as this too.
  bool settled = false;
  /// The table of keys whose keys the column holds.
  std::optional<TableIndex> keys = std::nullopt;

  friend bool operator==(const ColumnRole&, const ColumnRole&) = default;
};

/// Beside Model::tables and the columns of their sources.
[[nodiscard]] std::vector<std::vector<ColumnRole>> column_roles(const Model& model);

}  // namespace customerhealth::model
