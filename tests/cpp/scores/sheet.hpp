#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/changes.hpp"
#include "customerhealth/scores/contributions.hpp"
#include "customerhealth/scores/peer_rows.hpp"
#include "customerhealth/scores/score.hpp"

namespace customerhealth::testing {

inline const double kNan = std::nan("");

/// Scores of a document about one accounts table `a`, whose columns a test writes down: all of the scores room
/// without ledger, metrics and engine.
class Sheet {
 public:
  /// `scores` is the JSON of the map of scores, `metrics` that of formula metrics.
  explicit Sheet(const std::string& scores, const std::string& metrics = "{}")
      : model_{std::make_unique<model::Model>(
            model::Model::parse(R"({"format": 1, "tables": {"a": {"kind": "accounts", "account": "id"}}, "metrics": )" +
                                metrics + R"(, "scores": )" + scores + "}"))} {}

  Sheet& numbers(const std::string& name, const std::vector<double>& values) { return put(name, Column{values}); }
  Sheet& truths(const std::string& name, const std::vector<Truth>& values) { return put(name, Column{values}); }
  Sheet& texts(const std::string& name, const std::vector<std::string>& values) {
    std::vector<TextCode> codes;
    for (const std::string& text : values) codes.push_back(text.empty() ? TextCode{} : texts_->intern(text));
    return put(name, Column{codes});
  }
  Sheet& reasons(const std::string& name, const std::vector<Reason>& values) {
    given_reasons_[name] = values;
    return *this;
  }

  /// Works out every metric and score.
  Sheet& work_out() { return work_out(0, rows_); }
  /// Only those rows: how an engine cuts a panel into blocks.
  Sheet& work_out(std::size_t begin, std::size_t count) {
    bind_model();
    place_attributes(begin, count);
    instants_.assign(count, 0);
    peers_ = std::make_unique<scores::Peers>(*model_, std::vector<Instant>{Instant{}});
    frame_.peers = peers_.get();
    frame_.instants = instants_;
    frame_.texts = texts_.get();
    for (peers_->levels = 1; peers_->levels <= model_->levels; ++peers_->levels) {
      for (const model::Step& step : model_->steps) {
        if (step.level != peers_->levels - 1) continue;
        step.kind == model::Step::Kind::metric ? work_out_metric(step.index) : work_out_score(step.index);
      }
      fit_level();
    }
    return *this;
  }

  struct Scored {
    std::vector<double> score, coverage;
    std::vector<Reason> reasons;
    std::vector<model::GradeIndex> grades;
  };
  [[nodiscard]] const Scored& of(const std::string& score) const { return scored_.at(score_index(score)); }
  [[nodiscard]] const model::ScoreSpec& spec(const std::string& score) const {
    return model_->scores[static_cast<std::size_t>(score_index(score))];
  }

  [[nodiscard]] const model::BoundModel& bound() const noexcept { return bound_; }
  [[nodiscard]] const model::BoundScore& bound(const std::string& score) const {
    return bound_.scores[static_cast<std::size_t>(score_index(score))];
  }
  [[nodiscard]] const scores::Frame& frame() const noexcept { return frame_; }
  [[nodiscard]] std::int32_t score_index(const std::string& name) const {
    return model_->find_score(name).value().get();
  }

  struct Parts {
    std::size_t rows = 0;
    std::vector<std::string> names;
    std::vector<double> value, points, weight, contribution;
    std::vector<Reason> reasons;

    [[nodiscard]] std::size_t at(const std::string& name, std::size_t row = 0) const {
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) throw std::out_of_range{"no part " + name};
      return static_cast<std::size_t>(found - names.begin()) * rows + row;
    }
    [[nodiscard]] double total(std::size_t row) const {
      double sum = 0;
      for (std::size_t part = 0; part < names.size(); ++part) sum += contribution[part * rows + row];
      return sum;
    }
  };
  [[nodiscard]] Parts parts(const std::string& score, scores::Depth depth) const {
    const scores::Contributions contributions{bound(score), depth};
    Parts out;
    out.rows = frame_.rows;
    for (const scores::Part& part : contributions.parts()) out.names.push_back(part.name);
    const std::size_t size = out.names.size() * out.rows;
    // Anything a part forgets to write would show.
    for (auto* column : {&out.value, &out.points, &out.weight, &out.contribution}) column->assign(size, -12345.0);
    out.reasons.assign(size, Reason::few_peers);
    contributions.fill(frame_, {out.rows, out.value, out.points, out.weight, out.contribution, out.reasons});
    return out;
  }

  /// Why the score is another in `now`, which has the same document and accounts.
  [[nodiscard]] std::vector<scores::Change> changes_to(const Sheet& now, const std::string& score,
                                                       scores::Depth depth) const {
    std::vector<scores::Change> out;
    scores::Changes{bound(score), depth}.fill(frame_, now.frame_, out);
    return out;
  }
  [[nodiscard]] std::string because(const std::string& score, scores::Depth depth, const scores::Change& change) const {
    return scores::Changes{bound(score), depth}.because(change);
  }

