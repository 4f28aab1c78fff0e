#include "walk_columns.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::engine {
namespace {

using lifecycle::KeptValue;

constexpr std::int32_t kNone = -1;

// The places of the types in lifecycle::KeptValue, which files keep.
constexpr std::uint8_t kMissingValue = 0, kNumber = 1, kInteger = 2, kUnsigned = 3, kTruth = 4, kText = 5, kMoment = 6;
static_assert(std::variant_size_v<KeptValue> == 7);
static_assert(std::is_same_v<std::variant_alternative_t<kText, KeptValue>, TextCode>);
static_assert(std::is_same_v<std::variant_alternative_t<kMoment, KeptValue>, Instant>);

/// Values an opening has in a file.
std::size_t values_of(const model::PlaySpec& play) { return play.values.size() + (play.priority ? 1 : 0); }

// ---- into columns

class Columns {
 public:
  Columns(std::span<const AccountCode> accounts, const Texts& texts) : accounts_{accounts}, texts_{&texts} {
    out_.accounts = static_cast<std::int64_t>(accounts.size());
  }

  /// Calls `add(entry)` for what each account did up to the instant that the node is kept until.
  template <class Record, class Entry, class Add>
  void add(const char* kind, const std::string& name, const Kept<Record>& kept, const std::vector<Entry>& entries,
           const auto& at, const Add& add) {
    const std::size_t entries_before = out_.at.size(), values_before = out_.type.size();
    for (std::size_t place = 0; place < accounts_.size(); ++place) {
      place_ = static_cast<std::int32_t>(place);
      const AccountCode account = accounts_[place];
      if (account.is_missing() || !kept.record->runs.was_walked(account)) {
        line(kMissingInstant, kNone, kNone);
        continue;
      }
      for (const Entry& entry : kept.record->runs.of(account, std::span{entries}, kept.until, at)) add(entry);
    }
    out_.nodes.push_back({kind, name, kept.until, static_cast<std::int64_t>(out_.at.size() - entries_before),
                          static_cast<std::int64_t>(out_.type.size() - values_before)});
  }

  void line(Instant at, std::int32_t from, std::int32_t to) {
    out_.account.push_back(place_);
    out_.at.push_back(at);
    out_.from.push_back(from);
    out_.to.push_back(to);
  }

  void value(const KeptValue& value) {
    std::string text;
    std::int64_t bits = 0;
    if (const auto* number = std::get_if<double>(&value)) bits = std::bit_cast<std::int64_t>(*number);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) bits = *integer;
    if (const auto* wide = std::get_if<std::uint64_t>(&value)) bits = std::bit_cast<std::int64_t>(*wide);
    if (const auto* truth = std::get_if<bool>(&value)) bits = *truth ? 1 : 0;
    if (const auto* code = std::get_if<TextCode>(&value)) text = texts_->text(*code);
    if (const auto* moment = std::get_if<Instant>(&value)) bits = micros_since_epoch(*moment);
    out_.type.push_back(static_cast<std::uint8_t>(value.index()));
    out_.bits.push_back(bits);
    out_.text.push_back(std::move(text));
  }

  [[nodiscard]] SavedWalk take() && { return std::move(out_); }

 private:
  std::span<const AccountCode> accounts_;
  const Texts* texts_;
  std::int32_t place_ = 0;
  SavedWalk out_;
};

void add_play(const model::PlaySpec& play, const Kept<KeptTurns>& kept, Columns& to) {
  const panel::PlayRecord& record = kept.record->record;
  const auto at = [](const panel::AccountTurn& turn) { return turn.at; };
  to.add("play", play.name, kept, record.turns, at, [&](const panel::AccountTurn& turn) {
    to.line(turn.at, kNone, turn.opens ? 1 : 0);
    if (!turn.opens) return;
    if (play.priority) to.value(record.priorities[turn.opening]);
    for (std::size_t v = 0; v < play.values.size(); ++v) {
      to.value(record.values[turn.opening * play.values.size() + v]);
    }
  });
}

// ---- from columns

[[noreturn]] void refuse(const std::string& what) {
  throw DataError{"the saved portfolio cannot be read: its walk " + what, "", ""};
}

/// The next lines of the columns, node by node.
class Reader {
 public:
  Reader(const SavedWalk& from, std::span<const AccountCode> accounts) : from_{&from}, accounts_{accounts} {
    const std::size_t lines = from.at.size(), values = from.type.size();
    if (from.accounts != static_cast<std::int64_t>(accounts.size())) refuse("is one of other accounts");
    if (from.account.size() != lines || from.from.size() != lines || from.to.size() != lines ||
        from.bits.size() != values || from.text.size() != values) {
      refuse("has columns of several lengths");
    }
  }

