#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "checks.hpp"
#include "spellings.hpp"

namespace customerhealth::engine {
namespace {

/// An account whose id says the same as that of another, which more tables have.
struct Respelled {
  AccountCode account, other;
};

/// Rows of such accounts in one table.
struct IdRows {
  std::int64_t rows = 0, accounts = 0;
  std::int64_t first_row = -1;
  AccountCode first{0}, other{0};

  void add(std::int64_t more, std::int64_t first_of_these, AccountCode account, AccountCode beside) noexcept {
    rows += more;
    if (accounts++ > 0 && first_row <= first_of_these) return;
    first_row = first_of_these, first = account, other = beside;
  }
};

class Ids {
 public:
  explicit Ids(const panel::Snapshot& snapshot) : model_{snapshot.model.get()}, ledger_{snapshot.ledger.get()} {}

  [[nodiscard]] bool are_texts() const noexcept { return ledger_->ids->kind() == ledger::AccountIds::Kind::text; }
  [[nodiscard]] std::string_view text(AccountCode account) const noexcept { return ledger_->ids->text(account); }
  [[nodiscard]] std::string quoted(AccountCode account) const { return "'" + std::string{text(account)} + "'"; }
  [[nodiscard]] std::span<const AccountCode> all() const noexcept { return ledger_->order; }
  [[nodiscard]] bool stands_in(AccountCode account, std::size_t table) const noexcept {
    return ledger::rows_of(ledger_->tables[table], account) > 0;
  }
  [[nodiscard]] bool is_listed(AccountCode account) const noexcept {
    const auto table = model_->accounts_table();
    return table && stands_in(account, table->place());
  }
  [[nodiscard]] std::size_t table_count() const noexcept { return model_->tables.size(); }
  /// table_count(): none.
  [[nodiscard]] std::size_t first_table_of(AccountCode account) const noexcept {
    std::size_t table = 0;
    while (table < table_count() && !stands_in(account, table)) ++table;
    return table;
  }
  [[nodiscard]] bool share_a_table(AccountCode a, AccountCode b) const noexcept {
    for (std::size_t t = 0; t < table_count(); ++t) {
      if (stands_in(a, t) && stands_in(b, t)) return true;
    }
    return false;
  }
  /// Those with an id, of which there may be none.
  [[nodiscard]] bool has(std::string_view id) const {
    const auto found = std::ranges::lower_bound(all(), id, {}, [this](AccountCode code) { return text(code); });
    return found != all().end() && text(*found) == id && first_table_of(*found) < table_count();
  }
  void count(AccountCode account, AccountCode other, std::vector<IdRows>& tables) const {
    for (std::size_t t = 0; t < table_count(); ++t) {
      const ledger::TableData& table = ledger_->tables[t];
      const std::int64_t rows = ledger::rows_of(table, account);
      if (rows > 0) tables[t].add(rows, ledger::first_row_of(table, account), account, other);
    }
  }

 private:
  const model::Model* model_;
  const ledger::Ledger* ledger_;
};

// ---- one id in several spellings ------------------------------------------------------------------------------------

class SpellingGroups {
 public:
  SpellingGroups(const Ids& ids, const Watch& watch) : ids_{&ids} {
    std::vector<AccountCode> accounts;
    for (const AccountCode account : ids.all()) {
      if (ids.first_table_of(account) == ids.table_count()) continue;  // none of its rows exists
      accounts.push_back(account);
      texts_.push_back(ids.text(account));
    }
    for (const std::vector<std::size_t>& places : groups_alike(texts_, watch)) {
      std::vector<AccountCode> group;
      for (const std::size_t place : places) group.push_back(accounts[place]);
      add(group);
    }
  }

  [[nodiscard]] const std::map<AccountCode, AccountCode>& other_of() const noexcept { return other_of_; }
  [[nodiscard]] const Differences& differences() const noexcept { return differences_; }

 private:
  /// The spelling that counts is that of the accounts table, else of most tables, else of the first one.
  void add(const std::vector<AccountCode>& group) {
    const auto place = [this](AccountCode account) {
      std::int64_t tables = 0;
      for (std::size_t t = 0; t < ids_->table_count(); ++t) tables += ids_->stands_in(account, t) ? 1 : 0;
      return std::tuple{!ids_->is_listed(account), -tables, ids_->first_table_of(account), ids_->text(account)};
    };
    const AccountCode best = *std::ranges::min_element(group, {}, place);
    for (const AccountCode account : group) {
      if (account != best && is_told(account, best)) other_of_.emplace(account, best);
    }
  }

  bool is_told(AccountCode account, AccountCode best) {
    const Differences differ = Differences::between(ids_->text(account), ids_->text(best));
    if (differ.by_case && ids_->share_a_table(account, best)) {
      if (!are_tokens_) are_tokens_ = are_tokens(texts_);
      if (*are_tokens_) return false;
    }
    differences_.add(differ);
    return true;
  }

