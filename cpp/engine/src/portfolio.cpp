#include "customerhealth/engine/portfolio.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "appending.hpp"
#include "customerhealth/arrow/result.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/snapshot.hpp"
#include "score.hpp"
#include "visible_rows.hpp"

namespace customerhealth {

namespace {

std::vector<Instant> each_once(std::span<const Instant> as_ofs) {
  std::vector<Instant> sorted(as_ofs.begin(), as_ofs.end());
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  return sorted;
}

/// Whether tables that were loaded for one table of a model can be read as another's.
bool reads_alike(const TableSpec& loaded, const TableSpec& wanted) {
  const auto roles = [](const TableSpec& spec) {
    return std::tuple{spec.kind,  spec.account, spec.time,    spec.end,
                      spec.known, spec.key,     spec.deleted, spec.end_known_at_end};
  };
  return roles(loaded) == roles(wanted);
}

/// A ledger with its tables in the order of another model's.
std::shared_ptr<const Ledger> reordered(const Ledger& ledger, const Model& loaded, const Model& wanted) {
  auto out = std::make_shared<Ledger>(ledger);
  out->tables.clear();
  for (const TableSpec& table : wanted.tables) {
    const auto found = loaded.find_table(table.name);
    if (!found || !reads_alike(loaded.tables[static_cast<std::size_t>(*found)], table)) {
      throw DataError{"the table '" + table.name + "' was not loaded as this model reads it", table.name, ""};
    }
    const auto index = static_cast<std::size_t>(*found);
    const auto& columns = loaded.tables[index].columns;
    const auto other = std::ranges::mismatch(columns, table.columns);
    if (other.in2 != table.columns.end()) {
      throw DataError{"the portfolio has not read the column " + table.name + "." + *other.in2 +
                          ": name it in a metric of its model",
                      table.name, *other.in2};
    }
    if (other.in1 != columns.end()) throw DataError{"the columns lie in another order", table.name, ""};
    out->tables.push_back(ledger.tables[index]);
  }
  return out;
}

}  // namespace

struct Portfolio::State {
  std::shared_ptr<const Model> model;
  Strictness strictness = Strictness::lenient;
  Appending appending;
  mutable std::mutex looking;
  std::shared_ptr<const Snapshot> snapshot;

  [[nodiscard]] std::shared_ptr<const Snapshot> now() const {
    const std::scoped_lock lock{looking};
    return snapshot;
  }
};

Portfolio::Portfolio(std::shared_ptr<const Model> model, const std::vector<TableInput>& tables, Strictness strictness,
                     Threads threads, Watch& watch)
    : state_{std::make_shared<State>()} {
  state_->model = std::move(model);
  state_->strictness = strictness;
  append(tables, threads, watch);
}

Portfolio Portfolio::with_model(std::shared_ptr<const Model> model, Threads threads, Watch& watch) const {
  const auto before = state_->now();
  auto state = std::make_shared<State>();
  state->strictness = state_->strictness;
  run(threads, watch, [&] {
    state->snapshot = std::make_shared<const Snapshot>(model, reordered(*before->ledger, *before->model, *model));
  });
  state->model = std::move(model);
  return Portfolio{std::move(state)};
}

void Portfolio::append(const std::vector<TableInput>& tables, Threads threads, Watch& watch) {
  const Appending::Turn turn = state_->appending.take(watch);
  const auto before = state_->now();
  std::shared_ptr<const Snapshot> after;
  run(threads, watch, [&] {
    const Ledger* ledger = before ? before->ledger.get() : nullptr;
    after = std::make_shared<const Snapshot>(state_->model,
                                             extend(*state_->model, ledger, tables, state_->strictness, watch));
  });
  const std::scoped_lock lock{state_->looking};
  state_->snapshot = std::move(after);
}

const Model& Portfolio::model() const noexcept { return *state_->model; }

std::shared_ptr<const Ledger> Portfolio::ledger() const { return state_->now()->ledger; }

std::shared_ptr<const ResultTable> Portfolio::quality() const {
  const auto snapshot = state_->now();
  std::vector<std::string> tables, checks, examples;
  std::vector<std::int64_t> rows, first_rows;
  for (std::size_t t = 0; t < snapshot->model->tables.size(); ++t) {
    for (const Finding& finding : findings_of(*snapshot->model, *snapshot->ledger, t)) {
      tables.push_back(snapshot->model->tables[t].name);
      checks.emplace_back(to_string(finding.check));
      rows.push_back(finding.rows);
      first_rows.push_back(finding.first_row);
      examples.push_back(finding.example);
    }
  }
  auto result = std::make_shared<ResultTable>();
  const auto count = static_cast<std::int64_t>(rows.size());
  result->batches.push_back(
      {count,
       {text_column("table", tables), text_column("check", checks), integer_column("rows", std::move(rows)),
        place_column("first_row", std::move(first_rows)), text_column("example", examples)}});
  result->metadata = provenance(*snapshot->model);
  return result;
}

std::shared_ptr<const ResultTable> Portfolio::rows(std::string_view table, Instant as_of, Threads threads,
                                                   Watch& watch) const {
  const auto snapshot = state_->now();
  std::shared_ptr<const ResultTable> found;
  run(threads, watch, [&] { found = visible_rows(*snapshot, table, as_of, watch); });
  return found;
}

std::shared_ptr<const ResultTable> Portfolio::accounts() const {
  const auto snapshot = state_->now();
  const std::vector<AccountCode> listed = listed_accounts(*snapshot->model, *snapshot->ledger);
  auto result = std::make_shared<ResultTable>();
  result->batches.push_back(
      {static_cast<std::int64_t>(listed.size()), {account_column(*snapshot->ledger->ids, listed)}});
  result->metadata = provenance(*snapshot->model);
  return result;
}

Panel Portfolio::score(std::span<const Instant> as_ofs, std::shared_ptr<const Peers> peers, Threads threads,
                       Watch& watch) const {
  return score(as_ofs, std::move(peers), PanelPart{model()}, threads, watch);
}

Panel Portfolio::score(std::span<const Instant> as_ofs, const PanelPart& part, Threads threads, Watch& watch) const {
  return score(as_ofs, nullptr, part, threads, watch);
}

Panel Portfolio::score(std::span<const Instant> as_ofs, std::shared_ptr<const Peers> peers, const PanelPart& part,
                       Threads threads, Watch& watch) const {
  const std::vector<Instant> sorted = each_once(as_ofs);
  const auto snapshot = state_->now();
  std::shared_ptr<const Panel::Data> data;
  run(threads, watch, [&] { data = customerhealth::score(snapshot, sorted, std::move(peers), part, watch); });
  return Panel{std::move(data)};
}

std::shared_ptr<const Peers> Portfolio::peers(std::span<const Instant> as_ofs, std::shared_ptr<const Peers> given,
                                              Threads threads, Watch& watch) const {
  const std::vector<Instant> sorted = each_once(as_ofs);
  const auto snapshot = state_->now();
  std::shared_ptr<const Peers> fitted;
  run(threads, watch, [&] { fitted = fit_peers(snapshot, sorted, std::move(given), watch); });
  return fitted;
}

}  // namespace customerhealth
