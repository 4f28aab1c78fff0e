#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "panel_data.hpp"

namespace customerhealth {
namespace {

using Bitmap = std::vector<std::uint8_t>;

/// A text column: its distinct texts in the order of bytes, and each row's place among them. A score's grades and
/// a journey's stages keep the order of the model instead, all of them, so that a panel without a red account still
/// knows of red.
class Categories {
 public:
  Categories(std::span<const TextCode> codes, const Texts& texts) {
    std::vector<TextCode> distinct;
    for (const TextCode code : codes) {
      if (!code.is_missing() && places_.try_emplace(code.get(), 0).second) distinct.push_back(code);
    }
    std::ranges::sort(distinct, {}, [&](TextCode code) { return texts.text(code); });
    number(distinct, texts);
  }
  Categories(const std::vector<TextCode>& ordered, const Texts& texts) { number(ordered, texts); }

  [[nodiscard]] ResultColumn column(std::string name, std::span<const TextCode> codes) && {
    std::vector<std::int32_t> indices(codes.size(), -1);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (!codes[i].is_missing()) indices[i] = places_.at(codes[i].get());
    }
    return category_column(std::move(name), std::move(indices),
                           std::make_shared<const std::vector<std::string>>(std::move(names_)));
  }

 private:
  void number(const std::vector<TextCode>& ordered, const Texts& texts) {
    for (const TextCode code : ordered) {
      places_[code.get()] = static_cast<std::int32_t>(names_.size());
      names_.emplace_back(texts.text(code));
    }
  }

  std::unordered_map<std::int32_t, std::int32_t> places_;
  std::vector<std::string> names_;
};

class TableBuilder {
 public:
  explicit TableBuilder(std::shared_ptr<const Panel::Data> data) : data_{std::move(data)} {}

  [[nodiscard]] std::shared_ptr<const ResultTable> build() const {
    const Model& model = *data_->snapshot->model;
    ResultTable::Batch batch{static_cast<std::int64_t>(data_->rows), {}};
    batch.columns.push_back(account_column(*data_->snapshot->ledger, data_->accounts.span()));
    batch.columns.push_back(as_of_column(data_->as_ofs.span(), data_));
    for (const MetricSpec& metric : model.metrics) {
      for (const std::int32_t slot : metric.slots) add(slot, batch);
    }
    for (std::size_t s = 0; s < model.scores.size(); ++s) add_score(model.scores[s], s, batch);
    for (std::size_t j = 0; j < model.journeys.size(); ++j) add_journey(model.journeys[j], j, batch);
    for (const CohortSpec& cohort : model.cohorts) add(cohort.slot, batch);
    auto table = std::make_shared<ResultTable>();
    table->batches.push_back(std::move(batch));
    table->metadata = provenance(model);
    return table;
  }

 private:
  void add_score(const ScoreSpec& score, std::size_t index, ResultTable::Batch& batch) const {
    const BoundScore& bound = data_->snapshot->bound.scores[index];
    add(score.slot, batch);
    add(score.grade_slot, bound.grades, batch);
    add(score.coverage_slot, batch);
    add(score.change_slot, batch);
    add(score.trend_slot, bound.directions, batch);
    add(score.grade_before_slot, bound.grades, batch);
  }

  void add_journey(const JourneySpec& journey, std::size_t index, ResultTable::Batch& batch) const {
    const std::vector<TextCode>& stages = data_->snapshot->bound.journeys[index].names;
    add(journey.slot, stages, batch);
    add(journey.since_slot, batch);
    add(journey.days_slot, batch);
    add(journey.previous_slot, stages, batch);
    add(journey.stalled_slot, batch);
  }

  /// A column, where the model has it and the panel too.
  void add(std::optional<std::int32_t> slot, ResultTable::Batch& batch) const {
    if (has(slot)) batch.columns.push_back(column(*slot));
  }
  void add(std::optional<std::int32_t> slot, const std::vector<TextCode>& ordered, ResultTable::Batch& batch) const {
    if (has(slot)) batch.columns.push_back(category(*slot, ordered));
  }
  [[nodiscard]] bool has(std::optional<std::int32_t> slot) const {
    return slot && data_->columns[static_cast<std::size_t>(*slot)] != nullptr;
  }

