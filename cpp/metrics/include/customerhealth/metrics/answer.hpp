#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/reason.hpp"

namespace customerhealth::metrics {

/// The answer of an aggregation at one as-of: a number, an instant, or a row of the block whose value of `of` is the
/// answer; otherwise the reason for which it is missing.
struct Answer {
  double number = kNan;
  Instant instant = kMissingInstant;
  std::int64_t row = -1;
  Reason reason = Reason::none;

  [[nodiscard]] static Answer of(double value) noexcept;  // NaN or infinite: undefined
  [[nodiscard]] static Answer missing(Reason reason) noexcept { return {.reason = reason}; }
};

/// A column of panel cells while it is filled: values of one type, in the vector of that type, and a reason for each
/// missing one.
struct Cells {
  Type type = Type::number;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;  // in place of `numbers` where all 64 bits must stay exact; 0 in `valid`: missing
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
  /// Fills each cell with the value of `of`, a column of the same type, at the row that `rows` gives for it. A cell is
  /// missing with reason `without` where its row is below 0, and `silent` where the value is missing.
  void take(std::span<const std::int32_t> rows, const ColumnView& of, Reason without) noexcept;
  /// Copies a cell of another column of the same type. Neither column may hold exact integers.
  void copy(const Cells& from, std::size_t from_cell, std::size_t cell) noexcept;

 private:
  void take_numbers(std::span<const std::int32_t> rows, std::span<const double> of, Reason without) noexcept;
};

}  // namespace customerhealth::metrics
