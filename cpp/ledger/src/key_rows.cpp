#include "customerhealth/ledger/key_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

#include "customerhealth/common/length.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::ledger {
namespace {

ColumnView column_view(const Segment& segment, std::int32_t column) noexcept {
  return view_of(segment.columns[static_cast<std::size_t>(column)]);
}

Key key_of(double number) noexcept {
  constexpr double kBeyond = 0x1p126;
  const bool is_whole = std::trunc(number) == number && std::abs(number) < kBeyond;
  return is_whole ? Key{false, static_cast<Int128>(number)} : Key{true, std::bit_cast<std::int64_t>(number)};
}

/// Not of missing ones.
Key key_of(const ColumnView& view, std::size_t row) noexcept {
  return std::visit(
      [row](const auto& values) -> Key {
        using View = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<View, MissingView>)
          return {};
        else if constexpr (std::is_same_v<View, IntegerView>)
          return {false, values.exact(row)};
        else if constexpr (std::is_same_v<View, std::span<const double>>)
          return key_of(values[row]);
        else if constexpr (std::is_same_v<View, std::span<const TextCode>>)
          return {false, values[row].get()};
        else if constexpr (std::is_same_v<View, std::span<const Instant>>)
          return {false, values[row].time_since_epoch().count()};
        else
          return {false, static_cast<Int128>(values[row])};
      },
      view);
}

void add_key_rows(const model::TableSpec& spec, const Segment& segment, std::uint32_t index, const Watch& watch,
                  std::vector<KeyRow>& out) {
  const ColumnView keys = column_view(segment, *spec.key);
  const ColumnView times = spec.time ? column_view(segment, *spec.time) : ColumnView{MissingView{}};
  const ColumnView known = spec.known ? column_view(segment, *spec.known) : ColumnView{MissingView{}};
  const auto* starts = std::get_if<std::span<const Instant>>(&times);
  const auto* learned = std::get_if<std::span<const Instant>>(&known);
  for (std::int64_t i = 0; i < segment.account_count(); ++i) {
    if (i % 4096 == 0) watch.check();
    const AccountCode account = segment.account(i);
    for (auto row = static_cast<std::size_t>(segment.begins[static_cast<std::size_t>(i)]);
         row < static_cast<std::size_t>(segment.begins[static_cast<std::size_t>(i) + 1]); ++row) {
      if (is_missing(keys, row)) continue;
      const bool is_told = learned != nullptr && !is_missing((*learned)[row]);
      const Instant known_at = is_told ? (*learned)[row] : starts != nullptr ? (*starts)[row] : kFirstInstant;
      const OrderKey order =
          spec.order ? order_key(segment.columns[static_cast<std::size_t>(*spec.order)], row) : OrderKey{};
      out.push_back(
          {key_of(keys, row), account, known_at, order, segment.given.empty() ? -1 : segment.given[row], index, row});
    }
  }
}

}  // namespace

std::vector<KeyRow> key_rows(const model::TableSpec& spec, const TableData& table, const Watch& watch) {
  std::vector<KeyRow> rows;
  for (std::uint32_t s = 0; s < table.segments.size(); ++s) add_key_rows(spec, *table.segments[s], s, watch, rows);
  const auto place = [](const KeyRow& row) {
    return std::tie(row.key, row.account, row.known, row.order, row.given, row.segment, row.row);
  };
  std::ranges::sort(rows, [&](const KeyRow& a, const KeyRow& b) { return place(a) < place(b); });
  return rows;
}

std::string key_text(const model::TableSpec& spec, const TableData& table, const KeyRow& key,
                     const TextDictionary& texts) {
  const ColumnView view = column_view(*table.segments[key.segment], *spec.key);
  const std::size_t row = key.row;
  if (const auto* codes = std::get_if<std::span<const TextCode>>(&view)) return std::string{texts.text((*codes)[row])};
  if (const auto* numbers = std::get_if<std::span<const double>>(&view)) return shortest((*numbers)[row]);
  if (const auto* instants = std::get_if<std::span<const Instant>>(&view))
    return customerhealth::to_string((*instants)[row]);
  if (const auto* integers = std::get_if<IntegerView>(&view)) {
    if (!integers->wide.empty()) return shortest(integers->number(row));
    return integers->is_unsigned ? std::to_string(static_cast<std::uint64_t>(integers->values[row]))
                                 : std::to_string(integers->values[row]);
  }
  const auto* truths = std::get_if<std::span<const Truth>>(&view);
  return truths != nullptr && (*truths)[row] == Truth::yes ? "true" : "false";
}

}  // namespace customerhealth::ledger
