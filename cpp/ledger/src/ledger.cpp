#include "customerhealth/ledger/ledger.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <numeric>
#include <set>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/model/column_roles.hpp"
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
      if (before->account_count == 0) after_.ids = std::make_shared<AccountIds>();
    } else {
      after_.ids = std::make_shared<AccountIds>();
      after_.texts = std::make_shared<TextDictionary>();
      after_.tables.resize(model.tables.size());
      for (std::size_t t = 0; t < model.tables.size(); ++t) {
        after_.tables[t].types.assign(model.tables[t].columns.size(), Type::any);
        after_.tables[t].declared = after_.tables[t].types;
        after_.tables[t].lines.resize(model.tables[t].columns.size());
      }
    }
    is_first_ = before == nullptr;
  }

  Ledger run(const std::vector<TableInput>& inputs) && {
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
    for (auto& [table, loading] : loadings_) add(table, std::move(loading));
    return std::move(after_);
  }

 private:
  void take_accounts(std::size_t table, const TableInput& input) {
    const model::TableSpec& spec = model_->tables[table];
    ReadPaths read = read_paths(*model_, table, input.table, *after_.ids, *watch_);
    const arrow::ArrowTable& rows = tables_.emplace_back(std::move(read.table));
    Loading loading{&spec,
                    &rows,
                    match_columns(spec, rows),
                    {},
                    after_.tables[table].rows_given,
                    reads_account(*model_, table),
                    identities_of(*model_, table)};
    const std::size_t column = loading.columns[static_cast<std::size_t>(spec.account)];
    loading.accounts = after_.ids->encode(rows, column, spec.name, loading.rows_before, *watch_);
    loading.findings = std::move(read.findings);
    for (Finding& finding : loading.findings) finding.first_row += loading.rows_before;
    loadings_.emplace_back(table, std::move(loading));
  }

  /// What is loaded first is numbered in the order of ids, so that a block of the panel is a block of memory. Later
  /// accounts keep the codes they got and find their place in `order`.
  void number_accounts() {
    const std::int32_t known = after_.account_count;
    after_.account_count = after_.ids->size();
    if (is_first_) {
      const auto renumbered = after_.ids->sort();
      for (auto& [table, loading] : loadings_) renumber(loading.accounts, renumbered);
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
    data.rows_given += loading.table->rows();
    Loaded loaded = load(std::move(loading), after_.account_count, *after_.texts, *watch_);
    for (std::size_t c = 0; c < data.types.size(); ++c) {
      settle_type(spec, c, data.types[c], loaded.types[c]);
      if (loaded.types[c] == Type::number && loaded.segment.rows() > 0)
        settle_numbers(spec, c, numbers[c], data, loaded.segment);
      if (data.declared[c] == Type::any) data.declared[c] = loaded.declared[c];
      if (data.types[c] != Type::any) data.declared[c] = data.types[c];
    }
    merge_findings(data.findings, loaded.found.findings);
    merge_far_times(data.far_times, loaded.found.far_times);
    if (loaded.segment.rows() == 0) return;
    data.segments.push_back(std::make_shared<const Segment>(std::move(loaded.segment)));
    compact(spec, data);
  }

  static std::vector<NumberRows> numbers_of(const Loading& loading) {
    std::vector<NumberRows> out;
    for (std::size_t c = 0; c < loading.columns.size(); ++c) {
      out.push_back({&loading.table->chunks(loading.columns[c]), loading.rows_before, loading.identities[c] != 0});
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
  std::deque<arrow::ArrowTable> tables_;  // that are loaded
  std::vector<std::pair<std::size_t, Loading>> loadings_;
};

void count_account(Finding& finding, std::int64_t rows, std::int64_t first_row, const std::string& account) {
  finding.rows += rows;
  if (finding.first_row >= 0 && finding.first_row <= first_row) return;
  finding.first_row = first_row;
  finding.example = "account " + account;
}

}  // namespace

std::shared_ptr<const Ledger> extend(const model::Model& model, const Ledger* before,
                                     const std::vector<TableInput>& inputs, Strictness strictness, Watch& watch) {
  auto after = std::make_shared<Ledger>(Extension{model, before, watch}.run(inputs));
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
    return std::ranges::any_of(ledger.tables, [&](const TableData& data) { return has(data, account); });
  });
  return listed;
}

}  // namespace customerhealth::ledger
