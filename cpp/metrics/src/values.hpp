#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth::metrics {

/// The values of a formula at each row of a block, in the forms that aggregations read. A form is made at its first use
/// and kept, so an object belongs to one thread (that of its block).
class Values {
 public:
  explicit Values(Column column) : column_{std::move(column)} {}

  [[nodiscard]] const ColumnView& view() const noexcept { return column_.view(); }
  [[nodiscard]] bool has(std::size_t row) const noexcept { return !is_missing(column_.view(), row); }
  /// Booleans are 0 and 1; NaN where missing.
  [[nodiscard]] std::span<const double> numbers();
  [[nodiscard]] const Identities& identities();
  /// Keys that are equal if and only if values are. Whole numbers that are close have close keys, so that Places can
  /// number them without a hash table.
  [[nodiscard]] std::span<const std::uint64_t> distinct_keys();
  /// 1 for each row with a value; empty if all have one.
  [[nodiscard]] std::span<const std::uint8_t> present();

 private:
  Column column_;
  std::vector<double> numbers_;
  std::optional<Identities> identities_;
  std::optional<std::vector<std::uint64_t>> whole_;  // empty: not all values are whole numbers
  std::optional<std::vector<std::uint8_t>> present_;
};

}  // namespace customerhealth::metrics
