#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/value_columns.hpp"

namespace customerhealth::panel {
namespace {

class TableBuilder {
 public:
  /// `wanted`: names of columns; empty: all.
  TableBuilder(std::shared_ptr<const Panel::Data> data, PanelRows of, const std::vector<std::string>& wanted)
      : data_{std::move(data)},
        begin_{CutRows{of, data_->rows}.begin},
        rows_{CutRows{of, data_->rows}.end - begin_},
        wanted_{wanted} {}

  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> build() const {
    const model::Model& model = *data_->snapshot->model;
    arrow::ResultTable::Batch batch{static_cast<std::int64_t>(rows_), {}};
    if (is_wanted("account_id")) {
      const auto accounts = data_->accounts.span().subspan(begin_, rows_);
      batch.columns.push_back(ledger::account_column(*data_->snapshot->ledger->ids, accounts));
    }
    if (is_wanted("as_of")) batch.columns.push_back(as_of_column(data_->as_ofs->data() + begin_, data_->as_ofs));
    for (const model::MetricSpec& metric : model.metrics) {
      for (const SlotIndex slot : metric.slots) add(slot, batch);
    }
    for (std::size_t s = 0; s < model.scores.size(); ++s) add_score(model.scores[s], s, batch);
    for (std::size_t j = 0; j < model.journeys.size(); ++j) add_journey(model.journeys[j], j, batch);
    for (const model::CohortSpec& cohort : model.cohorts) add(cohort.slot, batch);
    if (!wanted_.empty() && batch.columns.size() != wanted_.size()) {
      throw std::out_of_range{"the panel lacks a column that was asked for"};
    }
    auto table = std::make_shared<arrow::ResultTable>();
    table->batches.push_back(std::move(batch));
    table->metadata = provenance(model);
    return table;
  }

 private:
  void add_score(const model::ScoreSpec& score, std::size_t index, arrow::ResultTable::Batch& batch) const {
    const model::BoundScore& bound = data_->snapshot->bound.scores[index];
    add(score.slot, batch);
    add(score.grade_slot, bound.grades, batch);
    add(score.coverage_slot, batch);
    add(score.change_slot, batch);
    add(score.trend_slot, bound.directions, batch);
    add(score.grade_before_slot, bound.grades, batch);
    for (const auto& slot : {score.probability_slot, score.low_slot, score.high_slot}) add(slot, batch);
  }

  void add_journey(const model::JourneySpec& journey, std::size_t index, arrow::ResultTable::Batch& batch) const {
    const std::vector<TextCode>& stages = data_->snapshot->bound.journeys[index].names;
    add(journey.slot, stages, batch);
    add(journey.since_slot, batch);
    add(journey.days_slot, batch);
    add(journey.previous_slot, stages, batch);
    add(journey.stalled_slot, batch);
  }

  [[nodiscard]] bool is_wanted(const std::string& column) const {
    return wanted_.empty() || std::ranges::find(wanted_, column) != wanted_.end();
  }

  /// A column, where it is wanted and the model has it and the panel too.
  void add(std::optional<SlotIndex> slot, arrow::ResultTable::Batch& batch) const {
    if (has(slot)) batch.columns.push_back(column(*slot));
  }
  void add(std::optional<SlotIndex> slot, const std::vector<TextCode>& ordered,
           arrow::ResultTable::Batch& batch) const {
    if (has(slot)) batch.columns.push_back(category(*slot, ordered));
  }
  [[nodiscard]] bool has(std::optional<SlotIndex> slot) const {
    return slot && data_->columns[slot->place()] != nullptr && is_wanted(name(*slot));
  }

  [[nodiscard]] arrow::ResultColumn category(SlotIndex slot, const std::vector<TextCode>& ordered) const {
    const auto view = data_->columns[slot.place()]->view(begin_, rows_);
    return Categories{ordered, data_->snapshot->texts}.column(name(slot), std::get<std::span<const TextCode>>(view));
  }

  [[nodiscard]] const std::string& name(SlotIndex slot) const {
    return data_->snapshot->model->slots[slot.place()].name;
  }

  [[nodiscard]] arrow::ResultColumn column(SlotIndex slot) const {
    const std::shared_ptr<const PanelColumn> shared = data_->columns[slot.place()];
    const PanelColumn& values = *shared;
    const ColumnView view = values.view(begin_, rows_);
    arrow::ResultColumn out;
    out.name = name(slot);
    out.owner = shared;
    if (const auto* numbers = std::get_if<std::span<const double>>(&view)) {
      out.data = numbers->data();
    } else if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) {
      out.kind = arrow::ResultColumn::Kind::instant;
      out.data = instants->data();
    } else if (const auto* codes = std::get_if<std::span<const TextCode>>(&view)) {
      return Categories{*codes, data_->snapshot->texts}.column(out.name, *codes);
    } else if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) {
      return boolean_column(out.name, *truths);
    } else {
      return missing_column(out.name, data_->snapshot->shown[slot.place()], rows_);
    }
    mark_missing(values, out);
    return out;
  }

  void mark_missing(const PanelColumn& values, arrow::ResultColumn& out) const {
    if (!values.any_missing()) return;
    const auto reasons = values.reasons(begin_, rows_);
    struct Kept {
      std::shared_ptr<const void> values;
      std::vector<std::uint8_t> valid;
    };
    auto kept = std::make_shared<const Kept>(
        Kept{out.owner, arrow::make_bitmap(rows_, [&](std::size_t i) { return reasons[i] == Reason::none; })});
    out.null_count = rows_ == 0 ? 0 : std::ssize(reasons) - std::ranges::count(reasons, Reason::none);
    out.valid = out.null_count > 0 ? kept->valid.data() : nullptr;
    out.owner = kept;
  }

  std::shared_ptr<const Panel::Data> data_;
  std::size_t begin_, rows_;
  const std::vector<std::string>& wanted_;
};

}  // namespace

std::int64_t Panel::rows() const noexcept { return static_cast<std::int64_t>(data_->rows); }

const model::Model& Panel::model() const noexcept { return *data_->snapshot->model; }

std::shared_ptr<const arrow::ResultTable> Panel::table(PanelRows of, const std::vector<std::string>& columns) const {
  return TableBuilder{data_, of, columns}.build();
}

}  // namespace customerhealth::panel
