#include <algorithm>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "customerhealth/common/number.hpp"
#include "customerhealth/common/sha256.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/lifecycle/ticks.hpp"
#include "customerhealth/panel/data.hpp"
#include "words.hpp"

namespace customerhealth::panel {
namespace {

constexpr std::size_t kRowsPerCheck = 4096;  // each takes about 100 ns

/// From an opening to its closing; missing: still open.
struct Episode {
  std::size_t opening = 0;
  Instant opened = kMissingInstant, closed = kMissingInstant;
};

/// An episode as an as-of sees it.
struct Listed {
  Episode episode;
  Instant as_of = kMissingInstant;
  std::size_t row = 0;  // of the panel
  bool is_tick = true;  // opened at a tick
};

/// The turns of one account: what the ticks made of them, and what single as-ofs see beyond that.
class Episodes {
 public:
  explicit Episodes(std::span<const AccountTurn> turns) {
    for (const AccountTurn& turn : turns) {
      if (!turn.is_tick)
        passing_.push_back(turn);
      else if (turn.opens)
        held_.push_back({turn.opening, turn.at, kMissingInstant});
      else
        held_.back().closed = turn.at;
    }
  }

  /// Those that an as-of sees: what closes or opens only there too.
  void list(Instant as_of, std::size_t row, bool closed, std::vector<Listed>& out) const {
    const auto here = std::ranges::lower_bound(passing_, as_of, {}, &AccountTurn::at);
    const bool turns = here != passing_.end() && here->at == as_of;
    for (const Episode& episode : held_) {
      if (episode.opened > as_of) break;
      Episode seen = episode;
      if (seen.closed > as_of) seen.closed = kMissingInstant;
      if (turns && !here->opens && here->opening == seen.opening) seen.closed = as_of;
      if (closed || is_missing(seen.closed)) out.push_back({seen, as_of, row, true});
    }
    if (turns && here->opens) out.push_back({{here->opening, as_of, kMissingInstant}, as_of, row, false});
  }

 private:
  std::vector<Episode> held_;
  std::vector<AccountTurn> passing_;
};

class PlaysTable {
 public:
  PlaysTable(const Panel::Data& data, const Watch& watch)
      : data_{data},
        watch_{watch},
        model_{*data.snapshot->model},
        now_{data.frame(0, data.rows)},
        turns_(model_.plays.size(), 0),
        by_name_(model_.plays.size()) {
    std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
    std::ranges::sort(by_name_, {}, [this](std::size_t play) { return model_.plays[play].name; });
  }

  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> build(bool closed, CutRows cut) && {
    const auto accounts = data_.accounts.span();
    for (std::size_t row = cut.begin; row < cut.end;) {
      std::size_t end = row;
      while (end < cut.end && accounts[end] == accounts[row]) ++end;
      for (const std::size_t play : by_name_) {
        const auto turns = turns_of(play, accounts[row]);
        if (!turns.empty()) list(play, accounts[row], turns, {row, end}, closed);
      }
      row = end;
    }
    return std::move(*this).table();
  }

 private:
  /// Turns lie in the order of accounts, as the panel's rows do; some accounts may have no row.
  std::span<const AccountTurn> turns_of(std::size_t play, AccountCode account) {
    const auto& all = data_.life.plays[play].turns;
    const auto& places = places_of_accounts();
    std::size_t& at = turns_[play];
    const auto place = [&](AccountCode code) { return places[static_cast<std::size_t>(code.get())]; };
    while (at < all.size() && place(all[at].account) < place(account)) ++at;
    std::size_t end = at;
    while (end < all.size() && all[end].account == account) ++end;
    return std::span{all}.subspan(at, end - at);
  }

  /// Where each account stands in panel order.
  const std::vector<std::size_t>& places_of_accounts() {
    if (!places_.empty()) return places_;
    const auto& order = data_.snapshot->ledger->order;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto code = static_cast<std::size_t>(order[i].get());
      if (code >= places_.size()) places_.resize(code + 1);
      places_[code] = i;
    }
    return places_;
  }

