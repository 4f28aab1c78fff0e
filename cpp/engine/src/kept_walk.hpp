#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/engine/panel_part.hpp"
#include "customerhealth/ledger/ledger.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/panel/life_record.hpp"
#include "customerhealth/scores/hysteresis.hpp"

/// What the ticks of the clock made of each account, kept from one scoring to the next. It depends on the model (but
/// for its labels), on the rows that are visible at the ticks, on the clock alone for which instants these are, and,
/// where the model has peers or a table that may be stale, on the rows of all accounts. It does not depend on the
/// as-ofs that were asked for, nor on which other nodes were worked out.
namespace customerhealth::engine {

/// A change of the grade held by one account.
struct AccountGrade {
  AccountCode account{0};
  scores::GradeChange change;
};

/// What one scoring saw the ticks do.
struct WalkRecord {
  panel::LifeRecord life;                         // and what plays did at as-ofs alone
  std::vector<std::vector<AccountGrade>> grades;  // beside Model::scores, by account

  explicit WalkRecord(const model::Model& model) : life{model}, grades(model.scores.size()) {}
  /// Of accounts that come later in panel order.
  void append(WalkRecord&& more);
};

/// Where each account's entries lie in a record whose accounts lie side by side.
class AccountRuns {
 public:
  AccountRuns() = default;
  /// Of that many accounts, each of which was walked.
  template <class Entries>
  AccountRuns(const Entries& entries, std::size_t accounts) : runs_(accounts) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      Run& run = runs_[entries[i].account.place()];
      if (run.count++ == 0) run.begin = i;
    }
  }

  [[nodiscard]] bool was_walked(AccountCode account) const noexcept {
    return account.place() < runs_.size() && runs_[account.place()].count != kNotWalked;
  }
  /// The account's entries at or before an instant; `at` says when an entry was.
  template <class Entry, class At>
  [[nodiscard]] std::span<const Entry> of(AccountCode account, std::span<const Entry> entries, Instant until,
                                          const At& at) const {
    if (!was_walked(account)) return {};
    auto own = entries.subspan(runs_[account.place()].begin, runs_[account.place()].count);
    while (!own.empty() && at(own.back()) > until) own = own.first(own.size() - 1);
    return own;
  }
  /// Whether that many accounts were walked.
  [[nodiscard]] bool are_of(std::size_t accounts) const noexcept { return !forgot_ && runs_.size() == accounts; }
  void forget(AccountCode account) noexcept {
    if (account.place() < runs_.size()) runs_[account.place()].count = kNotWalked;
    forgot_ = true;
  }

 private:
  static constexpr std::size_t kNotWalked = static_cast<std::size_t>(-1);
  struct Run {
    std::size_t begin = 0, count = 0;
  };
  std::vector<Run> runs_;  // by account code
  bool forgot_ = false;
};

struct KeptGrades {
  std::vector<AccountGrade> changes;
  AccountRuns runs;
};
struct KeptMoves {
  std::vector<panel::AccountMove> moves;
  AccountRuns runs;
};
struct KeptTurns {
  panel::PlayRecord record;  // at ticks alone
  AccountRuns runs;
};

/// What is kept of one node: all its ticks up to an instant were walked.
template <class Record>
struct Kept {
  Instant until = kMissingInstant;
  std::shared_ptr<const Record> record;  // a null pointer: none was

  /// Whether all ticks up to an instant were walked for that many accounts.
  [[nodiscard]] bool reaches(Instant t, std::size_t accounts) const noexcept {
    return record && (until > t || (until == t && record->runs.are_of(accounts)));
  }
};

/// What is kept of a portfolio: a value whose copies share the records.
struct KeptWalk {
  std::vector<Kept<KeptGrades>> grades;  // beside Model::scores
  std::vector<Kept<KeptMoves>> moves;    // beside Model::journeys
  std::vector<Kept<KeptTurns>> turns;    // beside Model::plays

  KeptWalk() = default;
  explicit KeptWalk(const model::Model& model)
      : grades(model.scores.size()), moves(model.journeys.size()), turns(model.plays.size()) {}

  /// Takes over what a scoring of that part saw at the ticks up to an instant, where less is kept; of that many
  /// accounts.
  void take(const model::Model& model, const PanelPart& part, const WalkRecord& seen, Instant until,
            std::size_t accounts);
  /// Node by node what reaches further.
  void merge(const KeptWalk& other);
};

/// From where the scoring of a part goes on.
class Resumption {
 public:
  /// Nothing is kept.
  Resumption() = default;
  Resumption(const model::Model& model, const PanelPart& part, const KeptWalk& walk);

  /// All of the part's nodes were walked at the ticks up to this; missing: some were not.
  [[nodiscard]] Instant until() const noexcept { return until_; }
  /// Where answers cross accounts, all were: those that are new since have no row that is visible by then.
  [[nodiscard]] bool was_walked(AccountCode account) const noexcept;

  [[nodiscard]] std::span<const AccountGrade> grades(std::size_t score, AccountCode account) const;
  [[nodiscard]] std::span<const panel::AccountMove> moves(std::size_t journey, AccountCode account) const;
  [[nodiscard]] std::span<const panel::AccountTurn> turns(std::size_t play, AccountCode account) const;
  /// To which the turns belong.
  [[nodiscard]] const panel::PlayRecord& record(std::size_t play) const { return walk_.turns[play].record->record; }

 private:
  KeptWalk walk_;
  std::vector<const AccountRuns*> runs_;  // of the part's nodes
  bool crosses_accounts_ = false;
  Instant until_ = kMissingInstant;
};

/// Whether rows that were there may be read in another way now.
[[nodiscard]] bool reads_otherwise(const ledger::Ledger& before, const ledger::Ledger& after);

/// Up to which instants what arrived changes nothing.
struct Unchanged {
  Instant all = kLastInstant;                             // for any account
  std::vector<std::pair<AccountCode, Instant>> accounts;  // those with rows
};
[[nodiscard]] Unchanged unchanged_until(const model::Model& model, const ledger::Ledger& before,
                                        const ledger::Ledger& after, const ledger::Arrived& arrived);

/// The walk after an append; codes of texts become those of its snapshot.
[[nodiscard]] KeptWalk carried_over(const KeptWalk& walk, const model::Model& model, const Unchanged& unchanged,
                                    const TextOverlay& before, const TextOverlay& after);

}  // namespace customerhealth::engine
