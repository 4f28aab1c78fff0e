#include "customerhealth/scores/values.hpp"

#include <cassert>

#include "customerhealth/common/number.hpp"

namespace customerhealth::scores {
namespace {

double number_of(Truth truth) noexcept { return truth == Truth::missing ? kNan : truth == Truth::yes ? 1.0 : 0.0; }

}  // namespace

std::span<const double> numbers_of(const ColumnView& view, std::vector<double>& buffer) {
  if (const auto* numbers = std::get_if<std::span<const double>>(&view)) return *numbers;
  buffer.assign(rows_of(view), kNan);
  if (const auto* integers = std::get_if<IntegerView>(&view)) {
    for (std::size_t row = 0; row < buffer.size(); ++row) buffer[row] = integers->number(row);
  } else if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) {
    for (std::size_t row = 0; row < buffer.size(); ++row) buffer[row] = number_of((*truths)[row]);
  }
  return buffer;
}

std::span<const Truth> truths_of(const ColumnView& view, std::vector<Truth>& buffer) {
  if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) return *truths;
  assert(std::holds_alternative<MissingView>(view));
  buffer.assign(rows_of(view), Truth::missing);
  return buffer;
}

}  // namespace customerhealth::scores
