#include "customerhealth/ledger/ledger.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <numeric>
#include <set>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/model/column_roles.hpp"
#include "customerhealth/source/prepared.hpp"
#include "load.hpp"
#include "number_line.hpp"
#include "read_paths.hpp"
#include "strict.hpp"

namespace customerhealth::ledger {
namespace {

std::vector<std::string> names_of(const model::Model& model) {
  std::vector<std::string> names;
  for (const model::TableSpec& table : model.tables) names.push_back(table.name);
  return names;
}

std::size_t find_table(const model::Model& model, const std::string& name) {
  if (const auto table = model.find_table(name)) return table->place();
  throw DataError{"'" + name + "' is no table of the model; " + suggestion(name, names_of(model)), name, ""};
}

/// Does a formula, `by` or `key` read the column that names the account?
bool reads_account(const model::Model& model, std::size_t table) {
  const std::string& account = model.tables[table].columns[static_cast<std::size_t>(model.tables[table].account)];
  const auto reads = [&](const std::optional<model::Formula>& formula) {
    return formula && std::ranges::any_of(formula->expression.names(),
                                          [&](const expression::Name& name) { return name.word == account; });
  };
  if (model.tables[table].key == model.tables[table].account) return true;
  for (const model::MetricSpec& metric : model.metrics) {
    const auto* aggregate = std::get_if<model::Aggregate>(&metric.source);
    if (aggregate == nullptr || aggregate->table.place() != table) continue;
    const bool by = aggregate->by && aggregate->by->column == model.tables[table].account;
    if (by || reads(aggregate->of) || reads(aggregate->where)) return true;
  }
  const auto is_attribute = [&](const model::Slot& slot) {
    return slot.origin == model::Slot::Origin::attribute && slot.index == model.tables[table].account;
  };
  return model.tables[table].kind == model::TableKind::accounts && std::ranges::any_of(model.slots, is_attribute);
}

class Extension {
 public:
  Extension(const model::Model& model, const Ledger* before, Watch& watch) : model_{&model}, watch_{&watch} {
    if (before != nullptr) {
      after_ = *before;
      // Nobody knows an id yet: a failed load must not have settled their type.
      if (before->account_count == 0) after_.ids = std::make_shared<AccountIds>(before->declared_ids);
    } else {
      after_.ids = std::make_shared<AccountIds>();
      after_.texts = std::make_shared<TextDictionary>();
      after_.tables.resize(model.tables.size());
      after_.keys.resize(model.tables.size());
      after_.owners.resize(model.tables.size());
      after_.keyed.resize(model.tables.size());
      for (std::size_t t = 0; t < model.tables.size(); ++t) {
        after_.tables[t].types.assign(model.tables[t].columns.size(), Type::any);
        after_.tables[t].declared = after_.tables[t].types;
        after_.tables[t].lines.resize(model.tables[t].columns.size());
        if (model.tables[t].kind == model::TableKind::keys) after_.owners[t] = std::make_shared<const KeyOwners>();
      }
    }
    is_first_ = before == nullptr;
    for (std::size_t t = 0; t < model.tables.size(); ++t) {
      if (model.tables[t].kind != model::TableKind::keys) continue;
      const bool none = after_.keys[t] == nullptr || after_.keys[t]->size() == 0;  // as with account ids
      if (none) after_.keys[t] = std::make_shared<AccountIds>("keys of " + model.tables[t].name);
    }
    owners_before_ = after_.owners;
    for (const auto& keys : after_.keys) keys_before_.push_back(keys ? keys->size() : 0);
  }

  Ledger run(const std::vector<TableInput>& inputs, Arrived* arrived) && {
    std::set<std::size_t> given;
    std::vector<std::pair<std::size_t, const TableInput*>> by_path;  // what their ids are, the other tables say
    for (const TableInput& input : inputs) {
      const std::size_t table = find_table(*model_, input.name);
      if (!given.insert(table).second) throw DataError{"'" + input.name + "' is given twice", input.name, ""};
      if (is_account_by_path(model_->tables[table], input.table))
        by_path.emplace_back(table, &input);
      else
        take_accounts(table, input);
    }
    for (const auto& [table, input] : by_path) take_accounts(table, *input);
    number_accounts();
    after_.declared_ids = after_.ids->kind();
    arrived_.resize(model_->tables.size());
    for (auto& [table, loading] : loadings_) add(table, std::move(loading));
    for (std::size_t t = 0; t < model_->tables.size(); ++t) {
      if (model_->tables[t].through) find_accounts(t);
    }
    if (arrived != nullptr) *arrived = std::move(arrived_);
    return std::move(after_);
  }

