#include "customerhealth/arrow/all_null.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace customerhealth::arrow {
namespace {

constexpr std::int64_t kRowsAtOnce = 1024;

bool has_number(const ColumnChunk& chunk, std::int64_t begin, std::size_t count) {
  std::array<double, kRowsAtOnce> numbers;
  const auto block = std::span{numbers}.first(count);
  chunk.numbers(begin, block);
  return std::ranges::any_of(block, [](double number) { return number == number; });
}

bool has_text(const ColumnChunk& chunk, std::int64_t begin, std::size_t count) {
  std::array<std::string_view, kRowsAtOnce> texts;
  const auto block = std::span{texts}.first(count);
  chunk.texts(begin, block);
  return std::ranges::any_of(block, [](std::string_view text) { return !text.empty(); });
}

bool has_value(const ColumnChunk& chunk, std::int64_t begin, std::size_t count) {
  std::array<std::uint8_t, kRowsAtOnce> valid;
  const auto block = std::span{valid}.first(count);
  chunk.validity(begin, block);
  if (std::ranges::none_of(block, [](std::uint8_t has) { return has != 0; })) return false;
  const bool may_be_nan = chunk.kind() == SourceKind::number && !chunk.decimal_scale();
  return !may_be_nan || has_number(chunk, begin, count);
}

template <class Has>
bool has_none(const std::vector<ColumnChunk>& chunks, const Has& has) {
  return std::ranges::none_of(chunks, [&](const ColumnChunk& chunk) {
    for (std::int64_t begin = 0; begin < chunk.rows(); begin += kRowsAtOnce) {
      if (has(chunk, begin, static_cast<std::size_t>(std::min(kRowsAtOnce, chunk.rows() - begin)))) return true;
    }
    return false;
  });
}

}  // namespace

bool is_all_null(const std::vector<ColumnChunk>& chunks) { return has_none(chunks, has_value); }

bool has_no_ids(const std::vector<ColumnChunk>& chunks) {
  return has_none(chunks, [](const ColumnChunk& chunk, std::int64_t begin, std::size_t count) {
    return chunk.kind() == SourceKind::text ? has_text(chunk, begin, count) : has_value(chunk, begin, count);
  });
}

}  // namespace customerhealth::arrow