  const Ids* ids_;
  std::vector<std::string_view> texts_;
  std::optional<bool> are_tokens_;
  std::map<AccountCode, AccountCode> other_of_;
  Differences differences_;
};

std::string accounts_of(std::int64_t count) { return with_commas(count) + (count == 1 ? " account" : " accounts"); }

std::string meaning_of_spellings(const Differences& differences, std::int64_t accounts) {
  return accounts_of(accounts) + (accounts == 1 ? " here differs" : " here differ") + " from another only " +
         differences.words() +
         ": each spelling is an account of its own, with a part of the rows; write all ids one way (" +
         differences.cure() + ")";
}

/// Says of orphans why they are: their account is listed in another spelling.
void explain_orphans(const model::Model& model, const Ids& ids, const SpellingGroups& groups, Notes& notes) {
  for (std::size_t t = 0; t < ids.table_count(); ++t) {
    const auto count = std::ranges::count_if(groups.other_of(), [&](const auto& pair) {
      return ids.stands_in(pair.first, t) && !ids.is_listed(pair.first) && ids.is_listed(pair.second);
    });
    const auto note = std::ranges::find_if(
        notes, [&](const Note& each) { return each.table == model.tables[t].name && each.check == "orphans"; });
    if (count == 0 || note == notes.end()) continue;
    note->meaning += "; " + accounts_of(count) + " of them stand" + (count == 1 ? "s" : "") +
                     " there in another spelling (ids_spelled_alike)";
  }
}

// ---- several ids in one cell ----------------------------------------------------------------------------------------

bool has_digit(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string shown_separator(char separator) {
  if (separator == '\n') return "a line break";
  return separator == '\t' ? "a tab" : "'" + std::string{separator} + "'";
}

/// The part that is met alone, where the id is several. `Acme, Inc.` and `acme|eu` are one, although there may be an
/// `Acme`: with commas and bars all parts are met, or all hold a digit.
std::optional<std::string_view> part_met_alone(const Ids& ids, std::string_view id) {
  const Parts found = parts_of(id);
  if (found.parts.size() < 2) return std::nullopt;
  const auto is_met = [&](std::string_view part) { return ids.has(part); };
  const auto met = std::ranges::find_if(found.parts, is_met);
  if (met == found.parts.end()) return std::nullopt;
  const bool is_list = without_outer_blanks(id).starts_with('[');
  const bool are_ids = is_list || found.separator == ';' || found.separator == '\n' || found.separator == '\t' ||
                       std::ranges::all_of(found.parts, has_digit) || std::ranges::all_of(found.parts, is_met);
  return are_ids ? std::optional{*met} : std::nullopt;
}

}  // namespace

void find_ids_spelled_alike(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  const Ids ids{snapshot};
  if (!ids.are_texts()) return;
  const SpellingGroups groups{ids, watch};
  std::vector<IdRows> tables(ids.table_count());
  for (const auto& [account, other] : groups.other_of()) ids.count(account, other, tables);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (tables[t].rows == 0) continue;
    const std::string where = snapshot.model->tables[ids.first_table_of(tables[t].other)].name;
    notes.push_back({snapshot.model->tables[t].name, "ids_spelled_alike", tables[t].rows, tables[t].first_row,
                     "account " + ids.quoted(tables[t].first) + ", and " + ids.quoted(tables[t].other) + " in " + where,
                     meaning_of_spellings(groups.differences(), tables[t].accounts)});
  }
  explain_orphans(*snapshot.model, ids, groups, notes);
}

void find_joined_ids(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  const Ids ids{snapshot};
  if (!ids.are_texts()) return;
  std::vector<IdRows> tables(ids.table_count());
  std::set<char> separators;
  std::map<AccountCode, std::string_view> met;
  for (const AccountCode account : ids.all()) {
    if (account.get() % 4096 == 0) watch.check();
    const std::string_view id = ids.text(account);
    if (id.find_first_of(kSeparators) == std::string_view::npos) continue;
    const auto part = part_met_alone(ids, id);
    if (!part) continue;
    met.emplace(account, *part);
    separators.insert(parts_of(id).separator);
    ids.count(account, account, tables);
  }
  std::string shown;
  for (const char separator : separators) shown += (shown.empty() ? "" : " or ") + shown_separator(separator);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (tables[t].rows == 0) continue;
    notes.push_back(
        {snapshot.model->tables[t].name, "joined_ids", tables[t].rows, tables[t].first_row,
         "account " + ids.quoted(tables[t].first) + ", and '" + std::string{met.at(tables[t].first)} + "' alone",
         accounts_of(tables[t].accounts) + (tables[t].accounts == 1 ? " here holds several" : " here hold several") +
             " ids with " + shown +
             " between them: each counts as an account of its own, which the accounts in it lack; give a "
             "row for each of them"});
  }
}

}  // namespace customerhealth::engine
