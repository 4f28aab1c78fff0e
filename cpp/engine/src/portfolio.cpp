#include "customerhealth/engine/portfolio.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "appending.hpp"
#include "checks.hpp"
#include "currencies.hpp"
#include "customerhealth/arrow/result.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/snapshot.hpp"
#include "kept_walk.hpp"
#include "score.hpp"
#include "visible_rows.hpp"
#include "walk_columns.hpp"

namespace customerhealth::engine {

namespace {

std::vector<Instant> each_once(std::span<const Instant> as_ofs) {
  std::vector<Instant> sorted(as_ofs.begin(), as_ofs.end());
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  return sorted;
}

/// Whether tables that were loaded for one table of a model can be read as another's.
bool reads_alike(const model::Model& of_loaded, const model::TableSpec& loaded, const model::Model& of_wanted,
                 const model::TableSpec& wanted) {
  const auto keys = [](const model::Model& model, const model::TableSpec& spec) {
    return spec.through ? model.tables[spec.through->place()].name : std::string{};
  };
  if (keys(of_loaded, loaded) != keys(of_wanted, wanted)) return false;
  const auto roles = [](const model::TableSpec& spec) {
    return std::tuple{spec.kind,    spec.account,          spec.time,   spec.end,   spec.known,    spec.key,
                      spec.deleted, spec.end_known_at_end, spec.end_is, spec.order, spec.currency, spec.label};
  };
  return roles(loaded) == roles(wanted) && loaded.source.reads_like(wanted.source);
}

/// A ledger with its tables in the order of another model's.
std::shared_ptr<const ledger::Ledger> reordered(const ledger::Ledger& ledger, const model::Model& loaded,
                                                const model::Model& wanted) {
  auto out = std::make_shared<ledger::Ledger>(ledger);
  out->tables.clear(), out->keys.clear(), out->owners.clear(), out->keyed.clear();
  for (const model::TableSpec& table : wanted.tables) {
    const auto found = loaded.find_table(table.name);
    if (!found || !reads_alike(loaded, loaded.tables[found->place()], wanted, table)) {
      throw DataError{"the table '" + table.name + "' was not loaded as this model reads it", table.name, ""};
    }
    const auto index = found->place();
    const auto& columns = loaded.tables[index].columns;
    const auto other = std::ranges::mismatch(columns, table.columns);
    if (other.in2 != table.columns.end()) {
      throw DataError{"the portfolio has not read the column " + table.name + "." + *other.in2 +
                          ": name it in a metric of its model",
                      table.name, *other.in2};
    }
    if (other.in1 != columns.end()) throw DataError{"the columns lie in another order", table.name, ""};
    out->tables.push_back(ledger.tables[index]);
    out->keys.push_back(ledger.keys[index]);
    out->owners.push_back(ledger.owners[index]);
    out->keyed.push_back(ledger.keyed[index]);
  }
  return out;
}

/// The codes that another portfolio has for the accounts of one, in the panel order of that; missing: none.
std::vector<AccountCode> codes_in(const ledger::Ledger& other, const ledger::Ledger& one) {
  using Kind = ledger::AccountIds::Kind;
  std::vector<AccountCode> out(one.order.size());
  if (one.ids->kind() != other.ids->kind()) return out;
  const bool are_integers = one.ids->kind() == Kind::integer;
  auto theirs = other.order.begin();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto compare = [&](AccountCode code) {
      return are_integers ? other.ids->integer(code) <=> one.ids->integer(one.order[i])
                          : other.ids->text(code) <=> one.ids->text(one.order[i]);
    };
    while (theirs != other.order.end() && compare(*theirs) < 0) ++theirs;
    if (theirs != other.order.end() && compare(*theirs) == 0) out[i] = *theirs;
  }
  return out;
}

}  // namespace

struct Portfolio::State {
  std::shared_ptr<const model::Model> model;
  ledger::Strictness strictness = ledger::Strictness::lenient;
  Appending appending;
  mutable std::mutex looking;
  std::shared_ptr<const panel::Snapshot> snapshot;
  KeptWalk walk;  // of the snapshot

