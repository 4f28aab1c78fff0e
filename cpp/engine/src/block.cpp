#include "block.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "customerhealth/metrics/table_metrics.hpp"
#include "customerhealth/scores/score.hpp"
#include "over_time.hpp"

namespace customerhealth::engine {
namespace {

/// A formula's values as cells of their own, with the reason of whatever is missing.
metrics::Cells cells_of(const expression::BoundExpression& formula, Type type, const scores::Frame& frame) {
  const Column column = formula.evaluate(frame.columns, frame.rows);
  const scores::MissingReasons reasons{formula, frame};
  metrics::Cells cells{type, frame.rows};
  const ColumnView& view = column.view();
  if (type == Type::number) {  // the common case, without a look at each row's type
    if (const auto* numbers = std::get_if<std::span<const double>>(&view)) {
      for (std::size_t i = 0; i < frame.rows; ++i) {
        cells.numbers[i] = (*numbers)[i] + 0.0;
        if (std::isnan((*numbers)[i])) cells.set_missing(i, reasons[i]);
      }
      return cells;
    }
  }
  for (std::size_t i = 0; i < frame.rows; ++i) {
    if (is_missing(view, i))
      cells.set_missing(i, reasons[i]);
    else
      cells.set(i, {.row = static_cast<std::int64_t>(i)}, view);
  }
  return cells;
}

}  // namespace

BlockWork::BlockWork(const Question& question, const Stretch& stretch, std::span<const AccountCode> accounts,
                     std::optional<PanelRoom> room, const Resumption* resumed, const Watch& watch)
    : question_{&question},
      stretch_{&stretch},
      snapshot_{question.snapshot},
      model_{snapshot_->model.get()},
      accounts_{accounts},
      room_{room},
      resumed_{resumed},
      watch_{&watch},
      cell_count_{accounts.size() * stretch.as_ofs().size()},
      walk_{*model_} {
  answers_.slots.resize(model_->slots.size());
  frame_.rows = cell_count_;
  frame_.columns.assign(model_->slots.size(), MissingView{cell_count_});
  frame_.reasons.resize(model_->slots.size());
  show_peers();
  read_tables();
  find_present();
  fill_as_of();
  fill_attributes();
  waiting_.resize(model_->metrics.size());
  for (std::size_t t = 0; t < metrics_.size(); ++t) start_table(t);
}

void BlockWork::run_fitted() {
  show_standings();
  for (; levels_run_ < question_->peers->levels; ++levels_run_) {
    const std::vector<model::Step>& steps = question_->part->steps;
    for (std::size_t s = 0; s <= steps.size(); ++s) {
      if (s == model_->include_after && levels_run_ == 0) apply_include();  // its steps come first, and all are there
      if (s < steps.size() && steps[s].level == levels_run_) run_step(steps[s]);
    }
  }
  if (since_left_ > 0) return;
  metrics_.clear();  // blocks that wait for peers keep no rows of tables
  account_rows_.reset();
}

scores::PeersSample BlockWork::sample(model::PeersIndex node) const {
  watch_->check();
  return scores::sample_peers(snapshot_->bound, node, frame_, answers_.present,
                              static_cast<std::size_t>(stretch_->places.front()), question_->peers->instants.size());
}

void BlockWork::take_fitted(model::PeersIndex node, scores::PeersSample&& sample) {
  sample.values = {};
  fitted_.resize(model_->peers.size());
  fitted_[node.place()] = std::move(sample);
}

void BlockWork::show_standings() {
  if (fitted_.empty()) return;
  answers_.standings.resize(fitted_.size());
  frame_.standings.resize(fitted_.size());
  for (std::size_t n = 0; n < fitted_.size(); ++n) {
    if (!fitted_[n] || fitted_[n]->standings.empty()) continue;
    answers_.standings[n] = scores::standings_of_rows(*fitted_[n], cell_count_);
    frame_.standings[n] = answers_.standings[n];
  }
  fitted_.clear();
}

void BlockWork::finish() {
  if (!stretch_->instants.only_asked()) keep_asked_alone();
}

void BlockWork::show_peers() {
  if (model_->peers.empty()) return;
  places_.reserve(cell_count_);
  for (std::size_t a = 0; a < accounts_.size(); ++a) {
    places_.insert(places_.end(), stretch_->places.begin(), stretch_->places.end());
  }
  frame_.peers = question_->peers;
  frame_.instants = places_;
  frame_.texts = &snapshot_->texts;
}

void BlockWork::read_tables() {
  const ledger::Ledger& ledger = *snapshot_->ledger;
  metrics_.resize(model_->tables.size());
  for (std::size_t t = 0; t < model_->tables.size(); ++t) {
    const model::TableSpec& spec = model_->tables[t];
    if (spec.kind == model::TableKind::keys) continue;
    if (spec.kind == model::TableKind::accounts) {
      account_rows_ =
          panel::account_rows(spec, ledger::read_block(spec, ledger.tables[t], accounts_), stretch_->as_ofs());
    } else {
      metrics_[t].emplace(*snapshot_, t, question_->plans[t], stretch_->grids[t], accounts_);
    }
  }
}

void BlockWork::find_present() {
  const bool only_accounts = std::ranges::none_of(metrics_, [](const auto& table) { return table.has_value(); });
  answers_.present.assign(cell_count_, only_accounts ? 1 : 0);
  for (const auto& table : metrics_) {
    if (!table) continue;
    const std::span<const std::uint8_t> seen = table->seen();
    for (std::size_t i = 0; i < cell_count_; ++i) answers_.present[i] |= seen[i];
  }
  if (!account_rows_) return;
  for (std::size_t i = 0; i < cell_count_; ++i) {
    const bool belongs = account_rows_->chosen[i] >= 0;
    answers_.present[i] = belongs && (answers_.present[i] != 0 || account_rows_->is_dated[i] != 0) ? 1 : 0;
  }
}

void BlockWork::fill_as_of() {
  metrics::Cells cells{Type::instant, cell_count_};
  const std::span<const Instant> as_ofs = stretch_->as_ofs();
  for (auto to = cells.instants.begin(); to != cells.instants.end();) to = std::ranges::copy(as_ofs, to).out;
  keep(model::kAsOfSlot, std::move(cells));
}

/// As those of accounts that are there at all as-ofs, where nothing but these is worked out and no rule leaves rows
/// out.
bool BlockWork::each_cell_has_a_row() const noexcept {
  return room_ && room_->count == cell_count_ && stretch_->instants.only_asked() && !snapshot_->bound.include &&
         std::ranges::find(answers_.present, std::uint8_t{0}) == answers_.present.end();
}

void BlockWork::fill_attributes() {
  if (each_cell_has_a_row()) answers_.in_panel.assign(model_->slots.size(), 0);
  for (std::size_t s = 0; s < model_->slots.size(); ++s) {
    const model::Slot& slot = model_->slots[s];
    if (slot.origin != model::Slot::Origin::attribute) continue;
    const auto index = SlotIndex::at(s);
    panel::PanelColumn* const column = answers_.in_panel.empty() ? nullptr : room_->columns[s].get();
    if (column != nullptr && column->holds_numbers()) {
      const bool any_missing = panel::write_attribute(*account_rows_, slot.index, *column, room_->row);
      answers_.in_panel[s] = 1;
      frame_.columns[s] = std::as_const(*column).view(room_->row, cell_count_);
      if (any_missing) frame_.reasons[s] = std::as_const(*column).reasons(room_->row, cell_count_);
      continue;
    }
    keep(index, panel::attribute_cells(*account_rows_, slot.index, type_of(index), snapshot_->integers[s]));
  }
}

void BlockWork::start_table(std::size_t table) {
  if (!metrics_[table]) return;
  for (const metrics::AggregateTask& task : question_->plans[table].tasks) {
    watch_->check();
    if (task.since != nullptr)
      waiting_[task.metric.place()].push_back(&task), ++since_left_;
    else
      keep(task.slot, metrics_[table]->evaluate(task, std::nullopt));
  }
}

void BlockWork::run_step(const model::Step& step) {
  watch_->check();
  switch (step.kind) {
    case model::Step::Kind::metric:
      return run_metric(static_cast<std::size_t>(step.index));
    case model::Step::Kind::score:
      return run_score(step.index);
    case model::Step::Kind::journey:
      return run_journey(static_cast<std::size_t>(step.index));
    case model::Step::Kind::cohort:
      return run_cohort(static_cast<std::size_t>(step.index));
    case model::Step::Kind::play:
      return run_play(static_cast<std::size_t>(step.index));
  }
}

void BlockWork::run_metric(std::size_t index) {
  const model::MetricSpec& spec = model_->metrics[index];
  if (std::holds_alternative<model::Formula>(spec.source)) {
    const auto& expression = std::get<expression::BoundExpression>(snapshot_->bound.metrics[index]);
    keep(spec.slots[0], cells_of(expression, type_of(spec.slots[0]), frame_));
  }
  for (const metrics::AggregateTask* task : waiting_[index]) run_since(*task);
}

void BlockWork::run_since(const metrics::AggregateTask& task) {
  const metrics::Cells starts = cells_of(*task.since, Type::instant, frame_);
  --since_left_;
  const metrics::SinceStarts since{starts.instants, [&](std::size_t cell) { return starts.reasons[cell]; }};
  keep(task.slot, metrics_[task.spec->table.place()]->evaluate(task, since));
}

void BlockWork::run_score(std::int32_t index) {
  const model::BoundScore& bound = snapshot_->bound.scores[static_cast<std::size_t>(index)];
  const model::ScoreSpec& spec = *bound.spec;
  metrics::Cells score{Type::number, cell_count_}, coverage{Type::number, cell_count_};
  std::vector<model::GradeIndex> grades(spec.grade_slot ? cell_count_ : 0);
  scores::score_rows(bound, frame_, {score.numbers, score.reasons, grades, coverage.numbers});
  for (std::size_t i = 0; i < cell_count_; ++i) {
    score.any_missing |= score.reasons[i] != Reason::none;
    if (std::isnan(coverage.numbers[i])) coverage.set_missing(i, score.reasons[i]);
  }
  if (spec.hysteresis) {
    const auto at = static_cast<std::size_t>(index);
    hold_grades(spec, at, walk_block(), score.numbers, grades, walk_.grades[at]);
  }
  if (spec.grade_slot) {
    metrics::Cells named{Type::text, cell_count_};
    const auto& names = bound.grades;
    for (std::size_t i = 0; i < cell_count_; ++i) {
      if (grades[i].is_missing())
        named.set_missing(i, score.reasons[i]);
      else
        named.texts[i] = names[grades[i].place()];
    }
    keep(*spec.grade_slot, std::move(named));
  }
  keep(spec.slot, std::move(score));
  keep(spec.coverage_slot, std::move(coverage));
  if (spec.trend) compare_with_past(index);
  if (spec.probability) keep_probabilities(spec);
}

void BlockWork::compare_with_past(std::int32_t index) {
  const auto at = static_cast<std::size_t>(index);
  const model::ScoreSpec& spec = model_->scores[at];
  const auto slot = [this](SlotIndex s) -> const metrics::Cells& { return answers_.slots[s.place()]; };
  TrendCells cells =
      trend_cells(spec, snapshot_->bound.scores[at].directions, stretch_->instants.before[at], answers_.present,
                  slot(spec.slot), spec.grade_slot ? &slot(*spec.grade_slot) : nullptr);
  keep(*spec.change_slot, std::move(cells.change));
  keep(*spec.trend_slot, std::move(cells.trend));
  if (spec.grade_before_slot) keep(*spec.grade_before_slot, std::move(cells.grade_before));
}

void BlockWork::keep_probabilities(const model::ScoreSpec& spec) {
  const metrics::Cells& score = answers_.slots[spec.slot.place()];
  const auto keep_one = [&](std::optional<SlotIndex> slot, auto at_score) {
    if (!slot) return;
    metrics::Cells cells{Type::number, cell_count_};
    for (std::size_t i = 0; i < cell_count_; ++i) {
      if (score.reasons[i] != Reason::none)
        cells.set_missing(i, score.reasons[i]);
      else
        cells.numbers[i] = (*spec.probability.*at_score)(score.numbers[i]);
    }
    keep(*slot, std::move(cells));
  };
  keep_one(spec.probability_slot, &model::Probability::at);
  keep_one(spec.low_slot, &model::Probability::low_at);
  keep_one(spec.high_slot, &model::Probability::high_at);
}

WalkBlock BlockWork::walk_block() const noexcept {
  return {&stretch_->instants, accounts_, answers_.present, &frame_, resumed_};
}

void BlockWork::run_journey(std::size_t index) {
  const model::JourneySpec& spec = model_->journeys[index];
  JourneyCells cells = journey_cells(snapshot_->bound, index, walk_block(), walk_.life.moves[index]);
  keep(spec.slot, std::move(cells.stage));
  keep(spec.since_slot, std::move(cells.since));
  keep(spec.days_slot, std::move(cells.days));
  keep(spec.previous_slot, std::move(cells.previous));
  keep(spec.stalled_slot, std::move(cells.stalled));
}

void BlockWork::run_cohort(std::size_t index) {
  keep(model_->cohorts[index].slot, cohort_cells(snapshot_->bound.cohorts[index], frame_));
}

void BlockWork::run_play(std::size_t index) {
  walk_.life.plays[index] = walk_play(snapshot_->bound, index, walk_block());
}

void BlockWork::keep_asked_alone() {
  for (metrics::Cells& cells : answers_.slots) keep_asked(stretch_->instants, cells);
  keep_asked(stretch_->instants, answers_.present);
  for (auto& standings : answers_.standings) keep_asked(stretch_->instants, standings);
}

void BlockWork::apply_include() {
  if (!snapshot_->bound.include) return;
  const Column column = snapshot_->bound.include->evaluate(frame_.columns, cell_count_);
  const auto* truths = std::get_if<std::span<const Truth>>(&column.view());
  for (std::size_t i = 0; i < cell_count_; ++i) {
    if (truths == nullptr || (*truths)[i] != Truth::yes) answers_.present[i] = 0;
  }
}

void BlockWork::keep(SlotIndex slot, metrics::Cells&& cells) {
  const std::size_t at = slot.place();
  answers_.slots[at] = std::move(cells);
  frame_.columns[at] = answers_.slots[at].view();
  if (answers_.slots[at].any_missing) frame_.reasons[at] = answers_.slots[at].reasons;
}

Type BlockWork::type_of(SlotIndex slot) const noexcept { return snapshot_->bound.slot_types[slot.place()]; }

}  // namespace customerhealth::engine
