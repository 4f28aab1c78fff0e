#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <span>
#include <variant>
#include <vector>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/panel/life_record.hpp"
#include "customerhealth/panel/panel.hpp"
#include "customerhealth/panel/snapshot.hpp"
#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/peers.hpp"

namespace customerhealth::panel {

/// One slot of the model over all rows of a panel. Reasons take no memory until something is missing.
class PanelColumn {
 public:
  PanelColumn(Type type, ledger::IntegerColumn integers, std::size_t rows);

  [[nodiscard]] Type type() const noexcept { return type_; }
  [[nodiscard]] ColumnView view(std::size_t begin, std::size_t rows) const noexcept;
  [[nodiscard]] std::span<const Reason> reasons(std::size_t begin, std::size_t rows) const noexcept;
  [[nodiscard]] bool any_missing() const noexcept { return reasons_ != nullptr; }

  /// Whether it is one of doubles.
  [[nodiscard]] bool holds_numbers() const noexcept { return std::holds_alternative<Buffer<double>>(values_); }
  /// Rows [begin, begin + rows) of a column of doubles, to be written; blocks may write at once.
  [[nodiscard]] std::span<double> numbers(std::size_t begin, std::size_t rows) noexcept {
    return std::get<Buffer<double>>(values_).span().subspan(begin, rows);
  }
  [[nodiscard]] std::span<Reason> demand_reasons(std::size_t begin, std::size_t rows) {
    return {demand_reasons() + begin, rows};
  }
  /// Writes cells [first, first + count) to rows [row, row + count). Blocks may write at once.
  void write(const metrics::Cells& cells, std::size_t first, std::size_t count, std::size_t row);
  /// Moves rows to a lower place, to close the gap that unfilled rows before them leave.
  void move(std::size_t from, std::size_t to, std::size_t count) noexcept;
  void shrink(std::size_t rows) noexcept;

 private:
  struct Free {
    void operator()(Reason* memory) const noexcept { std::free(memory); }
  };
  Reason* demand_reasons();

  Type type_;
  std::size_t rows_;
  std::variant<Buffer<double>, ledger::IntegerBuffer, Buffer<Truth>, Buffer<TextCode>, Buffer<Instant>> values_;
  std::once_flag reasons_made_;
  std::unique_ptr<Reason[], Free> reasons_;
};

struct Panel::Data {
  explicit Data(std::shared_ptr<const Snapshot> of) : snapshot{std::move(of)}, life{*snapshot->model} {}

  std::shared_ptr<const Snapshot> snapshot;
  std::vector<Instant> asked;  // the as-ofs, ascending
  std::size_t rows = 0;
  Buffer<AccountCode> accounts;                                                   // of each row
  std::shared_ptr<Buffer<Instant>> as_ofs = std::make_shared<Buffer<Instant>>();  // of each row: slot 0
  // By slot; none for slot 0 and what was not wanted. A table of the panel shares these and the as-ofs, nothing else.
  std::vector<std::shared_ptr<PanelColumn>> columns;
  std::shared_ptr<const scores::Peers> peers;  // what the rows were scored with
  Buffer<std::int32_t> places;                 // of each row's as-of among their instants, where it matters
  // By node of Model::peers, of each row: how its value stands among them, of ranks that were fitted with the rows.
  std::vector<Buffer<scores::Standing>> standings;
  LifeRecord life;  // of all accounts, in panel order

  /// When all rows are there.
  void keep_peers(std::shared_ptr<const scores::Peers> fitted);
  /// Rows [begin, begin + count) as a frame, in which formulas and scores can be evaluated.
  [[nodiscard]] scores::Frame frame(std::size_t begin, std::size_t count) const;
  /// The same with the standings, for whoever asks about the rows as they are.
  [[nodiscard]] scores::Frame frame_of_own(std::size_t begin, std::size_t count) const;
};

/// A range of rows as it lies in a panel of `rows`.
struct CutRows {
  std::size_t begin, end;
  CutRows(PanelRows of, std::size_t rows) noexcept
      : begin{std::min(static_cast<std::size_t>(std::max<std::int64_t>(0, of.begin)), rows)},
        end{begin + std::min(static_cast<std::size_t>(std::max<std::int64_t>(0, of.count)), rows - begin)} {}
};

/// as_of of some rows, as a column of a result that shares their memory.
[[nodiscard]] arrow::ResultColumn as_of_column(const Instant* as_ofs, std::shared_ptr<const void> owner);
/// Where each result came from: a schema's metadata.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> provenance(const model::Model& model);

}  // namespace customerhealth::panel
