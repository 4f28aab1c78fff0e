#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "reason_names.hpp"

namespace customerhealth::panel {
namespace {

constexpr std::size_t kReasonsPerCheck = 256;  // of hundreds of columns

/// Metrics, scores and journeys by the names of their columns, in the order of the panel.
std::vector<SlotIndex> explained_slots(const model::Model& model) {
  std::vector<SlotIndex> slots;
  for (const model::MetricSpec& metric : model.metrics)
    slots.insert(slots.end(), metric.slots.begin(), metric.slots.end());
  for (const model::ScoreSpec& score : model.scores) slots.push_back(score.slot);
  for (const model::JourneySpec& journey : model.journeys) slots.push_back(journey.slot);
  return slots;
}

}  // namespace

std::shared_ptr<const arrow::ResultTable> Panel::reasons(PanelRows of, const Watch& watch) const {
  const auto slots = explained_slots(model());
  auto names = std::make_shared<std::vector<std::string>>();
  for (const SlotIndex slot : slots) names->push_back(model().slots[slot.place()].name);
  std::vector<AccountCode> accounts;
  const auto as_ofs = std::make_shared<std::vector<Instant>>();
  std::vector<std::int32_t> metrics, reasons;
  const CutRows cut{of, data_->rows};
  for (std::size_t row = cut.begin; row < cut.end; ++row) {
    if (row % kReasonsPerCheck == 0) watch.check();
    for (std::size_t m = 0; m < slots.size(); ++m) {
      const auto& column = data_->columns[slots[m].place()];
      const auto why = column ? column->reasons(row, 1) : std::span<const Reason>{};
      if (why.empty() || why[0] == Reason::none) continue;
      accounts.push_back(data_->accounts[row]);
      as_ofs->push_back((*data_->as_ofs)[row]);
      metrics.push_back(static_cast<std::int32_t>(m));
      reasons.push_back(reason_index(why[0]));
    }
  }
  auto table = std::make_shared<arrow::ResultTable>();
  const auto rows = static_cast<std::int64_t>(accounts.size());
  table->batches.push_back(
      {rows,
       {ledger::account_column(*data_->snapshot->ledger->ids, accounts), as_of_column(as_ofs->data(), as_ofs),
        arrow::category_column("metric", std::move(metrics), names),
        arrow::category_column("reason", std::move(reasons), reason_names())}});
  table->metadata = provenance(model());
  return table;
}

}  // namespace customerhealth::panel
