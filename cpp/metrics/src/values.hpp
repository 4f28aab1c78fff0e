#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth::metrics {

/// What `of` gives for each row of a block, in the form each family of aggregations takes; forms are made when first
/// asked for. Belongs to one block, and so to one thread.
class Values {
 public:
  explicit Values(Column column) : column_{std::move(column)} {}

  [[nodiscard]] const ColumnView& view() const noexcept { return column_.view(); }
  [[nodiscard]] bool has(std::size_t row) const noexcept { return !is_missing(column_.view(), row); }
  /// Booleans are 0 and 1; NaN where missing.
  [[nodiscard]] std::span<const double> numbers();
  [[nodiscard]] const Identities& identities();
  /// Keys that are equal where values are, and near each other where whole numbers are.
  [[nodiscard]] std::span<const std::uint64_t> distinct_keys();
  /// 1 where there is a value; empty: everywhere.
  [[nodiscard]] std::span<const std::uint8_t> present();

 private:
  Column column_;
  std::vector<double> numbers_;
  std::optional<Identities> identities_;
  std::optional<std::vector<std::uint64_t>> whole_;  // empty: not all values are whole numbers
  std::optional<std::vector<std::uint8_t>> present_;
};

}  // namespace customerhealth::metrics
