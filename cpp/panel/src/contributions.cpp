#include "customerhealth/scores/contributions.hpp"

#include <algorithm>
#include <array>
#include <atomic>

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
/// A part comes in so many batches, which share what is the same in all: its name, and no reason.
constexpr std::size_t kBatchesPerPart = 8, kLeastRowsPerBatch = 8192;

/// How the rows are cut into batches, whatever the number of threads.
struct Cut {
  std::size_t rows, batch;

  explicit Cut(std::size_t all) : rows{all} {
    const std::size_t least = std::max(kLeastRowsPerBatch, (rows + kBatchesPerPart - 1) / kBatchesPerPart);
    batch = (least + kRowsPerPiece - 1) / kRowsPerPiece * kRowsPerPiece;
  }
  [[nodiscard]] std::size_t batches() const noexcept { return std::max<std::size_t>(1, (rows + batch - 1) / batch); }
  [[nodiscard]] Piece rows_of(std::size_t b) const noexcept { return {b * batch, std::min(batch, rows - b * batch)}; }
  /// About so many pieces or more, each of one batch.
  [[nodiscard]] std::vector<Piece> pieces(std::size_t wanted) const {
    const std::size_t most = std::min(kRowsPerPiece, (rows / wanted / kRowsPerSlice + 1) * kRowsPerSlice);
    std::vector<Piece> out;
    for (std::size_t b = 0; b < batches(); ++b) {
      const Piece whole = rows_of(b);
      const std::vector<Piece> of_batch = pieces_of(whole.begin, whole.begin + whole.count, most);
      out.insert(out.end(), of_batch.begin(), of_batch.end());
    }
    return out;
  }
};

/// Which cells of a column are missing, part after part.
class Gaps {
 public:
  Gaps(std::size_t parts, const Cut& cut)
      : cut_{&cut}, stride_{(cut.rows + 7) / 8}, bits_(parts * stride_), missing_(parts * cut.batches()) {}