  [[nodiscard]] std::shared_ptr<const panel::Snapshot> now() const {
    const std::scoped_lock lock{looking};
    return snapshot;
  }
  struct Now {
    std::shared_ptr<const panel::Snapshot> snapshot;
    KeptWalk walk;
  };
  [[nodiscard]] Now now_with_walk() const {
    const std::scoped_lock lock{looking};
    return {snapshot, walk};
  }
  /// What a scoring walked; of no use where an append has made another snapshot since.
  void keep(const Now& walked) {
    const std::scoped_lock lock{looking};
    if (snapshot == walked.snapshot) walk.merge(walked.walk);
  }
  struct Extended {
    std::shared_ptr<const panel::Snapshot> snapshot;
    Unchanged unchanged;
  };
  /// `before` with more rows; a null pointer: nothing yet.
  [[nodiscard]] Extended extended(const panel::Snapshot* before, const std::vector<ledger::TableInput>& tables,
                                  Watch& watch) const {
    const ledger::Ledger* ledger = before == nullptr ? nullptr : before->ledger.get();
    ledger::Arrived arrived;
    Extended out;
    out.snapshot = std::make_shared<const panel::Snapshot>(
        model, ledger::extend(*model, ledger, tables, strictness, watch, &arrived));
    refuse_mixed_currencies(*out.snapshot, watch);
    if (before != nullptr) out.unchanged = unchanged_until(*model, *before->ledger, *out.snapshot->ledger, arrived);
    return out;
  }
};

Portfolio::Portfolio(std::shared_ptr<const model::Model> model, const std::vector<ledger::TableInput>& tables,
                     ledger::Strictness strictness, Threads threads, Watch& watch)
    : state_{std::make_shared<State>()} {
  state_->model = std::move(model);
  state_->walk = KeptWalk{*state_->model};
  state_->strictness = strictness;
  append(tables, threads, watch);
}

Portfolio::Portfolio(std::shared_ptr<const model::Model> model, std::shared_ptr<const ledger::Ledger> tables,
                     ledger::Strictness strictness)
    : state_{std::make_shared<State>()} {
  state_->strictness = strictness;
  state_->snapshot = std::make_shared<const panel::Snapshot>(model, std::move(tables));
  state_->walk = KeptWalk{*model};
  state_->model = std::move(model);
}

Portfolio Portfolio::appended(const std::vector<ledger::TableInput>& tables, Threads threads, Watch& watch) const {
  const Appending::Turn turn = state_->appending.take(watch);  // ids and texts grow, which the two share
  const State::Now before = state_->now_with_walk();
  auto state = std::make_shared<State>();
  state->model = state_->model;
  state->strictness = state_->strictness;
  State::Extended after;
  run(threads, watch, [&] { after = state_->extended(before.snapshot.get(), tables, watch); });
  state->walk =
      carried_over(before.walk, *state_->model, after.unchanged, before.snapshot->texts, after.snapshot->texts);
  state->snapshot = std::move(after.snapshot);
  return Portfolio{std::move(state)};
}

Portfolio Portfolio::with_model(std::shared_ptr<const model::Model> model, Threads threads, Watch& watch) const {
  const auto before = state_->now();
  auto state = std::make_shared<State>();
  state->strictness = state_->strictness;
  run(threads, watch, [&] {
    state->snapshot =
        std::make_shared<const panel::Snapshot>(model, reordered(*before->ledger, *before->model, *model));
    refuse_mixed_currencies(*state->snapshot, watch);
  });
  state->model = std::move(model);
  state->walk = KeptWalk{*state->model};
  return Portfolio{std::move(state)};
}

void Portfolio::append(const std::vector<ledger::TableInput>& tables, Threads threads, Watch& watch) {
  const Appending::Turn turn = state_->appending.take(watch);
  const auto before = state_->now();
  State::Extended after;
  run(threads, watch, [&] { after = state_->extended(before.get(), tables, watch); });
  const std::scoped_lock lock{state_->looking};
  if (before) {
    state_->walk = carried_over(state_->walk, *state_->model, after.unchanged, before->texts, after.snapshot->texts);
  }
  state_->snapshot = std::move(after.snapshot);
}

const model::Model& Portfolio::model() const noexcept { return *state_->model; }

std::shared_ptr<const ledger::Ledger> Portfolio::ledger() const { return state_->now()->ledger; }

