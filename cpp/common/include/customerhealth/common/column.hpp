#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth {

/// The types of the formula language. `any` is the type of `missing`, of an all-null column, and of a column whose
/// table has not been seen yet.
enum class Type : std::uint8_t { any, number, boolean, text, instant };

[[nodiscard]] std::string_view to_string(Type type) noexcept;

enum class Truth : std::uint8_t { no, yes, missing };

/// Integers keep all their bits: identity is exact even where a double is not. `valid` is empty when nothing is null.
struct IntegerView {
  std::span<const std::int64_t> values;
  std::span<const std::uint8_t> valid;
  bool is_unsigned = false;  // the bits are those of a uint64
  /// Where the column has integers that 64 bits do not hold: its distinct integers, ascending, and `values` are places
  /// among them. Equal places are equal integers, and they order as those do. Else empty.
  std::span<const Int128> wide = {};

  [[nodiscard]] bool has(std::size_t row) const noexcept { return valid.empty() || valid[row] != 0; }
  /// The exact value.
  [[nodiscard]] Int128 exact(std::size_t row) const noexcept {
    if (!wide.empty()) return wide[static_cast<std::size_t>(values[row])];
    return is_unsigned ? static_cast<Int128>(static_cast<std::uint64_t>(values[row]))
                       : static_cast<Int128>(values[row]);
  }
  /// NaN where null.
  [[nodiscard]] double number(std::size_t row) const noexcept {
    if (!has(row)) return kNan;
    if (!wide.empty()) return nearest_double(exact(row));
    return is_unsigned ? static_cast<double>(static_cast<std::uint64_t>(values[row]))
                       : static_cast<double>(values[row]);
  }
};

/// Nothing but missing values, of whatever type is wanted.
struct MissingView {
  std::size_t rows = 0;
};

/// Borrowed values of one column. Missing is NaN, Truth::missing, a negative TextCode, kMissingInstant; infinities
/// do not occur. Integers are numbers that came from an integer column.
using ColumnView = std::variant<MissingView, std::span<const double>, IntegerView, std::span<const Truth>,
                                std::span<const TextCode>, std::span<const Instant>>;

[[nodiscard]] Type type_of(const ColumnView& view) noexcept;
[[nodiscard]] std::size_t rows_of(const ColumnView& view) noexcept;
[[nodiscard]] bool is_missing(const ColumnView& view, std::size_t row) noexcept;
[[nodiscard]] ColumnView slice(const ColumnView& view, std::size_t begin, std::size_t count) noexcept;

/// A view together with what keeps it alive (nothing, where the values belong to somebody who outlives it).
class Column {
 public:
  Column() = default;
  explicit Column(ColumnView borrowed, std::shared_ptr<const void> owner = nullptr)
      : view_{borrowed}, owner_{std::move(owner)} {}
  explicit Column(std::vector<double> values);
  explicit Column(std::vector<Truth> values);
  explicit Column(std::vector<TextCode> values);
  explicit Column(std::vector<Instant> values);

  [[nodiscard]] const ColumnView& view() const noexcept { return view_; }

 private:
  ColumnView view_;
  std::shared_ptr<const void> owner_;
};

}  // namespace customerhealth