 private:
  void take_accounts(std::size_t table, const TableInput& input) {
    const model::TableSpec& spec = model_->tables[table];
    AccountIds& ids = spec.through ? *after_.keys[spec.through->place()] : *after_.ids;
    const std::int64_t before = after_.tables[table].rows_given;
    ReadPaths read = read_paths(*model_, table, input.table, ids, *watch_);
    const source::Prepared& prepared =
        prepared_.emplace_back(source::prepare(spec, read.table, before, *watch_, std::move(read.places)));
    const arrow::ArrowTable& rows = prepared.table;
    Loading loading{&spec,
                    &rows,
                    match_columns(spec, rows),
                    {},
                    prepared.numbers(before),
                    reads_account(*model_, table),
                    identities_of(*model_, table),
                    spec.end_is};
    const auto encode = [&](AccountIds& into, std::int32_t of) {
      const std::size_t column = loading.columns[static_cast<std::size_t>(of)];
      return into.encode(rows, column, spec.name, loading.numbers, *watch_);
    };
    loading.accounts = encode(ids, spec.account);
    if (spec.kind == model::TableKind::keys) key_codes_.emplace(table, encode(*after_.keys[table], *spec.key));
    loading.rows_before = after_.tables[table].rows_made;
    loading.findings = std::move(read.findings);
    for (Finding& finding : loading.findings) finding.first_row += before;
    after_.tables[table].rows_given += input.table.rows();
    after_.tables[table].rows_made += rows.rows();
    if (prepared.ends_are_exclusive) loading.end_is = model::EndIs::exclusive;
    for (const source::Oddity& odd : prepared.oddities) {
      const bool twice = odd.standing == Zone::Standing::twice;
      loading.findings.push_back(
          {twice ? Finding::Check::time_twice : Finding::Check::time_never, odd.rows, odd.first_row, odd.example});
    }
    loadings_.emplace_back(table, std::move(loading));
  }

  /// What is loaded first is numbered in the order of ids, so that a block of the panel is a block of memory. Later
  /// accounts keep the codes they got and find their place in `order`.
  void number_accounts() {
    const std::int32_t known = after_.account_count;
    after_.account_count = after_.ids->size();
    if (is_first_) {
      const auto renumbered = after_.ids->sort();
      for (auto& [table, loading] : loadings_) {
        if (!model_->tables[table].through) renumber(loading.accounts, renumbered);
      }
    }
    if (after_.account_count == known) return;
    std::vector<AccountCode> added;
    for (std::int32_t code = known; code < after_.account_count; ++code) added.emplace_back(code);
    const auto less = [this](AccountCode a, AccountCode b) { return after_.ids->less(a, b); };
    if (!is_first_) std::ranges::sort(added, less);
    std::vector<AccountCode> order;
    order.reserve(static_cast<std::size_t>(after_.account_count));
    std::ranges::merge(after_.order, added, std::back_inserter(order), less);
    after_.order = std::move(order);
  }

  static void renumber(Buffer<std::int32_t>& accounts, const std::vector<std::int32_t>& renumbered) {
    bool is_same = true;
    for (std::size_t i = 0; i < renumbered.size(); ++i) is_same &= renumbered[i] == static_cast<std::int32_t>(i);
    if (is_same) return;
    constexpr std::int64_t kStripe = 1 << 16;
    const auto rows = static_cast<std::int64_t>(accounts.size());
    for_each((rows + kStripe - 1) / kStripe, [&](std::int64_t stripe) {
      for (std::int64_t row = stripe * kStripe; row < std::min(rows, (stripe + 1) * kStripe); ++row) {
        std::int32_t& code = accounts[static_cast<std::size_t>(row)];
        if (code >= 0) code = renumbered[static_cast<std::size_t>(code)];
      }
    });
  }

