#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::panel {

/// Rows [begin, begin + count) of a panel, cut at its end.
struct PanelRows {
  std::int64_t begin = 0;
  std::int64_t count = std::numeric_limits<std::int64_t>::max();
};

/// The answers of one call: a row an (account, as-of), in that order; columns for metrics and scores. Immutable.
class Panel {
 public:
  struct Data;
  explicit Panel(std::shared_ptr<const Data> data) noexcept : data_{std::move(data)} {}

  [[nodiscard]] std::int64_t rows() const noexcept;
  [[nodiscard]] const model::Model& model() const noexcept;
  /// account_id, as_of, metrics, scores with what they define. Of some rows of the panel, and of some columns (none
  /// named: all). Throws std::out_of_range when it has no such column.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> table(PanelRows of = {},
                                                                const std::vector<std::string>& columns = {}) const;
  /// account_id, as_of, metric, reason: only what is missing, metrics and scores. Of some rows of the panel.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> reasons(PanelRows of = {},
                                                                  const Watch& watch = Watch{}) const;
  /// account_id, as_of, part, value, points, weight, contribution, reason. One batch a block of rows. Of some rows of
  /// the panel. Throws std::out_of_range when the model has no such score.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> contributions(std::string_view score, bool deep,
                                                                        Threads threads, Watch& watch,
                                                                        PanelRows of = {}) const;
  /// The points that other values of a measure with a `value` would have in some rows of the panel, all else held:
  /// `values` and the result have a number for each of the rows, as many times as there are questions. Throws
  /// std::out_of_range when there is no such score or measure.
  [[nodiscard]] std::vector<double> points_of(std::string_view score, std::string_view measure,
                                              std::span<const double> values, PanelRows of) const;
  /// account_id, part, from, to, gain, status, peer_share, from_label, to_label: for each account below the grade at
  /// the as-of (by default the panel's last), what would lift it there. By account, then the most common wanted value
  /// first. Throws std::out_of_range when there is no such score or grade, DataError when no row has that as-of.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> path_to(std::string_view grade, std::string_view score,
                                                                  std::optional<Instant> as_of, Threads threads,
                                                                  Watch& watch, PanelRows of = {}) const;
  /// The same for those who put it into words of their own, with the further columns cap (the name of the cap that
  /// holds), within (the measures on the way to its score, as in adoption.core; empty: a cap of the score itself) and
  /// edge (what `to` must be beyond, where that itself would not do).
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> ways(std::string_view grade, std::string_view score,
                                                               Instant as_of, Threads threads, Watch& watch,
                                                               PanelRows of) const;

  /// account_id, from, to, at: the changes of stage at ticks after one instant and up to another, not beyond the last
  /// as-of; from is null where a journey begins. Throws std::out_of_range when the model has no such journey.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> moves(std::string_view journey, Instant after,
                                                                Instant until) const;
  /// id, as_of, account_id, play, opened, due, closed, priority, owner, role, channel, message, evidence: the plays
  /// that are open at each as-of, for accounts with a panel row; with `closed` those that were closed by then too. By
  /// account, name of the play, opening, as-of. Of some rows of the panel.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> plays(bool closed, PanelRows of = {},
                                                                const Watch& watch = Watch{}) const;
  /// account_id, play, opened, closed, priority, owner: what the ticks up to the last as-of made of each play, of all
  /// accounts, those without a panel row too. By play as in the model, account, opening.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> openings() const;

  /// How many rows each table of the model has of an account, beside Model::tables, whatever is visible of them. All 0
  /// where no table knows it.
  [[nodiscard]] std::vector<std::int64_t> rows_by_table(const std::variant<std::string, std::int64_t>& account) const;

  /// What the accounts table calls the account of a row, as of its date: its `label`. Nothing where it has none.
  [[nodiscard]] std::optional<std::string> label_of(std::size_t row) const;

  /// The as-ofs that were asked for, ascending, each once; also those at which no account has a row.
  [[nodiscard]] std::span<const Instant> as_ofs() const noexcept;
  /// account_id, part, cause, because, from, to, contribution: why a score is another at `to` than it was at `from`
  /// (scores/changes.hpp), of the accounts with a row at either. Of some rows of the panel. Throws std::out_of_range
  /// when the model has no such score.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> why_changed(std::string_view score, Instant from, Instant to,
                                                                      bool deep, Threads threads, Watch& watch,
                                                                      PanelRows of = {}) const;
  /// The causes of `why_changed` taken apart, one level deep, for few accounts: part (null: the score itself), cap (its
  /// name, where the part is one), cause, kind (of what is known besides: missing, policy, entries, cases,
  /// part_appeared, part_vanished, part_decided_before, part_decides_now, cap_on, cap_off, cap_moved, cap_holds,
  /// no_row; null: nothing), other (the part of a part_…), from_word and to_word (of entries and cases), from_reason
  /// and to_reason (of missing and policy), from, to, contribution. By account, as there. Throws std::out_of_range when
  /// the model has no such score.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> causes(std::string_view score, Instant from, Instant to,
                                                                 PanelRows of) const;
  /// The same as `why_changed` between this panel and another of the same data under another model, at one as-of that
  /// both have (scores/model_changes.hpp). `differences` are the paths by which the documents differ, for `because`;
  /// the metadata name both models. Throws std::out_of_range when either model has no such score, DataError when the
  /// accounts cannot be the same.
  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> why_changed(std::string_view score, Instant as_of,
                                                                      const Panel& other,
                                                                      std::span<const std::string> differences,
                                                                      bool deep, Threads threads, Watch& watch) const;

 private:
  std::shared_ptr<const Data> data_;
};

}  // namespace customerhealth::panel
