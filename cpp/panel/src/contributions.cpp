#include "customerhealth/scores/contributions.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <type_traits>

#include "customerhealth/common/any_nan.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/pieces.hpp"
#include "reason_names.hpp"

namespace customerhealth::panel {
namespace {

/// Rows of one task: enough that two threads seldom write to neighbouring cache lines.
constexpr std::size_t kRowsPerPiece = 4096;
/// Rows that are filled and then searched for missing values: few enough to be in cache still.
constexpr std::size_t kRowsPerSlice = 256;
static_assert(kRowsPerSlice % 8 == 0);  // slices share no byte of a bitmap

/// A column of the result over all parts, part after part: each part is a batch, and its values lie side by side.
template <class T>
class PartColumn {
 public:
  PartColumn(std::size_t parts, std::size_t rows)
      : values(parts * rows), rows_{rows}, stride_{(rows + 7) / 8}, bits_(parts * stride_), missing_(parts) {}

  Buffer<T> values;

  /// Fills the bitmap of some rows of a part, which are all written, and returns the number of missing values.
  template <class IsMissing>
  [[nodiscard]] std::int64_t mark(std::size_t part, Piece rows, const IsMissing& is_missing) {
    const std::span<const T> cells = values.span().subspan(part * rows_ + rows.begin, rows.count);
    std::int64_t missing = 0;
    if (may_miss(cells)) missing = std::ranges::count_if(cells, is_missing);
    const auto bits = bits_.span().subspan(part * stride_ + rows.begin / 8, (rows.count + 7) / 8);
    if (missing == 0)
      std::ranges::fill(bits, std::uint8_t{0xFF});
    else if (missing == std::ssize(cells))
      std::ranges::fill(bits, std::uint8_t{0});
    else
      arrow::write_bitmap(bits, rows.count, [&](std::size_t i) { return !is_missing(cells[i]); });
    return missing;
  }
  void add_missing(std::size_t part, std::int64_t count) noexcept {
    missing_[part].fetch_add(count, std::memory_order_relaxed);
  }

  /// A part of it, which lives as long as `owner`.
  [[nodiscard]] arrow::ResultColumn column(std::string name, arrow::ResultColumn::Kind kind, std::size_t part,
                                           std::shared_ptr<const void> owner) const {
    arrow::ResultColumn column;
    column.name = std::move(name);
    column.kind = kind;
    column.data = values.data() + part * rows_;
    column.null_count = missing_[part].load();
    column.valid = column.null_count > 0 ? bits_.data() + part * stride_ : nullptr;
    column.owner = std::move(owner);
    return column;
  }

 private:
  [[nodiscard]] static bool may_miss(std::span<const T> cells) noexcept {
    if constexpr (std::is_same_v<T, double>)
      return any_nan(cells);
    else
      return true;
  }

  std::size_t rows_, stride_;  // of a part: its rows, the bytes of its bitmap
  Buffer<std::uint8_t> bits_;
  std::vector<std::atomic<std::int64_t>> missing_;  // by part
};

/// Contributions to some rows of a panel, one batch for each part. All batches share the columns account_id and as_of.
class ContributionTable {
 public:
  ContributionTable(std::shared_ptr<const Panel::Data> data, scores::Contributions contributions, CutRows cut)
      : data_{std::move(data)},
        contributions_{std::move(contributions)},
        begin_{cut.begin},
        rows_{cut.end - cut.begin} {}

  /// Some of the rows, counted from the first that is asked for. May be called for several at once.
  void fill(Piece rows, const Watch& watch) {
    std::vector<std::array<std::int64_t, kNullable>> missing(parts_);  // added to the shared counters once a piece
    for (std::size_t done = 0; done < rows.count; done += kRowsPerSlice) {
      watch.check();
      const Piece slice{rows.begin + done, std::min(kRowsPerSlice, rows.count - done)};
      contributions_.fill(data_->frame(begin_ + slice.begin, slice.count),
                          {rows_, value_.values.span(), points_.values.span(), weight_.values.span(),
                           contribution_.values.span(), reasons_.span()},
                          slice.begin);
      for (std::size_t part = 0; part < parts_; ++part) finish(part, slice, missing[part]);
    }
    for (std::size_t part = 0; part < parts_; ++part) {
      for (std::size_t i = 0; i < numbers_.size(); ++i) numbers_[i]->add_missing(part, missing[part][i]);
      reason_.add_missing(part, missing[part].back());
    }
  }

