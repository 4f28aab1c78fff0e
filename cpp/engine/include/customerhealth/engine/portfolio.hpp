#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/engine/panel_part.hpp"
#include "customerhealth/engine/saved_walk.hpp"
#include "customerhealth/ledger/ledger.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/panel/panel.hpp"
#include "customerhealth/scores/peers.hpp"

namespace customerhealth::engine {

/// A model and its tables. `score` may be called by several threads at once, also while another appends: each sees
/// the tables as they were when it began.
class Portfolio {
 public:
  /// Throws DataError, or ModelError when formulas do not fit the tables' types.
  Portfolio(std::shared_ptr<const model::Model> model, const std::vector<ledger::TableInput>& tables,
            ledger::Strictness strictness, Threads threads, Watch& watch);

  /// Tables that were read from files; the watch of the caller's run. Throws ModelError where the model does not fit
  /// their types.
  Portfolio(std::shared_ptr<const model::Model> model, std::shared_ptr<const ledger::Ledger> tables,
            ledger::Strictness strictness);

  /// The tables with more rows, as another portfolio; this one stays as it is. Waits for an append to it. Throws as
  /// `append` does.
  [[nodiscard]] Portfolio appended(const std::vector<ledger::TableInput>& tables, Threads threads, Watch& watch) const;

  /// The tables as they are now under another model, which reads the same tables and of their columns none that is new;
  /// parse_like makes one. Throws DataError otherwise.
  [[nodiscard]] Portfolio with_model(std::shared_ptr<const model::Model> model, Threads threads, Watch& watch) const;

  /// Adds rows; when it throws, the portfolio is as it was. Waits for another append; throws Error when it is called by
  /// the watch of one.
  void append(const std::vector<ledger::TableInput>& tables, Threads threads, Watch& watch);

  [[nodiscard]] const model::Model& model() const noexcept;
  /// The tables as they are now; they never change, an append makes new ones.
  [[nodiscard]] std::shared_ptr<const ledger::Ledger> ledger() const;
  /// table (empty: the model), check, rows, first_row (null where it is no matter of single rows), example, meaning.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> quality(Threads threads, Watch& watch) const;
  /// The rows of a table that are visible as of a date (model.md 1), of accounts tables the one that speaks for each
  /// account: account_id, then the columns that the model reads. By account and time. Throws std::out_of_range when the
  /// model has no such table.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> rows(std::string_view table, Instant as_of, Threads threads,
                                                               Watch& watch) const;
  /// account_id, in panel order.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> accounts() const;
  /// `as_ofs` in any order, repeats allowed. With `peers` the accounts are compared with those; a null pointer: with
  /// each other. Throws DataError when they are of another model, lack a level or an as-of.
  [[nodiscard]] panel::Panel score(std::span<const Instant> as_ofs, std::shared_ptr<const scores::Peers> peers,
                                   Threads threads, Watch& watch) const;
  [[nodiscard]] panel::Panel score(std::span<const Instant> as_ofs, Threads threads, Watch& watch) const {
    return score(as_ofs, nullptr, threads, watch);
  }
  /// A panel that has some of its columns alone, and what happened in their journeys and in some plays: nothing is
  /// worked out that these do not need. Each with the values of the whole panel; it can explain nothing else.
  [[nodiscard]] panel::Panel score(std::span<const Instant> as_ofs, std::shared_ptr<const scores::Peers> peers,
                                   const PanelPart& part, Threads threads, Watch& watch) const;
  /// The next level of what crosses accounts after those `given` (a null pointer: none). `over_time`: at each tick of
  /// the clock up to the last as-of too, as the first level was. Throws DataError when they are of another model or of
  /// other as-ofs.
  [[nodiscard]] std::shared_ptr<const scores::Peers> peers(std::span<const Instant> as_ofs,
                                                           std::shared_ptr<const scores::Peers> given, bool over_time,
                                                           Threads threads, Watch& watch) const;

  /// What scorings walked, as far as no append has changed it since.
  [[nodiscard]] SavedWalk walk() const;
  /// How far each node was walked: scores, journeys, plays; missing: not at all.
  struct Reached {
    Instant until = kMissingInstant;
    bool is_whole = true;  // all accounts
    friend bool operator==(const Reached&, const Reached&) = default;
  };
  [[nodiscard]] std::vector<Reached> reached() const;
  /// Goes on from a walk that was saved of these very rows and this model. Throws DataError where it cannot be one.
  void take_walk(const SavedWalk& saved);
  /// Goes on from the walk of another portfolio of the same model: of these rows and more, which its walk has seen to
  /// change nothing. Takes none where the other reads them otherwise.
  void take_walk_of(const Portfolio& other);

 private:
  struct State;
  explicit Portfolio(std::shared_ptr<State> state) noexcept : state_{std::move(state)} {}
  std::shared_ptr<State> state_;
};

}  // namespace customerhealth::engine
