#include <algorithm>
#include <stdexcept>

#include "customerhealth/scores/contributions.hpp"
#include "panel_data.hpp"
#include "reason_names.hpp"

namespace customerhealth {
namespace {

constexpr std::size_t kRowsPerBatch = 8192;  // of the panel

/// Contributions of some rows of a panel as a batch, a row a part.
class BatchBuilder {
 public:
  BatchBuilder(const Panel::Data& data, const Contributions& contributions,
               std::shared_ptr<const std::vector<std::string>> names)
      : data_{&data}, contributions_{&contributions}, names_{std::move(names)}, parts_{contributions.parts().size()} {}

  [[nodiscard]] ResultTable::Batch build(std::size_t begin, std::size_t rows) const {
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
  const auto index = model().find_score(score);
  if (!index) throw std::out_of_range{"the model has no score '" + std::string{score} + "'"};
  const Contributions contributions{data_->snapshot->bound, *index, deep ? Depth::deep : Depth::one_level};
  auto names = std::make_shared<std::vector<std::string>>();
  for (const Part& part : contributions.parts()) names->push_back(part.name);
  const BatchBuilder builder{*data_, contributions, names};
  const CutRows cut{of, data_->rows};
  const std::size_t batches = std::max<std::size_t>(1, (cut.end - cut.begin + kRowsPerBatch - 1) / kRowsPerBatch);
  auto table = std::make_shared<ResultTable>();
  table->batches.resize(batches);
  table->metadata = provenance(model());
  run(threads, watch, [&] {
    watch.expect(static_cast<std::int64_t>(batches));
    for_each(static_cast<std::int64_t>(batches), [&](std::int64_t batch) {
      watch.check();
      const std::size_t begin = cut.begin + static_cast<std::size_t>(batch) * kRowsPerBatch;
      table->batches[static_cast<std::size_t>(batch)] = builder.build(begin, std::min(kRowsPerBatch, cut.end - begin));
      watch.advance();
    });
  });
  return table;
}

}  // namespace customerhealth
