#include "customerhealth/common/column.hpp"

#include <cmath>
#include <tuple>
#include <utility>

#include "customerhealth/common/overloaded.hpp"

namespace customerhealth {
namespace {

bool is_missing_value(double value) noexcept { return std::isnan(value); }
bool is_missing_value(Truth value) noexcept { return value == Truth::missing; }
bool is_missing_value(TextCode value) noexcept { return value.is_missing(); }
bool is_missing_value(Instant value) noexcept { return is_missing(value); }

template <class T>
std::pair<ColumnView, std::shared_ptr<const void>> own(std::vector<T> values) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return {ColumnView{std::span<const T>{*owner}}, owner};
}

}  // namespace

std::string_view to_string(Type type) noexcept {
  switch (type) {
    case Type::any:
      return "any";
    case Type::number:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::text:
      return "text";
    case Type::instant:
      return "instant";
  }
  return "any";
}

Type type_of(const ColumnView& view) noexcept {
  return std::visit(Overloaded{[](const MissingView&) { return Type::any; },
                               [](const std::span<const double>&) { return Type::number; },
                               [](const IntegerView&) { return Type::number; },
                               [](const std::span<const Truth>&) { return Type::boolean; },
                               [](const std::span<const TextCode>&) { return Type::text; },
                               [](const std::span<const Instant>&) { return Type::instant; }},
                    view);
}

std::size_t rows_of(const ColumnView& view) noexcept {
  return std::visit(Overloaded{[](const MissingView& missing) { return missing.rows; },
                               [](const IntegerView& integers) { return integers.values.size(); },
                               [](const auto& values) { return values.size(); }},
                    view);
}

bool is_missing(const ColumnView& view, std::size_t row) noexcept {
  return std::visit(Overloaded{[](const MissingView&) { return true; },
                               [row](const IntegerView& integers) { return !integers.has(row); },
                               [row](const auto& values) { return is_missing_value(values[row]); }},
                    view);
}

ColumnView slice(const ColumnView& view, std::size_t begin, std::size_t count) noexcept {
  return std::visit(
      Overloaded{[count](const MissingView&) -> ColumnView { return MissingView{count}; },
                 [begin, count](const IntegerView& integers) -> ColumnView {
                   const auto valid = integers.valid.empty() ? integers.valid : integers.valid.subspan(begin, count);
                   return IntegerView{integers.values.subspan(begin, count), valid, integers.is_unsigned,
                                      integers.wide};
                 },
                 [begin, count](const auto& values) -> ColumnView { return values.subspan(begin, count); }},
      view);
}

Column::Column(std::vector<double> values) { std::tie(view_, owner_) = own(std::move(values)); }
Column::Column(std::vector<Truth> values) { std::tie(view_, owner_) = own(std::move(values)); }
Column::Column(std::vector<TextCode> values) { std::tie(view_, owner_) = own(std::move(values)); }
Column::Column(std::vector<Instant> values) { std::tie(view_, owner_) = own(std::move(values)); }

}  // namespace customerhealth
