#include <algorithm>
#include <stdexcept>

#include "customerhealth/scores/contributions.hpp"
#include "panel_data.hpp"
#include "reason_names.hpp"

namespace customerhealth {
namespace {

constexpr std::size_t kRowsPerBatch = 8192;  // of the panel

/// Contributions of some rows of a panel as a batch: [row][part], where they were worked out as [part][row].
class BatchBuilder {
 public:
  BatchBuilder(const Panel::Data& data, const Contributions& contributions,
               std::shared_ptr<const std::vector<std::string>> names)
      : data_{&data}, contributions_{&contributions}, names_{std::move(names)}, parts_{contributions.parts().size()} {}

  [[nodiscard]] ResultTable::Batch build(std::size_t begin, std::size_t rows) const {
    const std::size_t cells = rows * parts_;
    std::vector<double> value(cells), points(cells), weight(cells), contribution(cells);
    std::vector<Reason> reasons(cells, Reason::none);
    contributions_->fill(data_->frame(begin, rows), {value, points, weight, contribution, reasons});
    std::vector<AccountCode> accounts(cells);
    auto as_ofs = std::make_shared<std::vector<Instant>>(cells);
    std::vector<std::int32_t> part(cells), reason(cells);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t p = 0; p < parts_; ++p) {
        const std::size_t cell = row * parts_ + p;
        accounts[cell] = data_->accounts[begin + row];
        (*as_ofs)[cell] = data_->as_ofs[begin + row];
        part[cell] = static_cast<std::int32_t>(p);
        reason[cell] = reason_index(reasons[p * rows + row]);
      }
    }
    return {static_cast<std::int64_t>(cells),
            {account_column(*data_->snapshot->ledger, accounts), as_of_column(*as_ofs, as_ofs),
             category_column("part", std::move(part), names_), number_column("value", by_row(value, rows)),
             number_column("points", by_row(points, rows)), number_column("weight", by_row(weight, rows)),
             number_column("contribution", by_row(contribution, rows)),
             category_column("reason", std::move(reason), reason_names())}};
  }

 private:
  [[nodiscard]] std::vector<double> by_row(const std::vector<double>& by_part, std::size_t rows) const {
    std::vector<double> out(by_part.size());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t p = 0; p < parts_; ++p) out[row * parts_ + p] = by_part[p * rows + row];
    }
    return out;
  }

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
