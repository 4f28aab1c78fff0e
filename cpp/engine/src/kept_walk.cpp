#include "kept_walk.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "instants.hpp"

namespace customerhealth::engine {
namespace {

template <class T>
void move_to_end(std::vector<T>&& more, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Without what was seen at as-ofs alone.
panel::PlayRecord at_ticks(const panel::PlayRecord& seen, std::size_t values) {
  panel::PlayRecord out;
  std::size_t openings = 0;
  for (const panel::AccountTurn& turn : seen.turns) {
    if (!turn.is_tick) continue;
    openings += turn.opens ? 1 : 0;
    out.turns.push_back({turn.account, turn.at, turn.opens, true, openings - 1});
    if (!turn.opens) continue;
    if (!seen.priorities.empty()) out.priorities.push_back(seen.priorities[turn.opening]);
    const auto first = seen.values.begin() + static_cast<std::ptrdiff_t>(turn.opening * values);
    out.values.insert(out.values.end(), first, first + static_cast<std::ptrdiff_t>(values));
  }
  return out;
}

template <class Record>
void take_further(Kept<Record>& kept, const Kept<Record>& other) {
  if (!other.record || (kept.record && kept.until > other.until)) return;
  kept = other;
}

/// Calls `use(node, kept)` for each node of the part that walks the clock.
template <class Use>
void each_walking(const model::Model& model, const PanelPart& part, const KeptWalk& walk, const Use& use) {
  for (const model::Step& step : part.steps) {
    const auto index = static_cast<std::size_t>(step.index);
    if (step.kind == model::Step::Kind::score && model.scores[index].hysteresis) use(walk.grades[index]);
    if (step.kind == model::Step::Kind::journey) use(walk.moves[index]);
    if (step.kind == model::Step::Kind::play) use(walk.turns[index]);
  }
}

/// Whether an answer for one account may depend on rows of another.
bool crosses_accounts(const model::Model& model) {
  return !model.peers.empty() ||
         std::ranges::any_of(model.tables, [](const model::TableSpec& table) { return table.stale_after.has_value(); });
}

/// Whether rows that were there may be read in another way now.
bool reads_otherwise(const ledger::TableData& before, const ledger::TableData& after) {
  return before.types != after.types ||
         !std::ranges::equal(before.lines, after.lines, [](const auto& a, const auto& b) {
           return a.has_integers == b.has_integers && a.has_others == b.has_others && a.is_whole == b.is_whole;
         });
}

std::span<const Instant> instants(const ledger::Segment& segment, std::optional<std::int32_t> column) noexcept {
  if (!column) return {};
  const auto* values = std::get_if<Buffer<Instant>>(&segment.columns[static_cast<std::size_t>(*column)]);
  return values == nullptr ? std::span<const Instant>{} : values->span();
}

/// Up to which instant no row of the run changes an answer: until the first is known. (One that happens after it is
/// known counts later still, but as the newest row of its key it may take another's place before.)
Instant first_known(const model::TableSpec& spec, const ledger::Segment& segment, ledger::RowRange run) noexcept {
  const auto known = instants(segment, spec.known), times = instants(segment, spec.time);
  Instant first = kLastInstant;
  for (auto row = static_cast<std::size_t>(run.begin); row < static_cast<std::size_t>(run.end); ++row) {
    Instant learned = known.empty() ? kMissingInstant : known[row];
    if (is_missing(learned)) learned = times.empty() ? kFirstInstant : times[row];
    first = std::min(first, learned);
  }
  return first;
}

/// Codes of one snapshot's texts in another's.
class TextCodes {
 public:
  TextCodes(const TextOverlay& before, const TextOverlay& after) : before_{&before}, after_{&after} {}

  [[nodiscard]] bool differ(const lifecycle::KeptValue& value) const {
    const auto* code = std::get_if<TextCode>(&value);
    return code != nullptr && !code->is_missing() && moved(*code) != *code;
  }
  /// The code that a text has now.
  [[nodiscard]] TextCode moved(TextCode code) const { return after_->find(before_->text(code)); }

 private:
  const TextOverlay *before_, *after_;
};

Kept<KeptTurns> with_codes(const Kept<KeptTurns>& kept, const TextCodes& codes) {
  const auto& values = kept.record->record.values;
  if (std::ranges::none_of(values, [&](const auto& value) { return codes.differ(value); })) return kept;
  auto record = std::make_shared<KeptTurns>(*kept.record);
  for (lifecycle::KeptValue& value : record->record.values) {
    auto* code = std::get_if<TextCode>(&value);
    if (code == nullptr || code->is_missing()) continue;
    *code = codes.moved(*code);
    if (code->is_missing()) return {};  // a text that is nowhere any more
  }
  return {kept.until, std::move(record)};
}

/// Forgets the accounts for which something changes before the last tick that was walked.
template <class Record>
void forget(Kept<Record>& kept, const Unchanged& unchanged) {
  const auto is_changed = [&](const auto& one) { return one.second < kept.until; };
  if (!kept.record || std::ranges::none_of(unchanged.accounts, is_changed)) return;
  auto record = std::make_shared<Record>(*kept.record);
  for (const auto& one : unchanged.accounts) {
    if (is_changed(one)) record->runs.forget(one.first);
  }
  kept.record = std::move(record);
}

}  // namespace

bool reads_otherwise(const ledger::Ledger& before, const ledger::Ledger& after) {
  return !std::ranges::equal(before.tables, after.tables,
                             [](const auto& a, const auto& b) { return !reads_otherwise(a, b); });
}

void WalkRecord::append(WalkRecord&& more) {
  life.append(std::move(more.life));
  for (std::size_t s = 0; s < grades.size(); ++s) move_to_end(std::move(more.grades[s]), grades[s]);
}

void KeptWalk::take(const model::Model& model, const PanelPart& part, const WalkRecord& seen, Instant until,
                    std::size_t accounts) {
  for (const model::Step& step : part.steps) {
    const auto i = static_cast<std::size_t>(step.index);
    const bool holds = step.kind == model::Step::Kind::score && model.scores[i].hysteresis;
    if (holds && !grades[i].reaches(until, accounts)) {
      const auto& changes = seen.grades[i];
      grades[i] = {until, std::make_shared<KeptGrades>(KeptGrades{changes, AccountRuns{changes, accounts}})};
    }
    if (step.kind == model::Step::Kind::journey && !moves[i].reaches(until, accounts)) {
      const auto& own = seen.life.moves[i];
      moves[i] = {until, std::make_shared<KeptMoves>(KeptMoves{own, AccountRuns{own, accounts}})};
    }
    if (step.kind == model::Step::Kind::play && !turns[i].reaches(until, accounts)) {
      panel::PlayRecord record = at_ticks(seen.life.plays[i], model.plays[i].values.size());
      AccountRuns runs{record.turns, accounts};
      turns[i] = {until, std::make_shared<KeptTurns>(KeptTurns{std::move(record), std::move(runs)})};
    }
  }
}

void KeptWalk::merge(const KeptWalk& other) {
  for (std::size_t i = 0; i < grades.size(); ++i) take_further(grades[i], other.grades[i]);
  for (std::size_t i = 0; i < moves.size(); ++i) take_further(moves[i], other.moves[i]);
  for (std::size_t i = 0; i < turns.size(); ++i) take_further(turns[i], other.turns[i]);
}

Resumption::Resumption(const model::Model& model, const PanelPart& part, const KeptWalk& walk) : walk_{walk} {
  Instant until = kLastInstant;
  bool is_whole = true;
  each_walking(model, part, walk_, [&](const auto& kept) {
    is_whole = is_whole && kept.record;
    if (!kept.record) return;
    until = std::min(until, kept.until);
    runs_.push_back(&kept.record->runs);
  });
  if (is_whole && !runs_.empty()) until_ = until;
  crosses_accounts_ = crosses_accounts(model);
}

bool Resumption::was_walked(AccountCode account) const noexcept {
  if (is_missing(until_) || crosses_accounts_) return !is_missing(until_);
  return std::ranges::all_of(runs_, [&](const AccountRuns* runs) { return runs->was_walked(account); });
}

std::span<const AccountGrade> Resumption::grades(std::size_t score, AccountCode account) const {
  const KeptGrades& kept = *walk_.grades[score].record;
  return kept.runs.of(account, std::span{kept.changes}, until_, [](const auto& one) { return one.change.at; });
}

std::span<const panel::AccountMove> Resumption::moves(std::size_t journey, AccountCode account) const {
  const KeptMoves& kept = *walk_.moves[journey].record;
  return kept.runs.of(account, std::span{kept.moves}, until_, [](const auto& one) { return one.move.at; });
}

std::span<const panel::AccountTurn> Resumption::turns(std::size_t play, AccountCode account) const {
  const KeptTurns& kept = *walk_.turns[play].record;
  return kept.runs.of(account, std::span{kept.record.turns}, until_, [](const auto& one) { return one.at; });
}

Unchanged unchanged_until(const model::Model& model, const ledger::Ledger& before, const ledger::Ledger& after,
                          const ledger::Arrived& arrived) {
  Unchanged out;
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    const model::TableSpec& spec = model.tables[t];
    // A key that has another account now takes its rows along.
    const bool goes_by_key = spec.kind == model::TableKind::keys || spec.through;
    if (reads_otherwise(before.tables[t], after.tables[t]) || (goes_by_key && arrived[t])) out.all = kFirstInstant;
    if (!arrived[t] || goes_by_key) continue;
    for (std::int64_t i = 0; i < arrived[t]->account_count(); ++i) {
      const AccountCode account = arrived[t]->account(i);
      const ledger::RowRange run = arrived[t]->run(account);
      if (run.size() > 0) out.accounts.emplace_back(account, first_known(spec, *arrived[t], run));
    }
  }
  if (!crosses_accounts(model)) return out;
  for (const auto& one : out.accounts) out.all = std::min(out.all, one.second);
  return out;
}

KeptWalk carried_over(const KeptWalk& walk, const model::Model& model, const Unchanged& unchanged,
                      const TextOverlay& before, const TextOverlay& after) {
  if (unchanged.all == kFirstInstant) return KeptWalk{model};
  KeptWalk out = walk;
  const TextCodes codes{before, after};
  for (auto& kept : out.turns) {
    if (kept.record) kept = with_codes(kept, codes);
  }
  const auto shorten = [&](auto& nodes) {
    for (auto& kept : nodes) {
      kept.until = std::min(kept.until, unchanged.all);
      forget(kept, unchanged);
    }
  };
  shorten(out.grades), shorten(out.moves), shorten(out.turns);
  return out;
}

}  // namespace customerhealth::engine
