#include "visible_rows.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/metrics/table_rows.hpp"
#include "customerhealth/panel/attributes.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/gathered.hpp"
#include "customerhealth/panel/pieces.hpp"
#include "customerhealth/panel/value_columns.hpp"

namespace customerhealth::engine {
namespace {

constexpr std::size_t kAccountsPerBatch = 4096;  // a batch of the result, and a task for a thread

/// The rows of the block that are visible at the as-of, ascending. Plain events have no visibility per row.
std::vector<std::size_t> places_of(const metrics::TableRows& rows, Instant as_of) {
  std::vector<std::size_t> visible;
  const auto times = rows.block.instants(*rows.spec->time);
  for (std::size_t row = 0; row < rows.block.rows(); ++row) {
    const bool is_visible = rows.visibility.from.empty()
                                ? times[row] < as_of
                                : rows.visibility.from[row] == 0 && rows.visibility.until[row] > 0;
    if (is_visible) visible.push_back(row);
  }
  return visible;
}

/// Rows of one table as of one date, batch by batch of accounts.
class RowsBuilder {
 public:
  RowsBuilder(const panel::Snapshot& snapshot, std::size_t table, Instant as_of)
      : snapshot_{&snapshot},
        spec_{&snapshot.model->tables[table]},
        data_{&snapshot.ledger->tables[table]},
        accounts_{ledger::listed_accounts(*snapshot.model, *snapshot.ledger)},
        as_of_{as_of} {
    if (spec_->kind != model::TableKind::keys) return;
    accounts_ = snapshot.ledger->order;  // also those that have a key and nothing else
    last_rows_ = snapshot.ledger->owners[table]->last_rows();
  }

  [[nodiscard]] std::size_t accounts() const noexcept { return accounts_.size(); }

  [[nodiscard]] arrow::ResultTable::Batch build(panel::Piece piece) const {
    const auto accounts = std::span{accounts_}.subspan(piece.begin, piece.count);
    ledger::TableBlock block = ledger::read_block(*spec_, *data_, accounts);
    if (spec_->kind == model::TableKind::keys) return batch(accounts, block, last_rows(block));
    const std::span as_ofs{&as_of_, 1};
    if (spec_->kind != model::TableKind::accounts) {
      const metrics::TableRows rows = metrics::table_rows(*spec_, std::move(block), as_ofs, true);
      return batch(accounts, rows.block, places_of(rows, as_of_));
    }
    const panel::AccountRows rows = panel::account_rows(*spec_, std::move(block), as_ofs);
    std::vector<std::size_t> chosen;
    for (const std::int32_t row : rows.chosen) {
      if (row >= 0) chosen.push_back(static_cast<std::size_t>(row));
    }
    return batch(accounts, rows.block, chosen);
  }

 private:
  /// Of a table of keys: the rows that give a key its account, which they do at all as-ofs.
  [[nodiscard]] std::vector<std::size_t> last_rows(const ledger::TableBlock& block) const {
    std::vector<std::size_t> last;
    for (std::size_t row = 0; row < block.rows(); ++row) {
      if (std::ranges::binary_search(last_rows_, block.serial[row])) last.push_back(row);
    }
    return last;
  }

  [[nodiscard]] arrow::ResultTable::Batch batch(std::span<const AccountCode> accounts, const ledger::TableBlock& block,
                                                std::span<const std::size_t> rows) const {
    std::vector<AccountCode> owners;
    std::size_t a = 0;
    for (const std::size_t row : rows) {
      while (static_cast<std::size_t>(block.begins[a + 1]) <= row) ++a;
      owners.push_back(accounts[a]);
    }
    arrow::ResultTable::Batch out{static_cast<std::int64_t>(rows.size()),
                                  {ledger::account_column(*snapshot_->ledger->ids, owners)}};
    for (std::size_t c = 0; c < spec_->columns.size(); ++c) {
      const bool is_joined = !spec_->source.key_parts.empty() && c == static_cast<std::size_t>(*spec_->key);
      if (c == static_cast<std::size_t>(spec_->account) || is_joined) continue;
      const Column values = panel::gather(block.columns[c].view(), rows);
      out.columns.push_back(
          panel::value_column(spec_->columns[c], values.view(), data_->declared[c], snapshot_->texts));
    }
    return out;
  }

  const panel::Snapshot* snapshot_;
  const model::TableSpec* spec_;
  const ledger::TableData* data_;
  std::vector<AccountCode> accounts_;
  Instant as_of_;
  std::vector<std::int64_t> last_rows_;  // of a table of keys
};

}  // namespace

std::shared_ptr<const arrow::ResultTable> visible_rows(const panel::Snapshot& snapshot, std::string_view table,
                                                       Instant as_of, Watch& watch) {
  const auto& tables = snapshot.model->tables;
  const auto found = std::ranges::find(tables, table, &model::TableSpec::name);
  if (found == tables.end()) throw std::out_of_range{"the model has no table '" + std::string{table} + "'"};
  const RowsBuilder builder{snapshot, static_cast<std::size_t>(found - tables.begin()), as_of};
  const std::vector<panel::Piece> pieces = panel::pieces_of(0, builder.accounts(), kAccountsPerBatch);
  auto result = panel::table_of(*snapshot.model, pieces.size());
  panel::each_piece(pieces, watch, [&](std::size_t i) { result->batches[i] = builder.build(pieces[i]); });
  return result;
}

}  // namespace customerhealth::engine