  void list(std::size_t play, AccountCode account, std::span<const AccountTurn> turns,
            std::pair<std::size_t, std::size_t> rows, bool closed) {
    const Episodes episodes{turns};
    std::vector<Listed> found;
    for (std::size_t row = rows.first; row < rows.second; ++row) {
      watch_.check();
      episodes.list((*data_.as_ofs)[row], row, closed, found);
    }
    std::ranges::stable_sort(found, {}, [](const Listed& one) { return one.episode.opened; });
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (i % kRowsPerCheck == 0) watch_.check();
      add(play, account, found[i]);
    }
  }

  void add(std::size_t play, AccountCode account, const Listed& listed) {
    const model::PlaySpec& spec = model_.plays[play];
    const Episode& episode = listed.episode;
    show(play, account, listed);
    ids_.add(shown_.id);
    accounts_.push_back(account);
    as_ofs_.push_back(micros_since_epoch(listed.as_of));
    plays_.push_back(static_cast<std::int32_t>(play));
    opened_.push_back(micros_since_epoch(episode.opened));
    due_.push_back(micros_since_epoch(spec.due ? plus(episode.opened, *spec.due) : kMissingInstant));
    closed_.push_back(micros_since_epoch(episode.closed));
    priorities_.push_back(spec.priority ? data_.life.plays[play].priorities[episode.opening] : kNan);
    owners_.add(shown_.owner);
    roles_.add(shown_.role);
    channels_.add(shown_.channel);
    messages_.add(shown_.message);
    evidence_.add(shown_.evidence);
    add_now(play, listed);
  }

  /// What an open play says as of now.
  void add_now(std::size_t play, const Listed& listed) {
    const bool is_open = is_missing(listed.episode.closed);
    if (!is_open) {
      messages_now_.add(std::nullopt);
      evidence_now_.add_missing();
      return;
    }
    const model::PlaySpec& spec = model_.plays[play];
    values_now_.clear();
    for (const SlotIndex slot : data_.snapshot->bound.plays[play].values) {
      values_now_.push_back(lifecycle::kept_value(now_.columns[slot.place()], listed.row));
    }
    const Texts& texts = data_.snapshot->texts;
    messages_now_.add(spec.message ? std::optional{lifecycle::rendered(spec.message, values_now_, texts)}
                                   : std::nullopt);
    evidence_now_.add(lifecycle::evidence_of(spec, values_now_, texts));
  }

  /// Rows of one opening follow each other: its texts are made for the first of them.
  void show(std::size_t play, AccountCode account, const Listed& listed) {
    const std::size_t opening = listed.episode.opening;
    if (shown_.play == play && shown_.opening == opening) return;
    const model::PlaySpec& spec = model_.plays[play];
    const std::size_t count = spec.values.size();
    const auto values = std::span{data_.life.plays[play].values}.subspan(opening * count, count);
    const auto text = [&](const model::TextTemplate& one) {
      return one ? std::optional{lifecycle::rendered(one, values, data_.snapshot->texts)} : std::nullopt;
    };
    shown_ = {play,
              opening,
              id_of(spec, account, listed),
              lifecycle::evidence_of(spec, values, data_.snapshot->texts),
              text(spec.owner),
              text(spec.role),
              text(spec.channel),
              text(spec.message)};
  }