  /// The entries of a node by account; `entry(account, line)` takes one, whose instant lies after that of the same
  /// account before.
  template <class Entry>
  [[nodiscard]] std::vector<AccountCode> read(const SavedNode& node, const Entry& entry) {
    if (is_missing(node.until)) refuse("has a node that was never walked");
    const auto left = static_cast<std::int64_t>(from_->at.size() - line_);
    if (node.entries < 0 || node.entries > left) refuse("lacks entries");
    std::vector<AccountCode> not_walked;
    std::int32_t before = kNone;
    Instant last = kMissingInstant;
    bool was_walked = true;
    for (std::int64_t i = 0; i < node.entries; ++i, ++line_) {
      const std::int32_t place = from_->account[line_];
      const Instant at = from_->at[line_];
      if (place < before || place < 0 || static_cast<std::size_t>(place) >= accounts_.size()) {
        refuse("has accounts in no order");
      }
      if (place != before) last = kMissingInstant, was_walked = true;
      before = place;
      const AccountCode account = accounts_[static_cast<std::size_t>(place)];
      if (!was_walked) refuse("has an account that was not walked and did something");
      if (is_missing(at)) {
        if (!is_missing(last)) refuse("has an account that was not walked and did something");
        was_walked = false;
        not_walked.push_back(account);
        continue;
      }
      if (at < last || at > node.until) refuse("has instants in no order");
      last = at;
      entry(account, line_);
    }
    return not_walked;
  }

  /// Whether there are as many values as the entries of a node need.
  void expect_values(std::int64_t values, std::size_t wanted) {
    const auto left = static_cast<std::int64_t>(from_->type.size() - value_);
    if (values < 0 || values > left || static_cast<std::size_t>(values) != wanted) refuse("lacks values");
  }
  [[nodiscard]] bool is_at_end() const noexcept { return line_ == from_->at.size() && value_ == from_->type.size(); }

  /// The next value; nothing where it is a text that is nowhere.
  [[nodiscard]] std::optional<KeptValue> value(const Texts& texts) {
    const std::int64_t bits = from_->bits[value_];
    const std::string& text = from_->text[value_];
    switch (from_->type[value_++]) {
      case kMissingValue:
        return KeptValue{};
      case kNumber:
        return std::bit_cast<double>(bits);
      case kInteger:
        return bits;
      case kUnsigned:
        return std::bit_cast<std::uint64_t>(bits);
      case kTruth:
        return bits != 0;
      case kText: {
        const TextCode code = texts.find(text);
        return code.is_missing() ? std::nullopt : std::optional<KeptValue>{code};
      }
      case kMoment:
        return Instant{Micros{bits}};
      default:
        refuse("has a value of no type");
    }
  }

  [[nodiscard]] Instant at(std::size_t line) const noexcept { return from_->at[line]; }
  [[nodiscard]] std::int32_t from(std::size_t line) const noexcept { return from_->from[line]; }
  [[nodiscard]] std::int32_t to(std::size_t line) const noexcept { return from_->to[line]; }

 private:
  const SavedWalk* from_;
  std::span<const AccountCode> accounts_;
  std::size_t line_ = 0, value_ = 0;
};

template <class Entries>
AccountRuns runs_of(const Entries& entries, std::size_t accounts, const std::vector<AccountCode>& not_walked) {
  AccountRuns out{entries, accounts};
  for (const AccountCode account : not_walked) out.forget(account);
  return out;
}

void check_place(std::int32_t place, std::int32_t least, std::size_t count) {
  if (place < least || place >= static_cast<std::int32_t>(count)) refuse("has a grade or a stage that does not exist");
}

Kept<KeptGrades> read_grades(const model::ScoreSpec& spec, const SavedNode& node, Reader& from, std::size_t accounts) {
  if (!spec.hysteresis) refuse("has grades of a score that keeps none");
  std::vector<AccountGrade> changes;
  const auto not_walked = from.read(node, [&](AccountCode account, std::size_t line) {
    check_place(from.to(line), 0, spec.grades.size());
    changes.push_back({account, {from.at(line), model::GradeIndex{from.to(line)}}});
  });
  from.expect_values(node.values, 0);
  AccountRuns runs = runs_of(changes, accounts, not_walked);
  return {node.until, std::make_shared<KeptGrades>(KeptGrades{std::move(changes), std::move(runs)})};
}

Kept<KeptMoves> read_moves(const model::JourneySpec& spec, const SavedNode& node, Reader& from, std::size_t accounts) {
  std::vector<panel::AccountMove> moves;
  const auto not_walked = from.read(node, [&](AccountCode account, std::size_t line) {
    check_place(from.from(line), kNone, spec.stages.size());
    check_place(from.to(line), 0, spec.stages.size());
    moves.push_back({account, {from.from(line), from.to(line), from.at(line)}});
  });
  from.expect_values(node.values, 0);
  AccountRuns runs = runs_of(moves, accounts, not_walked);
  return {node.until, std::make_shared<KeptMoves>(KeptMoves{std::move(moves), std::move(runs)})};
}