  void add(std::size_t table, Loading&& loading) {
    const model::TableSpec& spec = model_->tables[table];
    TableData& data = after_.tables[table];
    data.given = true;
    const std::vector<NumberRows> numbers = numbers_of(loading);
    merge_findings(data.findings, loading.findings);
    const std::int64_t rows_before = loading.rows_before;
    const source::RowNumbers places = loading.numbers;
    const bool is_keyed = spec.through.has_value();
    if (is_keyed) data.segments.swap(after_.keyed[table].segments);  // what arrives is compared with rows by key
    const std::int32_t groups = is_keyed ? after_.keys[spec.through->place()]->size() : after_.account_count;
    Loaded loaded = load(std::move(loading), groups, *after_.texts, *watch_);
    for (std::size_t c = 0; c < data.types.size(); ++c) {
      settle_type(spec, c, data.types[c], loaded.types[c]);
      if (loaded.types[c] == Type::number && loaded.segment.rows() > 0)
        settle_numbers(spec, c, numbers[c], data, loaded.segment);
      if (data.declared[c] == Type::any) data.declared[c] = loaded.declared[c];
      if (data.types[c] != Type::any) data.declared[c] = data.types[c];
    }
    merge_findings(data.findings, loaded.found.findings);
    merge_far_times(data.far_times, loaded.found.far_times);
    if (spec.kind == model::TableKind::keys) add_owners(table, loaded.segment, rows_before, places);
    if (loaded.segment.rows() > 0) {
      arrived_[table] = std::make_shared<const Segment>(std::move(loaded.segment));
      data.segments.push_back(arrived_[table]);
      compact(spec, data);
    }
    if (is_keyed) data.segments.swap(after_.keyed[table].segments);
  }

  void add_owners(std::size_t table, const Segment& rows, std::int64_t rows_before, const source::RowNumbers& places) {
    const std::span<const std::int32_t> keys = key_codes_.at(table).span();
    auto owners = std::make_shared<KeyOwners>(*after_.owners[table]);
    owners->add(model_->tables[table], rows, keys, rows_before);
    after_.owners[table] = std::move(owners);
    constexpr std::int32_t kNull = -1;
    const auto nulls = std::ranges::count(keys, kNull);
    if (nulls == 0) return;
    const auto first = std::ranges::find(keys, kNull) - keys.begin();
    merge_findings(after_.tables[table].findings, {{Finding::Check::null_key, nulls, places(first), ""}});
  }

  /// Brings the rows of a table whose account goes by a key to their accounts: those that arrived, or all where a key
  /// that was known before has another account now.
  void find_accounts(std::size_t table) {
    const model::TableSpec& spec = model_->tables[table];
    const auto of = spec.through->place();
    const KeyOwners& owners = *after_.owners[of];
    KeyedRows& keyed = after_.keyed[table];
    TableData& data = after_.tables[table];
    const bool moved = have_moved(of);
    if (!moved && !arrived_[table]) return;
    if (moved) {
      data.segments.clear();
      if (auto rows = by_account(spec, keyed.segments, data.lines, owners)) data.segments.push_back(std::move(rows));
    } else {
      if (auto rows = by_account(spec, {&arrived_[table], 1}, data.lines, owners))
        data.segments.push_back(std::move(rows));
      compact(spec, data);
    }
    keyed.orphans.clear();
    for (const auto& segment : keyed.segments) {
      for (std::int64_t i = 0; i < segment->account_count(); ++i) {
        const AccountCode key = segment->account(i);
        if (owners.account_of(key) < 0 && segment->run(key).size() > 0) keyed.orphans.push_back(key);
      }
    }
    std::ranges::sort(keyed.orphans);
    keyed.orphans.erase(std::ranges::unique(keyed.orphans).begin(), keyed.orphans.end());
  }

  [[nodiscard]] bool have_moved(std::size_t keys) const {
    if (after_.owners[keys] == owners_before_[keys]) return false;
    for (std::int32_t code = 0; code < keys_before_[keys]; ++code) {
      const AccountCode key{code};
      if (after_.owners[keys]->account_of(key) != owners_before_[keys]->account_of(key)) return true;
    }
    return false;
  }

  static std::vector<NumberRows> numbers_of(const Loading& loading) {
    std::vector<NumberRows> out;
    for (std::size_t c = 0; c < loading.columns.size(); ++c) {
      out.push_back({&loading.table->chunks(loading.columns[c]), loading.numbers, loading.identities[c] != 0});
    }
    return out;
  }

  static void settle_type(const model::TableSpec& spec, std::size_t column, Type& known, Type loaded) {
    if (known == Type::any) known = loaded;
    if (loaded == Type::any || loaded == known) return;
    throw DataError{spec.name + "." + spec.columns[column] + ": " + std::string{to_string(loaded)} +
                        " values here, but " + std::string{to_string(known)} + " values in the rows loaded before",
                    spec.name, spec.columns[column]};
  }

