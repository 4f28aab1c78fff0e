#include "presence.hpp"

#include <algorithm>

namespace customerhealth::engine {
namespace {

constexpr std::int64_t kAccountsPerTask = 1024;

std::span<const Instant> instants(const ledger::Segment& segment, std::int32_t column) noexcept {
  const auto* values = std::get_if<Buffer<Instant>>(&segment.columns[static_cast<std::size_t>(column)]);
  return values == nullptr ? std::span<const Instant>{} : values->span();
}

/// The instant after which a row of the run can be visible.
Instant first_visible(const model::TableSpec& spec, const ledger::Segment& segment, ledger::RowRange run) noexcept {
  const auto times = instants(segment, *spec.time);
  const auto known = spec.known ? instants(segment, *spec.known) : std::span<const Instant>{};
  if (known.empty()) return times[static_cast<std::size_t>(run.begin)];  // in the order of time
  Instant first = kLastInstant;
  for (auto row = static_cast<std::size_t>(run.begin); row < static_cast<std::size_t>(run.end); ++row) {
    // None is visible before its time, and those to come are no earlier.
    if (spec.kind != model::TableKind::intervals && times[row] >= first) break;
    const Instant learned = is_missing(known[row]) ? times[row] : known[row];
    first = std::min(first, spec.kind == model::TableKind::intervals ? learned : std::max(learned, times[row]));
  }
  return first;
}

/// Whether its rows show an account: those of the accounts table and of tables of keys do not.
bool has_rows_of_accounts(const model::TableSpec& spec) noexcept { return spec.time.has_value(); }

Instant first_visible(const model::Model& model, const ledger::Ledger& ledger, AccountCode account) noexcept {
  Instant first = kLastInstant;
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    if (!has_rows_of_accounts(model.tables[t])) continue;
    for (const auto& segment : ledger.tables[t].segments) {
      const ledger::RowRange run = segment->run(account);
      if (run.size() > 0) first = std::min(first, first_visible(model.tables[t], *segment, run));
    }
  }
  return first;
}

/// The instant after which the accounts table alone can give an account a panel row.
Instant first_by_attributes(const model::TableSpec& spec, const ledger::TableData& table, bool is_only_table,
                            AccountCode account) noexcept {
  if (!spec.known) return is_only_table ? kFirstInstant : kLastInstant;
  Instant first = kLastInstant;
  for (const auto& segment : table.segments) {
    const ledger::RowRange run = segment->run(account);
    const auto known = instants(*segment, *spec.known);
    if (run.size() > 0 && known.empty() && is_only_table) return kFirstInstant;  // all null: known always
    for (auto row = run.begin; row < run.end && !known.empty(); ++row) {
      const Instant t = known[static_cast<std::size_t>(row)];
      if (!is_missing(t)) first = std::min(first, t);
      if (is_missing(t) && is_only_table) return kFirstInstant;
    }
  }
  return first;
}

}  // namespace

std::vector<Instant> first_rows(const model::Model& model, const ledger::Ledger& ledger, const Watch& watch) {
  std::vector<Instant> first(ledger.order.size(), kLastInstant);
  const auto accounts = model.accounts_table();
  const auto count = static_cast<std::int64_t>(first.size());
  const bool is_only_table = std::ranges::none_of(model.tables, has_rows_of_accounts);
  for_each((count + kAccountsPerTask - 1) / kAccountsPerTask, [&](std::int64_t task) {
    watch.check();
    for (auto a = task * kAccountsPerTask; a < std::min(count, (task + 1) * kAccountsPerTask); ++a) {
      const AccountCode account = ledger.order[static_cast<std::size_t>(a)];
      Instant& own = first[static_cast<std::size_t>(a)];
      own = first_visible(model, ledger, account);
      if (!accounts) continue;
      const auto table = accounts->place();
      own = std::min(own, first_by_attributes(model.tables[table], ledger.tables[table], is_only_table, account));
    }
  });
  return first;
}

}  // namespace customerhealth::engine
