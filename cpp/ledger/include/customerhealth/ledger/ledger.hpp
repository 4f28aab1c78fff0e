#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/ledger/account_ids.hpp"
#include "customerhealth/ledger/key_owners.hpp"
#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/ledger/text_dictionary.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::ledger {

struct TableInput {
  std::string name;
  arrow::ArrowTable table;
};

/// What makes loading fail rather than be counted in `quality()`.
enum class Strictness : std::uint8_t {
  lenient,
  rows,  // rows that cannot be right: null account or time, end <= start, known before it happened, duplicate accounts
  all,   // orphans too
};

/// All tables of a portfolio as they are after a load or an append; a value that is never changed. Those that follow
/// share its segments, ids and texts.
struct Ledger {
  std::shared_ptr<AccountIds> ids;
  AccountIds::Kind declared_ids = AccountIds::Kind::unknown;  // what the sources say of ids, whether there are any
  std::shared_ptr<TextDictionary> texts;
  std::int32_t account_count = 0;
  std::vector<AccountCode> order;  // accounts by id: the panel's order
  std::vector<TableData> tables;   // beside Model::tables
  // Beside Model::tables, of tables of keys: the ids of the keys, and whose they are. Null pointers for others.
  std::vector<std::shared_ptr<AccountIds>> keys;
  std::vector<std::shared_ptr<const KeyOwners>> owners;
  std::vector<KeyedRows> keyed;  // beside Model::tables, of tables with `through`: their rows, in `tables` by account
};

/// The rows that an append brings, beside Model::tables: a null pointer, none. Of tables with `through` they lie by
/// key.
using Arrived = std::vector<std::shared_ptr<const Segment>>;

/// The ledger after `inputs` arrive, which are in `arrived` too where that is asked for. Throws DataError; `before`
/// (nothing yet: a null pointer) stays as it was.
[[nodiscard]] std::shared_ptr<const Ledger> extend(const model::Model& model, const Ledger* before,
                                                   const std::vector<TableInput>& inputs, Strictness strictness,
                                                   Watch& watch, Arrived* arrived = nullptr);

/// What there is to say about a table: its rows, and what only shows across tables (duplicates, orphans).
[[nodiscard]] std::vector<Finding> findings_of(const model::Model& model, const Ledger& ledger, std::size_t table);

/// Keys of a table of events or intervals that stand in several accounts, in each of which its row counts: a ticket
/// that moved with its account, say. A key that was taken back in all accounts but one is none.
[[nodiscard]] std::optional<Finding> key_in_accounts(const model::Model& model, const Ledger& ledger, std::size_t table,
                                                     const Watch& watch);

/// The accounts that the portfolio has, in the order of their ids: by the accounts table, else by a row anywhere.
[[nodiscard]] std::vector<AccountCode> listed_accounts(const model::Model& model, const Ledger& ledger);

}  // namespace customerhealth::ledger