  [[nodiscard]] ResultColumn category(std::int32_t slot, const std::vector<TextCode>& ordered) const {
    const auto view = data_->columns[static_cast<std::size_t>(slot)]->view(0, data_->rows);
    return Categories{ordered, data_->snapshot->texts}.column(name(slot), std::get<std::span<const TextCode>>(view));
  }

  [[nodiscard]] const std::string& name(std::int32_t slot) const {
    return data_->snapshot->model->slots[static_cast<std::size_t>(slot)].name;
  }

  [[nodiscard]] ResultColumn column(std::int32_t slot) const {
    const PanelColumn& values = *data_->columns[static_cast<std::size_t>(slot)];
    const ColumnView view = values.view(0, data_->rows);
    ResultColumn out;
    out.name = name(slot);
    out.owner = data_;
    if (const auto* numbers = std::get_if<std::span<const double>>(&view)) {
      out.data = numbers->data();
    } else if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) {
      out.kind = ResultColumn::Kind::instant;
      out.data = instants->data();
    } else if (const auto* codes = std::get_if<std::span<const TextCode>>(&view)) {
      return Categories{*codes, data_->snapshot->texts}.column(out.name, *codes);
    } else if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) {
      return boolean_column(out.name, *truths);
    } else {
      return missing(out.name, data_->snapshot->shown[static_cast<std::size_t>(slot)]);
    }
    mark_missing(values, out);
    return out;
  }

  /// Nothing but nulls.
  [[nodiscard]] ResultColumn missing(const std::string& name, Type type) const {
    switch (type) {
      case Type::boolean:
        return boolean_column(name, std::vector<Truth>(data_->rows, Truth::missing));
      case Type::instant:
        return instant_column(name, std::vector<std::int64_t>(data_->rows, kMissingInstant.time_since_epoch().count()));
      case Type::text: {
        const std::vector<TextCode> codes(data_->rows);
        return Categories{std::span<const TextCode>{codes}, data_->snapshot->texts}.column(name, codes);
      }
      default:
        return number_column(name, std::vector<double>(data_->rows, std::numeric_limits<double>::quiet_NaN()));
    }
  }

  void mark_missing(const PanelColumn& values, ResultColumn& out) const {
    if (!values.any_missing()) return;
    const auto reasons = values.reasons(0, data_->rows);
    struct Kept {
      std::shared_ptr<const void> values;
      Bitmap valid;
    };
    auto kept = std::make_shared<const Kept>(
        Kept{out.owner, make_bitmap(data_->rows, [&](std::size_t i) { return reasons[i] == Reason::none; })});
    out.null_count = data_->rows == 0 ? 0 : std::ssize(reasons) - std::ranges::count(reasons, Reason::none);
    out.valid = out.null_count > 0 ? kept->valid.data() : nullptr;
    out.owner = kept;
  }

  static ResultColumn boolean_column(std::string name, std::span<const Truth> truths) {
    struct Kept {
      Bitmap values, valid;
    };
    auto kept = std::make_shared<const Kept>(
        Kept{make_bitmap(truths.size(), [&](std::size_t i) { return truths[i] == Truth::yes; }),
             make_bitmap(truths.size(), [&](std::size_t i) { return truths[i] != Truth::missing; })});
    ResultColumn out;
    out.name = std::move(name);
    out.kind = ResultColumn::Kind::boolean;
    out.data = kept->values.data();
    out.null_count = std::ranges::count(truths, Truth::missing);
    out.valid = out.null_count > 0 ? kept->valid.data() : nullptr;
    out.owner = kept;
    return out;
  }

  std::shared_ptr<const Panel::Data> data_;
};

}  // namespace

std::int64_t Panel::rows() const noexcept { return static_cast<std::int64_t>(data_->rows); }

const Model& Panel::model() const noexcept { return *data_->snapshot->model; }

std::shared_ptr<const ResultTable> Panel::table() const { return TableBuilder{data_}.build(); }

}  // namespace customerhealth