 private:
  Sheet& put(const std::string& name, const Column& column) {
    given_[name] = column;
    rows_ = rows_of(column.view());
    return *this;
  }

  void bind_model() {
    model::TableTypes types;
    for (const model::TableSpec& table : model_->tables) {
      auto& of_table = types.emplace_back();
      for (const std::string& column : table.columns) {
        const auto found = given_.find(table.name + "." + column);
        of_table.push_back(found == given_.end() ? Type::any : type_of(found->second.view()));
      }
    }
    bound_ = model::bind(*model_, types, *texts_);
  }

  void place_attributes(std::size_t begin, std::size_t count) {
    frame_ = {count, {}, {}};
    for (const model::Slot& slot : model_->slots) {
      const auto found = given_.find(slot.name);
      if (found == given_.end()) {
        frame_.columns.emplace_back(MissingView{count});
        frame_.reasons.emplace_back();
        continue;
      }
      frame_.columns.push_back(slice(found->second.view(), begin, count));
      auto& reasons = given_reasons_[slot.name];
      if (reasons.empty()) reasons.assign(rows_, Reason::silent);
      frame_.reasons.push_back(std::span<const Reason>{reasons}.subspan(begin, count));
    }
  }

  /// The rows are each other's peers.
  void fit_level() {
    const std::vector<std::uint8_t> present(frame_.rows, 1);
    for (std::size_t n = 0; n < model_->peers.size(); ++n) {
      if (model_->peers[n].level != peers_->levels) continue;
      std::vector<scores::PeersSample> samples{
          scores::sample_peers(bound_, model::PeersIndex::at(n), frame_, present, 0, 1)};
      scores::NodeFitting{samples, 1, peers_->nodes[n]}.fit(0);
    }
  }

  void work_out_metric(std::int32_t index) {
    const auto& metric = std::get<expression::BoundExpression>(bound_.metrics[static_cast<std::size_t>(index)]);
    const std::size_t slot = model_->metrics[static_cast<std::size_t>(index)].slots.front().place();
    metric_columns_[index] = metric.evaluate(frame_.columns, frame_.rows);
    frame_.columns[slot] = metric_columns_[index].view();
    auto& reasons = metric_reasons_[index];
    reasons.assign(frame_.rows, Reason::none);
    const scores::MissingReasons why{metric, frame_};
    for (std::size_t row = 0; row < frame_.rows; ++row) {
      if (is_missing(frame_.columns[slot], row)) reasons[row] = why[row];
    }
    frame_.reasons[slot] = reasons;
  }

  void work_out_score(std::int32_t index) {
    const model::ScoreSpec& spec = model_->scores[static_cast<std::size_t>(index)];
    Scored& out = scored_[index];
    out.score.assign(frame_.rows, -12345.0);
    out.coverage.assign(frame_.rows, -12345.0);
    out.reasons.assign(frame_.rows, Reason::few_peers);
    out.grades.assign(spec.grades.empty() ? 0 : frame_.rows, model::GradeIndex{-12345});
    scores::score_rows(bound_.scores[static_cast<std::size_t>(index)], frame_,
                       {out.score, out.reasons, out.grades, out.coverage});
    show(spec.slot, std::span<const double>{out.score}, out);
    show(spec.coverage_slot, std::span<const double>{out.coverage}, out);
    if (!spec.grade_slot) return;
    auto& codes = grade_codes_[index];
    codes.clear();
    for (const model::GradeIndex grade : out.grades) {
      codes.push_back(grade.is_missing() ? TextCode{}
                                         : bound_.scores[static_cast<std::size_t>(index)].grades[grade.place()]);
    }
    show(*spec.grade_slot, std::span<const TextCode>{codes}, out);
  }

  void show(SlotIndex slot, const ColumnView& view, const Scored& scored) {
    frame_.columns[slot.place()] = view;
    frame_.reasons[slot.place()] = scored.reasons;
  }

  std::unique_ptr<model::Model> model_;  // bound_ borrows both
  std::unique_ptr<TextOverlay> texts_ = std::make_unique<TextOverlay>();
  model::BoundModel bound_;
  std::size_t rows_ = 0;
  std::map<std::string, Column> given_;
  std::map<std::string, std::vector<Reason>> given_reasons_;
  scores::Frame frame_;
  std::unique_ptr<scores::Peers> peers_;
  std::vector<std::int32_t> instants_;
  std::map<std::int32_t, Column> metric_columns_;
  std::map<std::int32_t, std::vector<Reason>> metric_reasons_;
  std::map<std::int32_t, std::vector<TextCode>> grade_codes_;
  std::map<std::int32_t, Scored> scored_;
};

}  // namespace customerhealth::testing
