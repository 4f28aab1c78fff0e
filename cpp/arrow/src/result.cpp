#include "customerhealth/arrow/result.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "customerhealth/common/instant.hpp"

namespace customerhealth::arrow {
namespace {

/// The values of a column with the bitmap of those that are there.
template <class Values>
struct Owned {
  Values values;
  std::vector<std::uint8_t> valid;  // empty: all
};

/// Counts before it makes a bitmap: most columns need none.
template <class Values, class IsMissing>
ResultColumn own(std::string name, ResultColumn::Kind kind, Values values, IsMissing is_missing_value) {
  auto owned = std::make_shared<Owned<Values>>(Owned<Values>{std::move(values), {}});
  const auto* const cells = owned->values.data();
  const std::size_t rows = owned->values.size();
  std::int64_t null_count = 0;
  for (std::size_t i = 0; i < rows; ++i) null_count += is_missing_value(cells[i]) ? 1 : 0;
  if (null_count > 0) owned->valid = make_bitmap(rows, [&](std::size_t i) { return !is_missing_value(cells[i]); });
  ResultColumn column;
  column.name = std::move(name);
  column.kind = kind;
  column.data = owned->values.data();
  column.valid = null_count > 0 ? owned->valid.data() : nullptr;
  column.null_count = null_count;
  column.owner = std::move(owned);
  return column;
}

template <class Offset>
struct OwnedTexts {
  std::vector<Offset> offsets;
  std::string bytes;
};

template <class Offset>
ResultColumn own_texts(std::string name, const std::vector<std::string>& values, std::size_t bytes) {
  auto owned = std::make_shared<OwnedTexts<Offset>>();
  owned->offsets.reserve(values.size() + 1);
  owned->bytes.reserve(bytes);
  owned->offsets.push_back(0);
  for (const std::string& value : values) {
    owned->bytes += value;
    owned->offsets.push_back(static_cast<Offset>(owned->bytes.size()));
  }
  ResultColumn column;
  column.name = std::move(name);
  column.kind = ResultColumn::Kind::text;
  column.data = owned->bytes.data();
  column.offsets = owned->offsets.data();
  column.large_offsets = sizeof(Offset) == sizeof(std::int64_t);
  column.owner = std::move(owned);
  return column;
}

}  // namespace

ResultColumn number_column(std::string name, std::vector<double> values) {
  return own(std::move(name), ResultColumn::Kind::number, std::move(values), [](double v) { return std::isnan(v); });
}

ResultColumn number_column(std::string name, Buffer<double> values) {
  return own(std::move(name), ResultColumn::Kind::number, std::move(values), [](double v) { return std::isnan(v); });
}

ResultColumn integer_column(std::string name, std::vector<std::int64_t> values) {
  return own(std::move(name), ResultColumn::Kind::integer, std::move(values), [](std::int64_t) { return false; });
}

ResultColumn place_column(std::string name, std::vector<std::int64_t> places) {
  return own(std::move(name), ResultColumn::Kind::integer, std::move(places), [](std::int64_t at) { return at < 0; });
}

ResultColumn instant_column(std::string name, std::vector<std::int64_t> micros) {
  return own(std::move(name), ResultColumn::Kind::instant, std::move(micros),
             [](std::int64_t t) { return is_missing(Instant{Micros{t}}); });
}

ResultColumn text_column(std::string name, const std::vector<std::string>& values) {
  std::size_t bytes = 0;
  for (const std::string& value : values) bytes += value.size();
  const bool fits = bytes <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  return fits ? own_texts<std::int32_t>(std::move(name), values, bytes)
              : own_texts<std::int64_t>(std::move(name), values, bytes);
}

ResultColumn category_column(std::string name, std::vector<std::int32_t> indices,
                             std::shared_ptr<const std::vector<std::string>> categories) {
  ResultColumn column = own(std::move(name), ResultColumn::Kind::category, std::move(indices),
                            [](std::int32_t index) { return index < 0; });
  column.categories = std::move(categories);
  return column;
}

ResultColumn category_column(std::string name, Buffer<std::int32_t> indices,
                             std::shared_ptr<const std::vector<std::string>> categories) {
  ResultColumn column = own(std::move(name), ResultColumn::Kind::category, std::move(indices),
                            [](std::int32_t index) { return index < 0; });
  column.categories = std::move(categories);
  return column;
}

ResultColumn rows_of(ResultColumn column, std::size_t begin) {
  assert(column.null_count == 0 && column.kind != ResultColumn::Kind::boolean);
  const auto from = [begin](const void* memory, std::size_t bytes) {
    return static_cast<const void*>(static_cast<const std::byte*>(memory) + begin * bytes);
  };
  switch (column.kind) {
    case ResultColumn::Kind::text:
      column.offsets = from(column.offsets, column.large_offsets ? sizeof(std::int64_t) : sizeof(std::int32_t));
      break;
    case ResultColumn::Kind::decimal:
      column.data = from(column.data, sizeof(Int128));
      break;
    case ResultColumn::Kind::category:
      column.data = from(column.data, sizeof(std::int32_t));
      break;
    default:
      column.data = from(column.data, sizeof(std::int64_t));
      break;
  }
  return column;
}

}  // namespace customerhealth::arrow
