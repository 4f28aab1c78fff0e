#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/reason.hpp"

namespace customerhealth::metrics {

/// What an aggregation found at one as-of: a number, an instant, or the block row whose value of `of` it is; else why
/// there is nothing.
struct Answer {
  double number = kNan;
  Instant instant = kMissingInstant;
  std::int64_t row = -1;
  Reason reason = Reason::none;

  [[nodiscard]] static Answer of(double value) noexcept;  // NaN or infinite: undefined
  [[nodiscard]] static Answer missing(Reason reason) noexcept { return {.reason = reason}; }
};

/// A column of panel cells on its way: values of one type, and why some are missing.
struct Cells {
  Type type = Type::number;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;  // instead of numbers, where 64 bits must stay exact; beside `valid`
  std::vector<std::uint8_t> valid;
  bool is_unsigned = false;
  std::vector<Truth> truths;
  std::vector<TextCode> texts;
  std::vector<Instant> instants;
  std::vector<Reason> reasons;
  bool any_missing = false;

  Cells() = default;
  Cells(Type type, std::size_t rows);
  [[nodiscard]] static Cells exact_integers(std::size_t rows, bool is_unsigned);  // all missing
  [[nodiscard]] ColumnView view() const noexcept;
  void set(std::size_t cell, const Answer& answer, const ColumnView& of) noexcept;
  void set_missing(std::size_t cell, Reason reason) noexcept;
  /// Each cell from its row of `of`, a column of the same type: `without` where the row is below 0, silent where it is
  /// missing there.
  void take(std::span<const std::int32_t> rows, const ColumnView& of, Reason without) noexcept;
  /// A cell of another column of the same type; not of exact integers.
  void copy(const Cells& from, std::size_t from_cell, std::size_t cell) noexcept;
};

}  // namespace customerhealth::metrics
