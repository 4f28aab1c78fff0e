#include "customerhealth/metrics/answer.hpp"

#include <cmath>

#include "customerhealth/common/number.hpp"

namespace customerhealth::metrics {
Answer Answer::of(double value) noexcept {
  return std::isfinite(value) ? Answer{.number = value} : missing(Reason::undefined);
}

Cells::Cells(Type cell_type, std::size_t rows) : type{cell_type}, reasons(rows, Reason::none) {
  switch (type) {
    case Type::boolean:
      truths.assign(rows, Truth::missing);
      break;
    case Type::text:
      texts.assign(rows, TextCode{});
      break;
    case Type::instant:
      instants.assign(rows, kMissingInstant);
      break;
    default:
      numbers.assign(rows, kNan);
      break;
  }
}

Cells Cells::exact_integers(std::size_t rows, bool is_unsigned) {
  Cells cells;
  cells.reasons.assign(rows, Reason::none);
  cells.integers.assign(rows, 0);
  cells.valid.assign(rows, 0);
  cells.is_unsigned = is_unsigned;
  return cells;
}

ColumnView Cells::view() const noexcept {
  if (!integers.empty()) return IntegerView{integers, valid, is_unsigned};
  switch (type) {
    case Type::boolean:
      return std::span<const Truth>{truths};
    case Type::text:
      return std::span<const TextCode>{texts};
    case Type::instant:
      return std::span<const Instant>{instants};
    case Type::any:
      return MissingView{reasons.size()};
    default:
      return std::span<const double>{numbers};
  }
}

void Cells::set_missing(std::size_t cell, Reason reason) noexcept {
  reasons[cell] = reason;
  any_missing = true;
  if (!integers.empty()) {
    valid[cell] = 0;
    return;
  }
  switch (type) {
    case Type::boolean:
      truths[cell] = Truth::missing;
      break;
    case Type::text:
      texts[cell] = TextCode{};
      break;
    case Type::instant:
      instants[cell] = kMissingInstant;
      break;
    default:
      numbers[cell] = kNan;
      break;
  }
}

void Cells::take(std::span<const std::int32_t> rows, const ColumnView& of, Reason without) noexcept {
  const auto* doubles = std::get_if<std::span<const double>>(&of);
  if (doubles != nullptr && !doubles->empty()) return take_numbers(rows, *doubles, without);  // the common case
  for (std::size_t cell = 0; cell < rows.size(); ++cell) {
    if (rows[cell] < 0)
      set_missing(cell, without);
    else
      set(cell, {.row = rows[cell]}, of);
  }
}

/// Without a branch.
void Cells::take_numbers(std::span<const std::int32_t> rows, std::span<const double> of, Reason without) noexcept {
  unsigned missing = 0;
  for (std::size_t cell = 0; cell < rows.size(); ++cell) {
    const bool none = rows[cell] < 0;
    const double value = of[none ? 0 : static_cast<std::size_t>(rows[cell])] + 0.0;
    const bool silent = value != value;
    numbers[cell] = none ? kNan : value;
    reasons[cell] = none ? without : silent ? Reason::silent : Reason::none;
    missing |= static_cast<unsigned>(none) | static_cast<unsigned>(silent);
  }
  any_missing = any_missing || missing != 0;
}

void Cells::copy(const Cells& from, std::size_t from_cell, std::size_t cell) noexcept {
  if (from.reasons[from_cell] != Reason::none) return set_missing(cell, from.reasons[from_cell]);
  reasons[cell] = Reason::none;
  switch (type) {
    case Type::boolean:
      truths[cell] = from.truths[from_cell];
      break;
    case Type::text:
      texts[cell] = from.texts[from_cell];
      break;
    case Type::instant:
      instants[cell] = from.instants[from_cell];
      break;
    default:
      numbers[cell] = from.numbers[from_cell];
      break;
  }
}

/// Stores a number or an instant as it is, and for a row the value of `of` there; + 0.0 turns -0.0 into 0.0.
void Cells::set(std::size_t cell, const Answer& answer, const ColumnView& of) noexcept {
  if (answer.reason != Reason::none) return set_missing(cell, answer.reason);
  if (answer.row < 0) {
    if (type == Type::instant)
      instants[cell] = answer.instant;
    else
      numbers[cell] = answer.number;
    return;
  }
  const auto row = static_cast<std::size_t>(answer.row);
  if (is_missing(of, row)) return set_missing(cell, Reason::silent);
  if (!integers.empty()) {
    integers[cell] = std::get<IntegerView>(of).values[row];
    valid[cell] = 1;
    return;
  }
  if (const auto* values = std::get_if<std::span<const double>>(&of)) numbers[cell] = (*values)[row] + 0.0;
  if (const auto* values = std::get_if<IntegerView>(&of)) numbers[cell] = values->number(row);
  if (const auto* values = std::get_if<std::span<const Truth>>(&of)) truths[cell] = (*values)[row];
  if (const auto* values = std::get_if<std::span<const TextCode>>(&of)) texts[cell] = (*values)[row];
  if (const auto* values = std::get_if<std::span<const Instant>>(&of)) instants[cell] = (*values)[row];
}

}  // namespace customerhealth::metrics
