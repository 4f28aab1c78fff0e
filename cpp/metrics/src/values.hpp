#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth::metrics {

/// Of a number, an integer that ascends as the numbers do; there is one zero.
[[nodiscard]] inline std::int64_t order_key(double value) noexcept {
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);
  return bits ^ static_cast<std::int64_t>(static_cast<std::uint64_t>(bits >> 63) >> 1);
}
[[nodiscard]] inline double number_of_order_key(std::int64_t key) noexcept {
  return std::bit_cast<double>(key ^ static_cast<std::int64_t>(static_cast<std::uint64_t>(key >> 63) >> 1));
}

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
  /// Integers that ascend as numbers, booleans or instants do; of no meaning where missing.
  [[nodiscard]] std::span<const std::int64_t> order_keys();
  /// 1 for each row with a value; empty if all have one.
  [[nodiscard]] std::span<const std::uint8_t> present();

 private:
  Column column_;
  std::vector<double> numbers_;
  std::optional<Identities> identities_;
  std::optional<std::vector<std::uint64_t>> whole_;  // empty: not all values are whole numbers
  std::vector<std::int64_t> order_keys_;
  std::optional<std::vector<std::uint8_t>> present_;
};

}  // namespace customerhealth::metrics
