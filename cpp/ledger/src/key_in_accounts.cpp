#include <algorithm>
#include <bit>
#include <tuple>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/ledger/ledger.hpp"

namespace customerhealth::ledger {
namespace {

/// A row of a key: where it lies, and when it was known.
struct KeyRow {
  Int128 key;
  AccountCode account;
  Instant known;
  std::int64_t given;
  std::uint32_t segment;
  std::size_t row;
};

ColumnView column_view(const Segment& segment, std::int32_t column) noexcept {
  return view_of(segment.columns[static_cast<std::size_t>(column)]);
}

/// The value of a key as an integer. Not of missing ones.
Int128 key_bits(const ColumnView& view, std::size_t row) noexcept {
  return std::visit(
      [row](const auto& values) -> Int128 {
        using View = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<View, MissingView>)
          return 0;
        else if constexpr (std::is_same_v<View, IntegerView>)
          return values.exact(row);
        else if constexpr (std::is_same_v<View, std::span<const double>>)
          return std::bit_cast<std::int64_t>(values[row] + 0.0);  // -0.0 is 0.0
        else if constexpr (std::is_same_v<View, std::span<const TextCode>>)
          return values[row].get();
        else if constexpr (std::is_same_v<View, std::span<const Instant>>)
          return values[row].time_since_epoch().count();
        else
          return static_cast<Int128>(values[row]);
      },
      view);
}

std::string key_text(const ColumnView& view, std::size_t row, const TextDictionary& texts) {
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

void add_key_rows(const model::TableSpec& spec, const Segment& segment, std::uint32_t index, const Watch& watch,
                  std::vector<KeyRow>& out) {
  const ColumnView keys = column_view(segment, *spec.key), times = column_view(segment, *spec.time);
  const ColumnView known = spec.known ? column_view(segment, *spec.known) : ColumnView{MissingView{}};
  const auto* starts = std::get_if<std::span<const Instant>>(&times);
  const auto* learned = std::get_if<std::span<const Instant>>(&known);
  if (starts == nullptr) return;
  for (std::int64_t i = 0; i < segment.account_count(); ++i) {
    if (i % 4096 == 0) watch.check();
    const AccountCode account = segment.account(i);
    for (auto row = static_cast<std::size_t>(segment.begins[static_cast<std::size_t>(i)]);
         row < static_cast<std::size_t>(segment.begins[static_cast<std::size_t>(i) + 1]); ++row) {
      if (is_missing(keys, row)) continue;
      const bool is_told = learned != nullptr && !is_missing((*learned)[row]);
      out.push_back(
          {key_bits(keys, row), account, is_told ? (*learned)[row] : (*starts)[row], segment.given[row], index, row});
    }
  }
}

bool takes_back(const model::TableSpec& spec, const TableData& table, const KeyRow& row) {
  if (!spec.deleted) return false;
  const ColumnView view = column_view(*table.segments[row.segment], *spec.deleted);
  const auto* truths = std::get_if<std::span<const Truth>>(&view);
  return truths != nullptr && (*truths)[row.row] == Truth::yes;
}

/// The row that counts of each key and account: the one known last, unless it takes the key back.
std::vector<KeyRow> rows_that_count(const model::TableSpec& spec, const TableData& table, const Watch& watch) {
  std::vector<KeyRow> rows;
  for (std::uint32_t s = 0; s < table.segments.size(); ++s) add_key_rows(spec, *table.segments[s], s, watch, rows);
  std::ranges::sort(rows, {}, [](const KeyRow& row) { return std::tuple{row.key, row.account, row.known, row.given}; });
  std::vector<KeyRow> last;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_last =
        i + 1 == rows.size() || rows[i + 1].key != rows[i].key || rows[i + 1].account != rows[i].account;
    if (is_last && !takes_back(spec, table, rows[i])) last.push_back(rows[i]);
  }
  return last;
}

}  // namespace

std::optional<Finding> key_in_accounts(const model::Model& model, const Ledger& ledger, std::size_t table,
                                       const Watch& watch) {
  const model::TableSpec& spec = model.tables[table];
  const TableData& data = ledger.tables[table];
  if (!keeps_places(spec) || !spec.key || spec.key == spec.account) return std::nullopt;
  const std::vector<KeyRow> rows = rows_that_count(spec, data, watch);
  Finding finding{Finding::Check::key_in_accounts, 0, -1, ""};
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end].key == rows[begin].key) ++end;
    const auto of_key = std::span{rows}.subspan(begin, end - begin);
    begin = end;
    if (of_key.size() < 2) continue;
    const KeyRow& first = *std::ranges::min_element(of_key, {}, &KeyRow::given);
    finding.rows += std::ssize(of_key) - 1;
    for (const KeyRow& row : of_key) {
      if (row.given == first.given || (finding.first_row >= 0 && row.given >= finding.first_row)) continue;
      finding.first_row = row.given;
      finding.example = "key " + key_text(column_view(*data.segments[row.segment], *spec.key), row.row, *ledger.texts) +
                        " in accounts " + ledger.ids->name(first.account) + " and " + ledger.ids->name(row.account);
    }
  }
  return finding.rows > 0 ? std::optional{finding} : std::nullopt;
}

}  // namespace customerhealth::ledger