  const model::Model* model_;
  Watch* watch_;
  Ledger after_;
  bool is_first_ = true;
  std::deque<source::Prepared> prepared_;  // what the loadings borrow
  std::vector<std::pair<std::size_t, Loading>> loadings_;
  // Beside Model::tables; of tables of keys how many keys there were and whose they were.
  std::vector<std::int32_t> keys_before_;
  std::vector<std::shared_ptr<const KeyOwners>> owners_before_;
  std::map<std::size_t, Buffer<std::int32_t>> key_codes_;  // of rows of tables of keys that arrive
  Arrived arrived_;
};

void count_account(Finding& finding, std::int64_t rows, std::int64_t first_row, const std::string& account) {
  finding.rows += rows;
  if (finding.first_row >= 0 && finding.first_row <= first_row) return;
  finding.first_row = first_row;
  finding.example = "account " + account;
}

/// Rows whose account is a key that the table of keys does not have.
std::optional<Finding> rows_without_owner(const model::Model& model, const Ledger& ledger, std::size_t table) {
  const auto& through = model.tables[table].through;
  if (!through) return std::nullopt;
  Finding finding{Finding::Check::no_owner, 0, -1, ""};
  for (const auto& segment : ledger.keyed[table].segments) {
    for (const AccountCode key : ledger.keyed[table].orphans) {
      const std::int64_t rows = segment->run(key).size();
      if (rows == 0) continue;
      finding.rows += rows;
      const std::int64_t first = segment->first_rows[static_cast<std::size_t>(segment->index_of(key))];
      if (finding.first_row >= 0 && finding.first_row <= first) continue;
      finding.first_row = first;
      finding.example = "key " + ledger.keys[through->place()]->name(key);
    }
  }
  return finding.rows > 0 ? std::optional{finding} : std::nullopt;
}

}  // namespace

std::shared_ptr<const Ledger> extend(const model::Model& model, const Ledger* before,
                                     const std::vector<TableInput>& inputs, Strictness strictness, Watch& watch,
                                     Arrived* arrived) {
  auto after = std::make_shared<Ledger>(Extension{model, before, watch}.run(inputs, arrived));
  if (strictness != Strictness::lenient) refuse(model, *after, strictness);
  return after;
}

std::vector<Finding> findings_of(const model::Model& model, const Ledger& ledger, std::size_t table) {
  const TableData& data = ledger.tables[table];
  std::vector<Finding> findings = data.findings;
  // appends bring them in the order of what was found when
  std::ranges::sort(findings, {}, [](const Finding& finding) { return std::pair{finding.check, finding.column}; });
  if (!data.given) findings.push_back({Finding::Check::table_not_given, 0, -1, ""});
  if (data.given && data.rows_given == 0) findings.push_back({Finding::Check::no_rows, 0, -1, ""});
  if (auto lost = rows_without_owner(model, ledger, table)) findings.push_back(std::move(*lost));
  const auto accounts = model.accounts_table();
  if (!accounts) return findings;
  const bool is_accounts = accounts->place() == table;
  if (is_accounts && model.tables[table].known) return findings;
  Finding finding{is_accounts ? Finding::Check::duplicate_accounts : Finding::Check::orphans, 0, -1, ""};
  for (const AccountCode account : ledger.order) {
    const std::int64_t rows = rows_of(data, account);
    const std::int64_t excess = is_accounts ? std::max<std::int64_t>(rows - 1, 0)
                                            : (rows_of(ledger.tables[accounts->place()], account) > 0 ? 0 : rows);
    if (excess > 0) count_account(finding, excess, first_row_of(data, account), ledger.ids->name(account));
  }
  if (finding.rows > 0) findings.push_back(finding);
  return findings;
}

std::vector<AccountCode> listed_accounts(const model::Model& model, const Ledger& ledger) {
  const auto table = model.accounts_table();
  const auto has = [&](const TableData& data, AccountCode account) { return rows_of(data, account) > 0; };
  std::vector<AccountCode> listed;
  std::ranges::copy_if(ledger.order, std::back_inserter(listed), [&](AccountCode account) {
    if (table) return has(ledger.tables[table->place()], account);
    for (std::size_t t = 0; t < ledger.tables.size(); ++t) {
      if (model.tables[t].kind != model::TableKind::keys && has(ledger.tables[t], account)) return true;
    }
    return false;
  });
  return listed;
}

}  // namespace customerhealth::ledger
