#include "life.hpp"

#include <memory>
#include <optional>

#include "broken_feed.hpp"
#include "customerhealth/scores/values.hpp"

namespace customerhealth::engine {
namespace {

/// What a rule says about each row.
class Truths {
 public:
  Truths(const expression::BoundExpression& rule, const scores::Frame& frame)
      : column_{rule.evaluate(frame.columns, frame.rows)}, values_{scores::truths_of(column_.view(), buffer_)} {}
  Truths(const Truths&) = delete;  // the span may point into the buffer
  Truths& operator=(const Truths&) = delete;

  [[nodiscard]] std::span<const Truth> values() const noexcept { return values_; }

 private:
  Column column_;
  std::vector<Truth> buffer_;
  std::span<const Truth> values_;
};

/// The rules of a journey with what they say.
class JourneyTruths {
 public:
  JourneyTruths(const model::BoundJourney& bound, const scores::Frame& frame) {
    for (const model::BoundStage& stage : bound.stages) {
      rules_.enter.push_back(evaluate(stage.enter, frame));
      enter_reasons_.emplace_back(stage.enter, frame);
      rules_.exit.push_back(stage.exit ? evaluate(*stage.exit, frame) : std::span<const Truth>{});
    }
  }
  [[nodiscard]] const lifecycle::StageRules& rules() const noexcept { return rules_; }
  /// Why an account is in no stage: the reason of the first rule that is missing; none: no stage concerns it yet.
  [[nodiscard]] Reason why_no_stage(std::size_t row) const {
    for (std::size_t s = 0; s < rules_.enter.size(); ++s) {
      if (rules_.enter[s][row] == Truth::missing) return enter_reasons_[s][row];
    }
    return Reason::not_applicable;
  }

 private:
  std::span<const Truth> evaluate(const expression::BoundExpression& rule, const scores::Frame& frame) {
    return truths_.emplace_back(std::make_unique<Truths>(rule, frame))->values();
  }

  std::vector<std::unique_ptr<Truths>> truths_;
  lifecycle::StageRules rules_;
  std::vector<scores::MissingReasons> enter_reasons_;
};

class JourneyWriter {
 public:
  JourneyWriter(const model::JourneySpec& spec, const model::BoundJourney& bound, std::size_t rows)
      : spec_{&spec},
        names_{bound.names},
        cells_{metrics::Cells{Type::text, rows}, metrics::Cells{Type::instant, rows},
               metrics::Cells{Type::number, rows}, metrics::Cells{Type::text, rows},
               metrics::Cells{Type::boolean, rows}} {}

  void write(std::size_t row, const lifecycle::HeldStage& held, Instant as_of) {
    cells_.stage.texts[row] = names_[static_cast<std::size_t>(held.stage)];
    cells_.since.instants[row] = held.since;
    cells_.days.numbers[row] = days_between(as_of, held.since);
    cells_.stalled.truths[row] = lifecycle::is_stalled(*spec_, held, as_of) ? Truth::yes : Truth::no;
    if (held.previous < 0)
      cells_.previous.set_missing(row, Reason::not_applicable);
    else
      cells_.previous.texts[row] = names_[static_cast<std::size_t>(held.previous)];
  }

  void write_missing(std::size_t row, Reason reason) {
    for (metrics::Cells* cells : {&cells_.stage, &cells_.since, &cells_.days, &cells_.previous, &cells_.stalled}) {
      cells->set_missing(row, reason);
    }
  }

  [[nodiscard]] JourneyCells take() && { return std::move(cells_); }