  /// Fill the bitmap of some rows of a part, whose cells these are, and return the number of missing ones.
  [[nodiscard]] std::int64_t mark(std::size_t part, Piece rows, std::span<const double> numbers) noexcept {
    return static_cast<std::int64_t>(mark_present(numbers, bits_of(part, rows)));
  }
  [[nodiscard]] std::int64_t mark(std::size_t part, Piece rows, std::span<const Reason> reasons) noexcept {
    const auto missing = std::ranges::count(reasons, Reason::none);
    if (missing == std::ssize(reasons))
      std::ranges::fill(bits_of(part, rows), std::uint8_t{0});
    else
      arrow::write_bitmap(bits_of(part, rows), rows.count, [&](std::size_t i) { return reasons[i] != Reason::none; });
    return missing;
  }
  void add_missing(std::size_t part, std::size_t batch, std::int64_t count) noexcept {
    missing_[part * cut_->batches() + batch].fetch_add(count, std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t missing(std::size_t part, std::size_t batch) const noexcept {
    return missing_[part * cut_->batches() + batch].load();
  }
  /// Lets a column know what it misses; `bits` lie in memory that it keeps.
  void show(std::size_t part, std::size_t batch, arrow::ResultColumn& column) const noexcept {
    column.null_count = missing(part, batch);
    column.valid = column.null_count > 0 ? bits_.data() + part * stride_ + cut_->batch * batch / 8 : nullptr;
  }

 private:
  [[nodiscard]] std::span<std::uint8_t> bits_of(std::size_t part, Piece rows) noexcept {
    return bits_.span().subspan(part * stride_ + rows.begin / 8, (rows.count + 7) / 8);
  }

  const Cut* cut_;
  std::size_t stride_;  // of a part: the bytes of its bitmap
  Buffer<std::uint8_t> bits_;
  std::vector<std::atomic<std::int64_t>> missing_;  // by part and batch
};

/// Contributions to some rows of a panel, a few batches for each part. All parts share the columns account_id and
/// as_of, and a value that is a column of the panel is that column.
class ContributionTable {
 public:
  ContributionTable(std::shared_ptr<const Panel::Data> data, scores::Contributions contributions, std::size_t begin,
                    Cut cut)
      : data_{std::move(data)}, contributions_{std::move(contributions)}, begin_{begin}, cut_{cut} {
    std::int32_t worked_out = 0;
    for (const scores::Part& part : contributions_.parts()) {
      shown_.push_back(part.value ? numbers_at(*part.value) : nullptr);
      value_places_.push_back(shown_.back() == nullptr ? worked_out++ : -1);
    }
    value_ = Buffer<double>(static_cast<std::size_t>(worked_out) * cut_.rows, PagesOf::result);
  }

  /// Some of the rows, counted from the first that is asked for; of one batch. May be called for several at once.
  void fill(Piece rows, const Watch& watch) {
    std::vector<std::array<std::int64_t, kNullable>> missing(parts_);  // added to the shared counters once a piece
    for (std::size_t done = 0; done < rows.count; done += kRowsPerSlice) {
      watch.check();
      const Piece slice{rows.begin + done, std::min(kRowsPerSlice, rows.count - done)};
      contributions_.fill(data_->frame_of_own(begin_ + slice.begin, slice.count),
                          {cut_.rows, value_.span(), points_.span(), weight_.span(), contribution_.span(),
                           reasons_.span(), value_places_},
                          slice.begin);
      for (std::size_t part = 0; part < parts_; ++part) mark(part, slice, missing[part]);
    }
    for (std::size_t part = 0; part < parts_; ++part) {
      for (std::size_t i = 0; i < kNullable; ++i) gaps_[i].add_missing(part, rows.begin / cut_.batch, missing[part][i]);
    }
  }

  /// When all rows are there: the reasons of a part as places among their names, where a batch has any.
  void write_reasons(std::size_t part) {
    for (std::size_t b = 0; b < cut_.batches(); ++b) {
      if (!has_reasons(part, b)) continue;
      const Piece rows = cut_.rows_of(b);
      const std::size_t first = part * cut_.rows + rows.begin;
      std::ranges::transform(reasons_.span().subspan(first, rows.count), reason_.data() + first, reason_index);
    }
  }

  /// After that. Once: the table keeps what is in it, not the panel.
  [[nodiscard]] static std::shared_ptr<const arrow::ResultTable> finish(const std::shared_ptr<ContributionTable>& of) {
    of->reasons_ = {};
    auto table = of->batches(of);
    of->data_.reset();
    return table;
  }

  [[nodiscard]] std::size_t parts() const noexcept { return parts_; }

 private:
  static constexpr std::size_t kNullable = 5;  // the columns of numbers and the reason

  /// A column of the panel that holds a number for each row, or nothing.
  [[nodiscard]] std::shared_ptr<const PanelColumn> numbers_at(SlotIndex slot) const {
    const auto& column = data_->columns[slot.place()];
    return column && column->type() == Type::number && column->holds_numbers() ? column : nullptr;
  }
  /// All values of a part.
  [[nodiscard]] std::span<const double> values_of(std::size_t part) const {
    if (shown_[part]) return std::get<std::span<const double>>(shown_[part]->view(begin_, cut_.rows));
    return value_.span().subspan(static_cast<std::size_t>(value_places_[part]) * cut_.rows, cut_.rows);
  }
  [[nodiscard]] bool has_reasons(std::size_t part, std::size_t batch) const noexcept {
    return gaps_.back().missing(part, batch) < static_cast<std::int64_t>(cut_.rows_of(batch).count);
  }

  void mark(std::size_t part, Piece slice, std::array<std::int64_t, kNullable>& missing) {
    const std::size_t first = part * cut_.rows + slice.begin;
    const auto of_part = [&](const auto& all) { return all.span().subspan(first, slice.count); };
    const auto mark_numbers = [&](std::size_t i, std::span<const double> cells) {
      missing[i] += gaps_[i].mark(part, slice, cells);
    };
    mark_numbers(0, values_of(part).subspan(slice.begin, slice.count));
    mark_numbers(1, of_part(points_));
    mark_numbers(2, of_part(weight_));
    mark_numbers(3, of_part(contribution_));
    missing[4] += gaps_[4].mark(part, slice, std::span<const Reason>{of_part(reasons_)});
  }

  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> batches(const std::shared_ptr<const void>& owner) {
    using Kind = arrow::ResultColumn::Kind;
    const arrow::ResultColumn accounts =
        ledger::account_column(*data_->snapshot->ledger->ids, data_->accounts.span().subspan(begin_, cut_.rows));
    const arrow::ResultColumn as_ofs = as_of_column(data_->as_ofs->data() + begin_, data_->as_ofs);
    auto names = std::make_shared<std::vector<std::string>>();
    for (const scores::Part& part : contributions_.parts()) names->push_back(part.name);
    auto table = table_of(*data_->snapshot->model, parts_ * cut_.batches());
    for (std::size_t part = 0; part < parts_; ++part) {
      const auto name = part_.data() + part * longest_;
      std::fill_n(name, longest_, static_cast<std::int32_t>(part));
      for (std::size_t b = 0; b < cut_.batches(); ++b) {
        const Piece rows = cut_.rows_of(b);
        const std::size_t first = part * cut_.rows + rows.begin;
        const auto column = [&](const char* called, Kind kind, const void* data) {
          arrow::ResultColumn out;
          out.name = called, out.kind = kind, out.data = data, out.owner = owner;
          return out;
        };
        std::array numbers{column("value", Kind::number, values_of(part).data() + rows.begin),
                           column("points", Kind::number, points_.data() + first),
                           column("weight", Kind::number, weight_.data() + first),
                           column("contribution", Kind::number, contribution_.data() + first)};
        for (std::size_t i = 0; i < numbers.size(); ++i) gaps_[i].show(part, b, numbers[i]);
        arrow::ResultColumn parts = column("part", Kind::category, name);
        parts.categories = names;
        arrow::ResultColumn reason =
            column("reason", Kind::category, has_reasons(part, b) ? reason_.data() + first : no_reason_.data());
        reason.categories = reason_names();
        gaps_[4].show(part, b, reason);
        if (!has_reasons(part, b)) reason.valid = none_valid_.data();
        table->batches[part * cut_.batches() + b] = {
            static_cast<std::int64_t>(rows.count),
            {arrow::rows_of(accounts, rows.begin), arrow::rows_of(as_ofs, rows.begin), std::move(parts),
             std::move(numbers[0]), std::move(numbers[1]), std::move(numbers[2]), std::move(numbers[3]),
             std::move(reason)}};
      }
    }
    return table;
  }

  std::shared_ptr<const Panel::Data> data_;
  scores::Contributions contributions_;
  std::size_t begin_;
  Cut cut_;
  std::size_t parts_ = contributions_.parts().size(), longest_ = std::min(cut_.rows, cut_.batch);
  std::vector<std::shared_ptr<const PanelColumn>> shown_;  // by part: whose numbers its value is; none: in `value_`
  std::vector<std::int32_t> value_places_;                 // by part: in `value_`; -1: none
  // By part and row; part and reason as places among their names.
  std::size_t cells_ = parts_ * cut_.rows;
  Buffer<double> value_, points_{cells_, PagesOf::result}, weight_{cells_, PagesOf::result},
      contribution_{cells_, PagesOf::result};
  Buffer<Reason> reasons_{cells_};
  Buffer<std::int32_t> reason_{cells_, PagesOf::result};
  Buffer<std::int32_t> part_{parts_ * longest_, PagesOf::result};              // by part: the same in all batches
  std::vector<std::int32_t> no_reason_ = std::vector<std::int32_t>(longest_);  // of batches without any
  std::vector<std::uint8_t> none_valid_ = std::vector<std::uint8_t>((longest_ + 7) / 8);
  std::array<Gaps, kNullable> gaps_{Gaps{parts_, cut_}, Gaps{parts_, cut_}, Gaps{parts_, cut_}, Gaps{parts_, cut_},
                                    Gaps{parts_, cut_}};  // value, points, weight, contribution, reason
};

}  // namespace

std::shared_ptr<const arrow::ResultTable> Panel::contributions(std::string_view score, bool deep, Threads threads,
                                                               Watch& watch, PanelRows of) const {
  const CutRows asked{of, data_->rows};
  const Cut cut{asked.end - asked.begin};
  const auto table =
      std::make_shared<ContributionTable>(data_,
                                          scores::Contributions{score_of(data_->snapshot->bound, score),
                                                                deep ? scores::Depth::deep : scores::Depth::one_level},
                                          asked.begin, cut);
  const std::vector<Piece> pieces = cut.pieces(4 * static_cast<std::size_t>(threads.get()));
  run(threads, watch, [&] {
    each_piece(pieces, watch, [&](std::size_t i) { table->fill(pieces[i], watch); });
    for_each(static_cast<std::int64_t>(table->parts()),
             [&](std::int64_t part) { table->write_reasons(static_cast<std::size_t>(part)); });
  });
  return ContributionTable::finish(table);
}

}  // namespace customerhealth::panel
