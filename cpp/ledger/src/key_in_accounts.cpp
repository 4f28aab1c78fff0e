#include <algorithm>
#include <set>

#include "customerhealth/ledger/key_rows.hpp"
#include "customerhealth/ledger/ledger.hpp"

namespace customerhealth::ledger {
namespace {

bool takes_back(const model::TableSpec& spec, const TableData& table, const KeyRow& row) {
  if (!spec.deleted) return false;
  const ColumnView view = view_of(table.segments[row.segment]->columns[static_cast<std::size_t>(*spec.deleted)]);
  const auto* truths = std::get_if<std::span<const Truth>>(&view);
  return truths != nullptr && (*truths)[row.row] == Truth::yes;
}

/// The row that counts of each key and account: the one known last, unless it takes the key back.
std::vector<KeyRow> rows_that_count(const model::TableSpec& spec, const TableData& table, const Watch& watch) {
  const std::vector<KeyRow> rows = key_rows(spec, table, watch);
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
  if (spec.kind == model::TableKind::states || !spec.key || spec.key == spec.account) return std::nullopt;
  const std::vector<KeyRow> rows = rows_that_count(spec, data, watch);
  const bool is_of_keys = spec.kind == model::TableKind::keys;
  Finding finding{is_of_keys ? Finding::Check::key_moved : Finding::Check::key_in_accounts, 0, -1, ""};
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end].key == rows[begin].key) ++end;
    const auto of_key = std::span{rows}.subspan(begin, end - begin);
    begin = end;
    if (of_key.size() < 2) continue;
    const auto first = std::ranges::min_element(of_key, {}, &KeyRow::given);
    std::set<std::int64_t> told{first->given};
    for (const KeyRow& row : of_key) {
      if (&row == &*first) continue;
      // a row of the source with several accounts has its key in each of them on purpose
      if (!is_of_keys && !told.insert(row.given).second) continue;
      ++finding.rows;
      if (finding.first_row >= 0 && row.given >= finding.first_row) continue;
      finding.first_row = row.given;
      finding.example = "key " + key_text(spec, data, row, *ledger.texts) + " in accounts " +
                        ledger.ids->name(first->account) + " and " + ledger.ids->name(row.account);
    }
  }
  return finding.rows > 0 ? std::optional{finding} : std::nullopt;
}

}  // namespace customerhealth::ledger
