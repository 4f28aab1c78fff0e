#include "read_values.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "customerhealth/common/utf8.hpp"

namespace customerhealth::source {
namespace {

template <class T>
Column owned(Buffer<T> values) {
  auto owner = std::make_shared<const Buffer<T>>(std::move(values));
  return Column{owner->span(), owner};
}

struct Integers {
  std::vector<std::int64_t> values;
  std::vector<std::uint8_t> valid;
  std::vector<Int128> wide;
};

Column integers_of(std::shared_ptr<Integers> owner, bool is_unsigned) {
  const bool has_nulls = std::ranges::find(owner->valid, std::uint8_t{0}) != owner->valid.end();
  if (!has_nulls) owner->valid.clear();
  return Column{IntegerView{owner->values, owner->valid, is_unsigned, owner->wide}, owner};
}

Column read_integers(const arrow::ColumnChunk& chunk) {
  auto owner = std::make_shared<Integers>();
  owner->values.resize(static_cast<std::size_t>(chunk.rows()));
  owner->valid.resize(owner->values.size());
  chunk.integers(0, owner->values, owner->valid);
  return integers_of(std::move(owner), chunk.is_unsigned());
}

Column read_numbers(const arrow::ColumnChunk& chunk) {
  if (const double* plain = chunk.plain_float64();
      plain != nullptr && std::none_of(plain, plain + chunk.rows(), [](double x) {
        return x - x != 0;  // infinite, or NaN, which is missing already
      })) {
    return Column{std::span<const double>{plain, static_cast<std::size_t>(chunk.rows())}};
  }
  Buffer<double> values(static_cast<std::size_t>(chunk.rows()));
  chunk.numbers(0, values.span());
  return owned(std::move(values));
}

/// Decimals without a fraction tell things apart as integers do.
Column read_whole_decimals(const arrow::ColumnChunk& chunk) {
  std::vector<Int128> exact(static_cast<std::size_t>(chunk.rows()));
  if (chunk.decimals(0, exact) >= 0) return read_numbers(chunk);
  auto owner = std::make_shared<Integers>();
  owner->valid.resize(exact.size());
  chunk.validity(0, owner->valid);
  owner->values.resize(exact.size());
  const bool fits = std::ranges::all_of(exact, [](Int128 value) { return static_cast<std::int64_t>(value) == value; });
  if (fits) {
    std::ranges::transform(exact, owner->values.begin(), [](Int128 value) { return static_cast<std::int64_t>(value); });
    return integers_of(std::move(owner), false);
  }
  owner->wide = exact;
  std::ranges::sort(owner->wide);
  owner->wide.erase(std::ranges::unique(owner->wide).begin(), owner->wide.end());
  std::ranges::transform(exact, owner->values.begin(), [&](Int128 value) {
    return static_cast<std::int64_t>(std::ranges::lower_bound(owner->wide, value) - owner->wide.begin());
  });
  return integers_of(std::move(owner), false);
}

}  // namespace

Type type_of(arrow::SourceKind kind) noexcept {
  switch (kind) {
    case arrow::SourceKind::boolean:
      return Type::boolean;
    case arrow::SourceKind::integer:
    case arrow::SourceKind::number:
      return Type::number;
    case arrow::SourceKind::text:
      return Type::text;
    case arrow::SourceKind::instant:
      return Type::instant;
    case arrow::SourceKind::null:
    case arrow::SourceKind::unusable:
      break;
  }
  return Type::any;
}

Column read_values(const arrow::ColumnChunk& chunk, StripeTexts& texts, std::optional<BadCell>& bad) {
  const auto rows = static_cast<std::size_t>(chunk.rows());
  switch (chunk.kind()) {
    case arrow::SourceKind::boolean: {
      Buffer<Truth> values(rows);
      chunk.truths(0, values.span());
      return owned(std::move(values));
    }
    case arrow::SourceKind::integer:
      return read_integers(chunk);
    case arrow::SourceKind::number:
      return chunk.decimal_scale() == 0 ? read_whole_decimals(chunk) : read_numbers(chunk);
    case arrow::SourceKind::text: {
      std::optional<std::int64_t> row;
      Buffer<TextCode> codes = texts.encode(chunk, row);
      if (row) {
        std::string_view text;
        chunk.texts(*row, {&text, 1});
        bad = BadCell{*row, "", words_for_not_utf8(text)};
      }
      return owned(std::move(codes));
    }
    case arrow::SourceKind::instant: {
      Buffer<Instant> values(rows);
      const std::int64_t row = chunk.instants(0, values.span());
      if (row >= 0) bad = BadCell{row, "", "the time is out of range; microseconds since 1970 must fit 64 bits"};
      return owned(std::move(values));
    }
    default:
      return Column{ColumnView{MissingView{rows}}};
  }
}

}  // namespace customerhealth::source