  /// The same play of the same account has the same id on every day it is looked at: one that opened between two ticks
  /// will, if its rule still holds, open at the next, so it has the id of that.
  [[nodiscard]] std::string id_of(const model::PlaySpec& spec, AccountCode account, const Listed& listed) const {
    constexpr std::size_t kDigits = 32;
    const Instant opened = listed.episode.opened;
    const Instant tick = listed.is_tick ? opened : lifecycle::tick_from(model_.clock, opened);
    const ledger::AccountIds& ids = *data_.snapshot->ledger->ids;
    const std::string id = ids.kind() == ledger::AccountIds::Kind::integer ? std::to_string(ids.integer(account))
                                                                           : std::string{ids.text(account)};
    return sha256(spec.name + "\n" + to_string(tick) + "\n" + id).substr(0, kDigits);
  }

  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> table() && {
    auto names = std::make_shared<std::vector<std::string>>();
    for (const model::PlaySpec& play : model_.plays) names->push_back(play.name);
    auto table = std::make_shared<arrow::ResultTable>();
    const auto rows = static_cast<std::int64_t>(accounts_.size());
    table->batches.push_back(
        {rows,
         {std::move(ids_).column("id"), arrow::instant_column("as_of", std::move(as_ofs_)),
          ledger::account_column(*data_.snapshot->ledger->ids, accounts_),
          arrow::category_column("play", std::move(plays_), names), arrow::instant_column("opened", std::move(opened_)),
          arrow::instant_column("due", std::move(due_)), arrow::instant_column("closed", std::move(closed_)),
          arrow::number_column("priority", std::move(priorities_)), std::move(owners_).column("owner"),
          std::move(roles_).column("role"), std::move(channels_).column("channel"),
          std::move(messages_).column("message"), std::move(messages_now_).column("message_now"),
          std::move(evidence_).column("evidence"), std::move(evidence_now_).column("evidence_now")}});
    table->metadata = provenance(model_);
    return table;
  }

  struct Shown {
    std::optional<std::size_t> play, opening;
    std::string id, evidence;
    std::optional<std::string> owner, role, channel, message;
  };

  const Panel::Data& data_;
  const Watch& watch_;
  const model::Model& model_;
  scores::Frame now_;  // of all rows
  Shown shown_;
  std::vector<std::size_t> turns_;    // by play: where in its record we are
  std::vector<std::size_t> by_name_;  // plays
  std::vector<std::size_t> places_;   // by account code
  Lines ids_, evidence_, evidence_now_;
  std::vector<lifecycle::KeptValue> values_now_;
  std::vector<AccountCode> accounts_;
  std::vector<std::int64_t> as_ofs_, opened_, due_, closed_;
  std::vector<std::int32_t> plays_;
  std::vector<double> priorities_;
  Words owners_, roles_, channels_, messages_, messages_now_;
};

}  // namespace

std::shared_ptr<const arrow::ResultTable> Panel::plays(bool closed, PanelRows of, const Watch& watch) const {
  return PlaysTable{*data_, watch}.build(closed, CutRows{of, data_->rows});
}

std::shared_ptr<const arrow::ResultTable> Panel::moves(std::string_view journey, Instant after, Instant until) const {
  const auto index = model().find_journey(journey);
  if (!index) throw std::out_of_range{"no such journey"};
  auto stages = std::make_shared<std::vector<std::string>>();
  for (const model::Stage& stage : model().journeys[index->place()].stages) stages->push_back(stage.name);
  std::vector<AccountCode> accounts;
  std::vector<std::int32_t> from, to;
  std::vector<std::int64_t> at;
  for (const AccountMove& one : data_->life.moves[index->place()]) {
    if (one.move.at <= after || one.move.at > until) continue;
    accounts.push_back(one.account);
    from.push_back(one.move.from);
    to.push_back(one.move.to);
    at.push_back(micros_since_epoch(one.move.at));
  }
  auto table = std::make_shared<arrow::ResultTable>();
  const auto rows = static_cast<std::int64_t>(accounts.size());
  table->batches.push_back(
      {rows,
       {ledger::account_column(*data_->snapshot->ledger->ids, accounts),
        arrow::category_column("from", std::move(from), stages), arrow::category_column("to", std::move(to), stages),
        arrow::instant_column("at", std::move(at))}});
  table->metadata = provenance(model());
  return table;
}

}  // namespace customerhealth::panel