 private:
  const model::JourneySpec* spec_;
  std::span<const TextCode> names_;
  JourneyCells cells_;
};

}  // namespace

lifecycle::ClockView LifeBlock::clock(std::size_t account) const noexcept {
  const std::size_t count = instants->all.size();
  return {instants->all, instants->is_tick, instants->is_asked, present.subspan(account * count, count)};
}

JourneyCells journey_cells(const model::JourneySpec& spec, const model::BoundJourney& bound, const LifeBlock& block,
                           std::vector<panel::AccountMove>& moves) {
  const JourneyTruths truths{bound, *block.frame};
  const lifecycle::JourneyWalk walk{spec, truths.rules()};
  const auto& instants = block.instants->all;
  JourneyWriter out{spec, bound, block.frame->rows};
  std::vector<lifecycle::HeldStage> shown(instants.size());
  std::vector<lifecycle::StageMove> made;
  for (std::size_t a = 0; a < block.accounts.size(); ++a) {
    const std::size_t first = a * instants.size();
    lifecycle::HeldStage held;
    made.clear();
    walk.walk(block.clock(a), first, shown, held, made);
    for (const lifecycle::StageMove& move : made) moves.push_back({block.accounts[a], move});
    for (std::size_t k = 0; k < instants.size(); ++k) {
      if (shown[k].stage >= 0)
        out.write(first + k, shown[k], instants[k]);
      else
        out.write_missing(first + k, truths.why_no_stage(first + k));
    }
  }
  return std::move(out).take();
}

metrics::Cells cohort_cells(const model::BoundCohort& bound, const scores::Frame& frame) {
  const Truths truths{bound.when, frame};
  metrics::Cells cells{Type::boolean, frame.rows};
  for (std::size_t i = 0; i < frame.rows; ++i) {
    cells.truths[i] = truths.values()[i] == Truth::yes ? Truth::yes : Truth::no;
  }
  return cells;
}

namespace {

/// What `when` says to an open play: missing is no longer true, unless a feed is broken.
std::vector<Truth> when_of(const model::BoundModel& model, const model::BoundPlay& bound, const scores::Frame& frame) {
  const Truths when{bound.when, frame};
  std::vector<Truth> out{when.values().begin(), when.values().end()};
  const bool may_break = BrokenFeed::is_possible(*model.model);
  BrokenFeed feed{model, frame};
  for (std::size_t row = 0; row < out.size(); ++row) {
    if (out[row] == Truth::missing && !(may_break && feed.explains(bound.when, row))) out[row] = Truth::no;
  }
  return out;
}

}  // namespace

panel::PlayRecord walk_play(const model::BoundModel& model, std::size_t play, const LifeBlock& block) {
  const model::PlaySpec& spec = model.model->plays[play];
  const model::BoundPlay& bound = model.plays[play];
  const scores::Frame& frame = *block.frame;
  const auto evaluate = [&](const std::optional<expression::BoundExpression>& rule, std::optional<Truths>& truths) {
    if (rule) truths.emplace(*rule, frame);
    return truths ? truths->values() : std::span<const Truth>{};
  };
  const std::vector<Truth> when = when_of(model, bound, frame);
  std::optional<Truths> unless, closes;
  const lifecycle::PlayWalk walk{spec, {when, evaluate(bound.unless, unless), evaluate(bound.closes, closes)}};
  Column priority;
  std::vector<double> buffer;
  std::span<const double> priorities;
  if (bound.priority) {
    priority = bound.priority->evaluate(frame.columns, frame.rows);
    priorities = scores::numbers_of(priority.view(), buffer);
  }
  panel::PlayRecord out;
  std::vector<lifecycle::PlayTurn> turns;
  std::size_t opened = 0;
  for (std::size_t a = 0; a < block.accounts.size(); ++a) {
    lifecycle::HeldPlay held;
    turns.clear();
    walk.walk(block.clock(a), a * block.instants->all.size(), held, turns);
    for (const lifecycle::PlayTurn& turn : turns) {
      opened += turn.opens ? 1 : 0;
      out.turns.push_back({block.accounts[a], turn.at, turn.opens, turn.is_tick, opened - 1});
      if (!turn.opens) continue;
      if (bound.priority) out.priorities.push_back(priorities[turn.row]);
      for (const SlotIndex slot : bound.values) {
        out.values.push_back(lifecycle::kept_value(frame.columns[slot.place()], turn.row));
      }
    }
  }
  return out;
}

}  // namespace customerhealth::engine