/// The values of the openings; false where a text is nowhere.
bool read_values(const model::PlaySpec& spec, std::size_t openings, const Texts& texts, Reader& from,
                 panel::PlayRecord& into) {
  bool all = true;
  for (std::size_t i = 0; i < openings; ++i) {
    if (spec.priority) {
      const auto priority = from.value(texts);
      const auto* number = priority ? std::get_if<double>(&*priority) : nullptr;
      if (number == nullptr) refuse("has a priority that is no number");
      into.priorities.push_back(*number);
    }
    for (std::size_t v = 0; v < spec.values.size(); ++v) {
      const auto value = from.value(texts);
      all = all && value.has_value();
      into.values.push_back(value.value_or(KeptValue{}));
    }
  }
  return all;
}

Kept<KeptTurns> read_turns(const model::PlaySpec& spec, const SavedNode& node, const Texts& texts, Reader& from,
                           std::size_t accounts) {
  panel::PlayRecord record;
  std::size_t openings = 0;
  const auto not_walked = from.read(node, [&](AccountCode account, std::size_t line) {
    const bool opens = from.to(line) == 1;
    const bool is_first = record.turns.empty() || record.turns.back().account != account;
    if (opens != (is_first || !record.turns.back().opens)) refuse("has a play that does not open and close by turns");
    openings += opens ? 1 : 0;
    record.turns.push_back({account, from.at(line), opens, true, openings - 1});
  });
  from.expect_values(node.values, openings * values_of(spec));
  if (!read_values(spec, openings, texts, from, record)) return {};
  AccountRuns runs = runs_of(record.turns, accounts, not_walked);
  return {node.until, std::make_shared<KeptTurns>(KeptTurns{std::move(record), std::move(runs)})};
}

/// Takes `read(spec)` of the one that the node names, into the place beside it.
template <class Specs, class Nodes, class Read>
void take(const Specs& specs, const SavedNode& node, Nodes& into, const Read& read) {
  const auto found = std::ranges::find(specs, node.name, [](const auto& spec) -> const auto& { return spec.name; });
  if (found == specs.end()) refuse("has a node that the model does not have");
  auto& kept = into[static_cast<std::size_t>(found - specs.begin())];
  if (kept.record) refuse("has a node twice");
  kept = read(*found);
}

}  // namespace

SavedWalk saved_walk(const KeptWalk& walk, const model::Model& model, std::span<const AccountCode> accounts,
                     const Texts& texts) {
  Columns out{accounts, texts};
  for (std::size_t i = 0; i < walk.grades.size(); ++i) {
    if (!walk.grades[i].record) continue;
    const auto at = [](const AccountGrade& one) { return one.change.at; };
    out.add("grade", model.scores[i].name, walk.grades[i], walk.grades[i].record->changes, at,
            [&](const AccountGrade& one) { out.line(one.change.at, kNone, one.change.grade.get()); });
  }
  for (std::size_t i = 0; i < walk.moves.size(); ++i) {
    if (!walk.moves[i].record) continue;
    const auto at = [](const panel::AccountMove& one) { return one.move.at; };
    out.add("stage", model.journeys[i].name, walk.moves[i], walk.moves[i].record->moves, at,
            [&](const panel::AccountMove& one) { out.line(one.move.at, one.move.from, one.move.to); });
  }
  for (std::size_t i = 0; i < walk.turns.size(); ++i) {
    if (walk.turns[i].record) add_play(model.plays[i], walk.turns[i], out);
  }
  return std::move(out).take();
}

KeptWalk restored_walk(const SavedWalk& saved, const model::Model& model, std::span<const AccountCode> accounts,
                       const Texts& texts) {
  KeptWalk out{model};
  Reader from{saved, accounts};
  for (const SavedNode& node : saved.nodes) {
    if (node.kind == "grade") {
      take(model.scores, node, out.grades,
           [&](const auto& spec) { return read_grades(spec, node, from, accounts.size()); });
    } else if (node.kind == "stage") {
      take(model.journeys, node, out.moves,
           [&](const auto& spec) { return read_moves(spec, node, from, accounts.size()); });
    } else if (node.kind == "play") {
      take(model.plays, node, out.turns,
           [&](const auto& spec) { return read_turns(spec, node, texts, from, accounts.size()); });
    } else {
      refuse("has a node of no kind");
    }
  }
  if (!from.is_at_end()) refuse("has more than its nodes");
  return out;
}

}  // namespace customerhealth::engine