  /// When all rows are there. Once: the table keeps what is in it, not the panel.
  [[nodiscard]] static std::shared_ptr<const arrow::ResultTable> finish(const std::shared_ptr<ContributionTable>& of) {
    auto table = of->batches(of);
    of->data_.reset();
    return table;
  }

 private:
  static constexpr std::size_t kNullable = 5;  // the columns of numbers and the reason

  void finish(std::size_t part, Piece slice, std::array<std::int64_t, kNullable>& missing) {
    for (std::size_t i = 0; i < numbers_.size(); ++i)
      missing[i] += numbers_[i]->mark(part, slice, [](double number) { return std::isnan(number); });
    const std::size_t first = part * rows_ + slice.begin;
    std::ranges::fill(part_.values.span().subspan(first, slice.count), static_cast<std::int32_t>(part));
    std::ranges::transform(reasons_.span().subspan(first, slice.count), reason_.values.data() + first, reason_index);
    missing.back() += reason_.mark(part, slice, [](std::int32_t index) { return index < 0; });
  }

  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> batches(const std::shared_ptr<const void>& owner) const {
    using Kind = arrow::ResultColumn::Kind;
    const arrow::ResultColumn accounts =
        ledger::account_column(*data_->snapshot->ledger->ids, data_->accounts.span().subspan(begin_, rows_));
    const arrow::ResultColumn as_ofs =
        as_of_column({data_->as_ofs.data() + begin_, data_->as_ofs.data() + begin_ + rows_});
    auto names = std::make_shared<std::vector<std::string>>();
    for (const scores::Part& part : contributions_.parts()) names->push_back(part.name);
    auto table = table_of(*data_->snapshot->model, parts_);
    for (std::size_t part = 0; part < parts_; ++part) {
      arrow::ResultColumn reason = reason_.column("reason", Kind::category, part, owner);
      reason.categories = reason_names();
      arrow::ResultColumn name = part_.column("part", Kind::category, part, owner);
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
  scores::Contributions contributions_;
  std::size_t begin_, rows_;
  std::size_t parts_ = contributions_.parts().size();
  PartColumn<double> value_{parts_, rows_}, points_{parts_, rows_}, weight_{parts_, rows_},
      contribution_{parts_, rows_};
  std::array<PartColumn<double>*, kNullable - 1> numbers_{&value_, &points_, &weight_, &contribution_};
  PartColumn<std::int32_t> part_{parts_, rows_}, reason_{parts_, rows_};
  Buffer<Reason> reasons_{parts_ * rows_};
};

}  // namespace

std::shared_ptr<const arrow::ResultTable> Panel::contributions(std::string_view score, bool deep, Threads threads,
                                                               Watch& watch, PanelRows of) const {
  const CutRows cut{of, data_->rows};
  const auto table =
      std::make_shared<ContributionTable>(data_,
                                          scores::Contributions{score_of(data_->snapshot->bound, score),
                                                                deep ? scores::Depth::deep : scores::Depth::one_level},
                                          cut);
  const std::size_t rows = cut.end - cut.begin, pieces_wanted = 4 * static_cast<std::size_t>(threads.get());
  const std::size_t slices = rows / pieces_wanted / kRowsPerSlice + 1;
  const std::vector<Piece> pieces = pieces_of(0, rows, std::min(kRowsPerPiece, slices * kRowsPerSlice));
  run(threads, watch, [&] { each_piece(pieces, watch, [&](std::size_t i) { table->fill(pieces[i], watch); }); });
  return ContributionTable::finish(table);
}

}  // namespace customerhealth::panel
