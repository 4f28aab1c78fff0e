#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "customerhealth/common/length.hpp"
#include "customerhealth/metrics/table_metrics.hpp"

namespace customerhealth::metrics {
namespace {

/// The literal as a whole number, if it is one.
std::optional<Int128> whole(const model::Literal& literal) {
  if (const auto* value = std::get_if<std::int64_t>(&literal.value)) return *value;
  if (const auto* value = std::get_if<std::uint64_t>(&literal.value)) return static_cast<Int128>(*value);
  if (const auto* value = std::get_if<double>(&literal.value)) {
    if (std::trunc(*value) == *value && std::abs(*value) < 0x1p64) return static_cast<Int128>(*value);
  }
  return std::nullopt;
}

std::optional<double> number(const model::Literal& literal) {
  if (const auto* value = std::get_if<double>(&literal.value)) return *value;
  const auto exact = whole(literal);
  if (!exact) return std::nullopt;
  const auto nearest = static_cast<double>(*exact);
  return static_cast<Int128>(nearest) == *exact ? std::optional{nearest} : std::nullopt;
}

std::optional<std::uint64_t> in_integers(const model::Literal& literal, const IntegerView& integers) {
  const auto exact = whole(literal);
  if (!exact) return std::nullopt;
  if (!integers.wide.empty()) {
    const auto at = std::ranges::lower_bound(integers.wide, *exact);
    if (at == integers.wide.end() || *at != *exact) return std::nullopt;
    return static_cast<std::uint64_t>(at - integers.wide.begin());
  }
  const bool is_unsigned = integers.is_unsigned;
  const Int128 lowest = is_unsigned ? 0 : std::numeric_limits<std::int64_t>::min();
  const Int128 highest = is_unsigned ? static_cast<Int128>(std::numeric_limits<std::uint64_t>::max())
                                     : static_cast<Int128>(std::numeric_limits<std::int64_t>::max());
  if (*exact < lowest || *exact > highest) return std::nullopt;
  return static_cast<std::uint64_t>(*exact);
}

}  // namespace

std::optional<std::uint64_t> identity_of(const model::Literal& given, const ColumnView& column, const Texts& texts,
                                         bool from_key) {
  const auto meant = model::literal_for(given, type_of(column), from_key);
  if (!meant) return std::nullopt;
  const model::Literal& literal = *meant;
  if (const auto* integers = std::get_if<IntegerView>(&column)) return in_integers(literal, *integers);
  const auto* text = std::get_if<std::string>(&literal.value);
  switch (type_of(column)) {
    case Type::number: {
      const auto value = number(literal);
      return value ? std::optional{std::bit_cast<std::uint64_t>(*value + 0.0)} : std::nullopt;
    }
    case Type::boolean: {
      const auto* truth = std::get_if<bool>(&literal.value);
      return truth == nullptr ? std::nullopt
                              : std::optional{static_cast<std::uint64_t>(*truth ? Truth::yes : Truth::no)};
    }
    case Type::text: {
      if (text == nullptr) return std::nullopt;
      const TextCode code = texts.find(*text);
      return code.is_missing() ? std::nullopt : std::optional{static_cast<std::uint64_t>(code.get())};
    }
    case Type::instant: {
      const auto instant = text == nullptr ? std::nullopt : parse_instant(*text);
      return instant ? std::optional{static_cast<std::uint64_t>(instant->time_since_epoch().count())} : std::nullopt;
    }
    case Type::any:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace customerhealth::metrics