std::shared_ptr<const arrow::ResultTable> Portfolio::quality(Threads threads, Watch& watch) const {
  const auto snapshot = state_->now();
  std::vector<Note> notes;
  run(threads, watch, [&] { notes = notes_of(*snapshot, watch); });
  const auto texts = [&](const char* name, std::string Note::* member) {
    std::vector<std::string> values;
    for (const Note& note : notes) values.push_back(note.*member);
    return arrow::text_column(name, values);
  };
  const auto integers = [&](std::int64_t Note::* member) {
    std::vector<std::int64_t> values;
    for (const Note& note : notes) values.push_back(note.*member);
    return values;
  };
  auto result = std::make_shared<arrow::ResultTable>();
  result->batches.push_back({static_cast<std::int64_t>(notes.size()),
                             {texts("table", &Note::table), texts("check", &Note::check),
                              arrow::integer_column("rows", integers(&Note::rows)),
                              arrow::place_column("first_row", integers(&Note::first_row)),
                              texts("example", &Note::example), texts("meaning", &Note::meaning)}});
  result->metadata = panel::provenance(*snapshot->model);
  return result;
}

std::shared_ptr<const arrow::ResultTable> Portfolio::rows(std::string_view table, Instant as_of, Threads threads,
                                                          Watch& watch) const {
  const auto snapshot = state_->now();
  std::shared_ptr<const arrow::ResultTable> found;
  run(threads, watch, [&] { found = visible_rows(*snapshot, table, as_of, watch); });
  return found;
}

std::shared_ptr<const arrow::ResultTable> Portfolio::accounts() const {
  const auto snapshot = state_->now();
  const std::vector<AccountCode> listed = ledger::listed_accounts(*snapshot->model, *snapshot->ledger);
  auto result = std::make_shared<arrow::ResultTable>();
  result->batches.push_back(
      {static_cast<std::int64_t>(listed.size()), {ledger::account_column(*snapshot->ledger->ids, listed)}});
  result->metadata = panel::provenance(*snapshot->model);
  return result;
}

panel::Panel Portfolio::score(std::span<const Instant> as_ofs, std::shared_ptr<const scores::Peers> peers,
                              Threads threads, Watch& watch) const {
  return score(as_ofs, std::move(peers), PanelPart{model()}, threads, watch);
}

panel::Panel Portfolio::score(std::span<const Instant> as_ofs, std::shared_ptr<const scores::Peers> peers,
                              const PanelPart& part, Threads threads, Watch& watch) const {
  const std::vector<Instant> sorted = each_once(as_ofs);
  State::Now now = state_->now_with_walk();
  std::shared_ptr<const panel::Panel::Data> data;
  run(threads, watch, [&] { data = engine::score(now.snapshot, sorted, std::move(peers), part, &now.walk, watch); });
  state_->keep(now);
  return panel::Panel{std::move(data)};
}

std::shared_ptr<const scores::Peers> Portfolio::peers(std::span<const Instant> as_ofs,
                                                      std::shared_ptr<const scores::Peers> given, bool over_time,
                                                      Threads threads, Watch& watch) const {
  const std::vector<Instant> sorted = each_once(as_ofs);
  const auto snapshot = state_->now();
  std::shared_ptr<const scores::Peers> fitted;
  run(threads, watch, [&] { fitted = fit_peers(snapshot, sorted, std::move(given), over_time, watch); });
  return fitted;
}

SavedWalk Portfolio::walk() const {
  const State::Now now = state_->now_with_walk();
  return saved_walk(now.walk, *state_->model, now.snapshot->ledger->order, now.snapshot->texts);
}

std::vector<Portfolio::Reached> Portfolio::reached() const {
  const State::Now now = state_->now_with_walk();
  const auto accounts = static_cast<std::size_t>(now.snapshot->ledger->account_count);
  std::vector<Reached> out;
  const auto add = [&](const auto& nodes) {
    for (const auto& kept : nodes) {
      out.push_back(kept.record ? Reached{kept.until, kept.record->runs.are_of(accounts)} : Reached{});
    }
  };
  add(now.walk.grades), add(now.walk.moves), add(now.walk.turns);
  return out;
}

void Portfolio::take_walk(const SavedWalk& saved) {
  const auto snapshot = state_->now();
  KeptWalk walk = restored_walk(saved, *state_->model, snapshot->ledger->order, snapshot->texts);
  const std::scoped_lock lock{state_->looking};
  if (state_->snapshot == snapshot) state_->walk = std::move(walk);
}

void Portfolio::take_walk_of(const Portfolio& other) {
  const auto snapshot = state_->now();
  const State::Now seen = other.state_->now_with_walk();
  const ledger::Ledger &here = *snapshot->ledger, &there = *seen.snapshot->ledger;
  if (state_->model->digest != other.state_->model->digest || reads_otherwise(there, here)) return;
  take_walk(saved_walk(seen.walk, *state_->model, codes_in(there, here), seen.snapshot->texts));
}

}  // namespace customerhealth::engine
