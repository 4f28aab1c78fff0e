#include <algorithm>

#include "checks.hpp"
#include "customerhealth/common/number.hpp"
#include "presence.hpp"

namespace customerhealth::engine {
namespace {

/// The column that a table of contracts has its amounts in, where the model reads it: that of Portfolio.revenue.
std::optional<std::size_t> amount_of(const model::TableSpec& spec) {
  const auto found = std::ranges::find(spec.columns, "mrr");
  if (spec.kind != model::TableKind::intervals || !spec.end || found == spec.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - spec.columns.begin());
}

double number_at(const ColumnView& view, std::size_t row) {
  if (const auto* numbers = std::get_if<std::span<const double>>(&view)) return (*numbers)[row];
  if (const auto* integers = std::get_if<IntegerView>(&view)) return integers->number(row);
  return kNan;
}

/// The amounts of rows that had not ended at the table's last start.
double amount_not_over(const panel::Snapshot& snapshot, std::size_t table, std::size_t column,
                       std::span<const AccountCode> accounts) {
  const model::TableSpec& spec = snapshot.model->tables[table];
  const ledger::TableData& data = snapshot.ledger->tables[table];
  Instant last = kFirstInstant;
  for (const auto& segment : data.segments) {
    const auto* starts = std::get_if<Buffer<Instant>>(&segment->columns[static_cast<std::size_t>(*spec.time)]);
    for (std::size_t i = 0; starts != nullptr && i < starts->size(); ++i) last = std::max(last, (*starts)[i]);
  }
  const ledger::TableBlock block = ledger::read_block(spec, data, accounts);
  const auto ends = block.instants(*spec.end);
  double sum = 0;
  for (std::size_t row = 0; row < block.rows(); ++row) {
    const double amount = number_at(block.columns[column].view(), row);
    const bool is_over = !ends.empty() && !is_missing(ends[row]) && ends[row] <= last;
    if (!is_over && amount == amount) sum += amount;
  }
  return sum;
}

}  // namespace

std::string meaning_of_orphans(const panel::Snapshot& snapshot, std::size_t table) {
  const model::Model& model = *snapshot.model;
  const ledger::Ledger& ledger = *snapshot.ledger;
  const auto accounts = model.accounts_table()->place();
  std::vector<AccountCode> orphans;
  std::ranges::copy_if(ledger.order, std::back_inserter(orphans), [&](AccountCode account) {
    return ledger::rows_of(ledger.tables[table], account) > 0 && ledger::rows_of(ledger.tables[accounts], account) == 0;
  });
  std::string out = with_commas(static_cast<std::int64_t>(orphans.size())) +
                    (orphans.size() == 1 ? " account stands" : " accounts stand") + " here and not in " +
                    model.tables[accounts].name + ", so the panel leaves " + (orphans.size() == 1 ? "it" : "them") +
                    " out";
  const auto column = amount_of(model.tables[table]);
  if (!column) return out;
  return out + ", with " + shortest(amount_not_over(snapshot, table, *column, orphans)) +
         " of mrr in contracts that were not over";
}

std::string meaning_of_no_owner(const panel::Snapshot& snapshot, std::size_t table) {
  const model::Model& model = *snapshot.model;
  const auto keys = model.tables[table].through->place();
  const std::size_t lost = snapshot.ledger->keyed[table].orphans.size();
  return with_commas(static_cast<std::int64_t>(lost)) + (lost == 1 ? " key stands" : " keys stand") +
         " here and not in " + model.tables[keys].name +
         ", so their rows belong to nobody until a row there says whose they are";
}

void find_accounts_never_shown(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  const model::Model& model = *snapshot.model;
  const auto table = model.accounts_table();
  const bool is_only_table = std::ranges::none_of(model.tables, [](const auto& spec) { return spec.time.has_value(); });
  if (!table || is_only_table) return;
  const model::TableSpec& spec = model.tables[table->place()];
  const ledger::TableData& data = snapshot.ledger->tables[table->place()];
  std::int64_t never = 0, listed = 0;
  std::string example;
  const std::vector<Instant> first = first_rows(model, *snapshot.ledger, watch);
  for (std::size_t a = 0; a < first.size(); ++a) {
    const AccountCode account = snapshot.ledger->order[a];
    if (ledger::rows_of(data, account) == 0) continue;
    ++listed;
    if (first[a] != kLastInstant) continue;
    if (never++ == 0) example = "account " + snapshot.ledger->ids->name(account);
  }
  if (never == 0) return;
  const std::string cure = spec.known ? "fill its `known` (" + spec.columns[static_cast<std::size_t>(*spec.known)] + ")"
                                      : "name a column of it as `known`";
  notes.push_back({spec.name, "never_shown", never, -1, example,
                   with_commas(never) + " of " + with_commas(listed) +
                       " accounts have no row in any other table, so no panel shows them; " + cure +
                       " to show them from that date on"});
}

}  // namespace customerhealth::engine
