#include <algorithm>
#include <atomic>
#include <cmath>

#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/scores/contributions.hpp"
#include "panel_data.hpp"
#include "pieces.hpp"
#include "reason_names.hpp"

namespace customerhealth {
namespace {

/// Rows of the panel: so few that what was written of them is still in cache when it is looked at.
constexpr std::size_t kRowsPerPiece = 512;
static_assert(kRowsPerPiece % 8 == 0);  // pieces share no byte of a bitmap

/// A column of the result over all parts, part after part: each part is a batch, and its values lie side by side.
template <class T>
class PartColumn {
 public:
  PartColumn(std::size_t parts, std::size_t rows)
      : values(parts * rows), rows_{rows}, stride_{(rows + 7) / 8}, bits_(parts * stride_), missing_(parts) {}

  Buffer<T> values;

  /// Looks what is missing of some rows of a part, all of them written.
  template <class IsMissing>
  void mark(std::size_t part, Piece rows, const IsMissing& is_missing) {
    const std::span<const T> cells = values.span().subspan(part * rows_ + rows.begin, rows.count);
    std::int64_t missing = 0;
    for (const T& cell : cells) missing += is_missing(cell) ? 1 : 0;
    const auto bits = bits_.span().subspan(part * stride_ + rows.begin / 8, (rows.count + 7) / 8);
    if (missing == 0)
      std::ranges::fill(bits, std::uint8_t{0xFF});
    else
      write_bitmap(bits, rows.count, [&](std::size_t i) { return !is_missing(cells[i]); });
    missing_[part].fetch_add(missing, std::memory_order_relaxed);
  }

  /// A part of it, which lives as long as `owner`.
  [[nodiscard]] ResultColumn column(std::string name, ResultColumn::Kind kind, std::size_t part,
                                    std::shared_ptr<const void> owner) const {
    ResultColumn column;
    column.name = std::move(name);
    column.kind = kind;
    column.data = values.data() + part * rows_;
    column.null_count = missing_[part].load();
    column.valid = column.null_count > 0 ? bits_.data() + part * stride_ : nullptr;
    column.owner = std::move(owner);
    return column;
  }

 private:
  std::size_t rows_, stride_;  // of a part: its rows, the bytes of its bitmap
  Buffer<std::uint8_t> bits_;
  std::vector<std::atomic<std::int64_t>> missing_;  // by part
};

/// Contributions to some rows of a panel, a batch a part: batches share what says which row it is.
class ContributionTable {
 public:
  ContributionTable(std::shared_ptr<const Panel::Data> data, Contributions contributions, CutRows cut)
      : data_{std::move(data)},
        contributions_{std::move(contributions)},
        begin_{cut.begin},
        rows_{cut.end - cut.begin} {}

  /// Some of the rows, counted from the first that is asked for. May be called for several at once.
  void fill(Piece rows) {
    contributions_.fill(data_->frame(begin_ + rows.begin, rows.count),
                        {rows_, value_.values.span(), points_.values.span(), weight_.values.span(),
                         contribution_.values.span(), reasons_.span()},
                        rows.begin);
    for (std::size_t part = 0; part < parts_; ++part) {
      for (PartColumn<double>* const column : {&value_, &points_, &weight_, &contribution_}) {
        column->mark(part, rows, [](double number) { return std::isnan(number); });
      }
      const std::size_t first = part * rows_ + rows.begin;
      std::ranges::fill(part_.values.span().subspan(first, rows.count), static_cast<std::int32_t>(part));
      std::ranges::transform(reasons_.span().subspan(first, rows.count), reason_.values.data() + first, reason_index);
      reason_.mark(part, rows, [](std::int32_t index) { return index < 0; });
    }
  }

  /// When all rows are there.
  [[nodiscard]] static std::shared_ptr<const ResultTable> finish(std::shared_ptr<const ContributionTable> of) {
    return of->batches(of);
  }

 private:
  [[nodiscard]] std::shared_ptr<const ResultTable> batches(const std::shared_ptr<const void>& owner) const {
    using Kind = ResultColumn::Kind;
    const ResultColumn accounts =
        account_column(*data_->snapshot->ledger->ids, data_->accounts.span().subspan(begin_, rows_));
    const ResultColumn as_ofs = as_of_column(data_->as_ofs.span().subspan(begin_, rows_), data_);
    auto names = std::make_shared<std::vector<std::string>>();
    for (const Part& part : contributions_.parts()) names->push_back(part.name);
    auto table = table_of(*data_->snapshot->model, parts_);
    for (std::size_t part = 0; part < parts_; ++part) {
      ResultColumn reason = reason_.column("reason", Kind::category, part, owner);
      reason.categories = reason_names();
      ResultColumn name = part_.column("part", Kind::category, part, owner);
      name.categories = names;
      table->batches[part] = {
          static_cast<std::int64_t>(rows_),
          {accounts, as_ofs, std::move(name), value_.column("value", Kind::number, part, owner),
           points_.column("points", Kind::number, part, owner), weight_.column("weight", Kind::number, part, owner),
           contribution_.column("contribution", Kind::number, part, owner), std::move(reason)}};
    }
    return table;
  }

  std::shared_ptr<const Panel::Data> data_;
  Contributions contributions_;
  std::size_t begin_, rows_;
  std::size_t parts_ = contributions_.parts().size();
  PartColumn<double> value_{parts_, rows_}, points_{parts_, rows_}, weight_{parts_, rows_},
      contribution_{parts_, rows_};
  PartColumn<std::int32_t> part_{parts_, rows_}, reason_{parts_, rows_};
  Buffer<Reason> reasons_{parts_ * rows_};
};

}  // namespace

std::shared_ptr<const ResultTable> Panel::contributions(std::string_view score, bool deep, Threads threads,
                                                        Watch& watch, PanelRows of) const {
  const CutRows cut{of, data_->rows};
  const auto table = std::make_shared<ContributionTable>(
      data_, Contributions{data_->snapshot->bound, score_index(model(), score), deep ? Depth::deep : Depth::one_level},
      cut);
  const std::vector<Piece> pieces = pieces_of(0, cut.end - cut.begin, kRowsPerPiece);
  run(threads, watch, [&] { each_piece(pieces, watch, [&](std::size_t i) { table->fill(pieces[i]); }); });
  return ContributionTable::finish(table);
}

}  // namespace customerhealth
