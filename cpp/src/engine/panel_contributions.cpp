#include <algorithm>

#include "customerhealth/scores/contributions.hpp"
#include "panel_data.hpp"
#include "pieces.hpp"
#include "reason_names.hpp"

namespace customerhealth {
namespace {

constexpr std::size_t kCellsPerBatch = std::size_t{1} << 19;  // rows of the result: columns on huge pages

/// Rows of the panel.
std::size_t rows_per_batch(std::size_t parts) noexcept {
  return std::max<std::size_t>(1, kCellsPerBatch / std::max<std::size_t>(1, parts));
}

/// Contributions of some rows of a panel as a batch, a row a part.
class BatchBuilder {
 public:
  BatchBuilder(const Panel::Data& data, const Contributions& contributions,
               std::shared_ptr<const std::vector<std::string>> names)
      : data_{&data}, contributions_{&contributions}, names_{std::move(names)}, parts_{contributions.parts().size()} {}

  [[nodiscard]] ResultTable::Batch build(Piece piece) const {
    const auto [begin, rows] = piece;
    const std::size_t cells = rows * parts_;
    Buffer<double> value(cells), points(cells), weight(cells), contribution(cells);
    Buffer<Reason> reasons(cells);
    contributions_->fill(data_->frame(begin, rows),
                         {value.span(), points.span(), weight.span(), contribution.span(), reasons.span()});
    Buffer<AccountCode> accounts(cells);
    auto as_ofs = std::make_shared<Buffer<Instant>>(cells);
    Buffer<std::int32_t> part(cells), reason(cells);
    for (std::size_t row = 0, cell = 0; row < rows; ++row) {
      for (std::size_t p = 0; p < parts_; ++p, ++cell) {
        accounts[cell] = data_->accounts[begin + row];
        (*as_ofs)[cell] = data_->as_ofs[begin + row];
        part[cell] = static_cast<std::int32_t>(p);
        reason[cell] = reason_index(reasons[cell]);
      }
    }
    return {static_cast<std::int64_t>(cells),
            {account_column(*data_->snapshot->ledger, accounts.span()), as_of_column(as_ofs->span(), as_ofs),
             category_column("part", std::move(part), names_), number_column("value", std::move(value)),
             number_column("points", std::move(points)), number_column("weight", std::move(weight)),
             number_column("contribution", std::move(contribution)),
             category_column("reason", std::move(reason), reason_names())}};
  }

 private:
  const Panel::Data* data_;
  const Contributions* contributions_;
  std::shared_ptr<const std::vector<std::string>> names_;
  std::size_t parts_;
};

}  // namespace

std::shared_ptr<const ResultTable> Panel::contributions(std::string_view score, bool deep, Threads threads,
                                                        Watch& watch, PanelRows of) const {
  const Contributions contributions{data_->snapshot->bound, score_index(model(), score),
                                    deep ? Depth::deep : Depth::one_level};
  auto names = std::make_shared<std::vector<std::string>>();
  for (const Part& part : contributions.parts()) names->push_back(part.name);
  const BatchBuilder builder{*data_, contributions, names};
  const CutRows cut{of, data_->rows};
  const std::vector<Piece> pieces = pieces_of(cut.begin, cut.end, rows_per_batch(names->size()));
  auto table = table_of(model(), pieces.size());
  run(threads, watch,
      [&] { each_piece(pieces, watch, [&](std::size_t i) { table->batches[i] = builder.build(pieces[i]); }); });
  return table;
}

}  // namespace customerhealth
