#include "customerhealth/panel/value_columns.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::panel {
namespace {

using Bitmap = std::vector<std::uint8_t>;

arrow::ResultColumn integer_values(std::string name, const IntegerView& integers) {
  struct Kept {
    std::vector<std::int64_t> values;
    Bitmap valid;
  };
  auto kept = std::make_shared<Kept>(Kept{{integers.values.begin(), integers.values.end()}, {}});
  arrow::ResultColumn out;
  out.name = std::move(name);
  out.kind = arrow::ResultColumn::Kind::integer;
  out.data = kept->values.data();
  out.null_count = std::ranges::count(integers.valid, std::uint8_t{0});
  if (out.null_count > 0) {
    kept->valid = arrow::make_bitmap(integers.values.size(), [&](std::size_t i) { return integers.has(i); });
    out.valid = kept->valid.data();
  }
  out.owner = std::move(kept);
  return out;
}

}  // namespace

Categories::Categories(std::span<const TextCode> codes, const Texts& texts) {
  std::vector<TextCode> distinct;
  TextCode last;  // neighbours mostly agree
  for (const TextCode code : codes) {
    if (code == last) continue;
    last = code;
    if (!code.is_missing() && places_.try_emplace(code.get(), 0).second) distinct.push_back(code);
  }
  std::ranges::sort(distinct, {}, [&](TextCode code) { return texts.text(code); });
  number(distinct, texts);
}

Categories::Categories(const std::vector<TextCode>& ordered, const Texts& texts) { number(ordered, texts); }

arrow::ResultColumn Categories::column(std::string name, std::span<const TextCode> codes) && {
  std::vector<std::int32_t> indices(codes.size());
  TextCode last;  // neighbours mostly agree
  std::int32_t place = -1;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] != last) {
      last = codes[i];
      place = last.is_missing() ? -1 : places_.at(last.get());
    }
    indices[i] = place;
  }
  return arrow::category_column(std::move(name), std::move(indices),
                                std::make_shared<const std::vector<std::string>>(std::move(names_)));
}

void Categories::number(const std::vector<TextCode>& ordered, const Texts& texts) {
  for (const TextCode code : ordered) {
    places_[code.get()] = static_cast<std::int32_t>(names_.size());
    names_.emplace_back(texts.text(code));
  }
}

arrow::ResultColumn boolean_column(std::string name, std::span<const Truth> truths) {
  struct Kept {
    Bitmap values, valid;
  };
  auto kept = std::make_shared<const Kept>(
      Kept{arrow::make_bitmap(truths.size(), [&](std::size_t i) { return truths[i] == Truth::yes; }),
           arrow::make_bitmap(truths.size(), [&](std::size_t i) { return truths[i] != Truth::missing; })});
  arrow::ResultColumn out;
  out.name = std::move(name);
  out.kind = arrow::ResultColumn::Kind::boolean;
  out.data = kept->values.data();
  out.null_count = std::ranges::count(truths, Truth::missing);
  out.valid = out.null_count > 0 ? kept->valid.data() : nullptr;
  out.owner = kept;
  return out;
}

arrow::ResultColumn missing_column(std::string name, Type type, std::size_t rows) {
  switch (type) {
    case Type::boolean:
      return boolean_column(std::move(name), std::vector<Truth>(rows, Truth::missing));
    case Type::instant:
      return arrow::instant_column(std::move(name),
                                   std::vector<std::int64_t>(rows, kMissingInstant.time_since_epoch().count()));
    case Type::text:
      return arrow::category_column(std::move(name), std::vector<std::int32_t>(rows, -1),
                                    std::make_shared<const std::vector<std::string>>());
    default:
      return arrow::number_column(std::move(name), std::vector<double>(rows, kNan));
  }
}

arrow::ResultColumn value_column(std::string name, const ColumnView& view, Type type, const Texts& texts) {
  if (const auto* numbers = std::get_if<std::span<const double>>(&view)) {
    return arrow::number_column(std::move(name), std::vector<double>(numbers->begin(), numbers->end()));
  }
  if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) return boolean_column(std::move(name), *truths);
  if (const auto* codes = std::get_if<std::span<const TextCode>>(&view)) {
    return Categories{*codes, texts}.column(std::move(name), *codes);
  }
  if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) {
    std::vector<std::int64_t> micros;
    for (const Instant at : *instants) micros.push_back(at.time_since_epoch().count());
    return arrow::instant_column(std::move(name), std::move(micros));
  }
  if (const auto* integers = std::get_if<IntegerView>(&view)) {
    if (!integers->is_unsigned && integers->wide.empty()) return integer_values(std::move(name), *integers);
    std::vector<double> numbers;
    for (std::size_t i = 0; i < integers->values.size(); ++i) numbers.push_back(integers->number(i));
    return arrow::number_column(std::move(name), std::move(numbers));
  }
  return missing_column(std::move(name), type, rows_of(view));
}

}  // namespace customerhealth::panel
