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

JourneyCells journey_cells(const model::BoundModel& model, std::size_t journey, const WalkBlock& block,
                           std::vector<panel::AccountMove>& moves) {
  const model::JourneySpec& spec = model.model->journeys[journey];
  const model::BoundJourney& bound = model.journeys[journey];
  const JourneyTruths truths{bound, *block.frame};
  const lifecycle::JourneyWalk walk{spec, truths.rules()};
  const auto& instants = block.instants->all;
  JourneyWriter out{spec, bound, block.frame->rows};
  std::vector<lifecycle::HeldStage> shown(instants.size());
  std::vector<lifecycle::StageMove> kept, made;
  for (std::size_t a = 0; a < block.accounts.size(); ++a) {
    const std::size_t first = a * instants.size();
    kept.clear(), made.clear();
    if (block.resumed != nullptr) {
      for (const panel::AccountMove& one : block.resumed->moves(journey, block.accounts[a])) {
        kept.push_back(one.move);
        moves.push_back(one);
      }
    }
    walk.walk(block.clock(a), first, kept, shown, made);
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

class PlayWriter {
 public:
  /// `kept`: the record that turns are repeated from; a null pointer: there are none.
  PlayWriter(const model::BoundPlay& bound, const scores::Frame& frame, const panel::PlayRecord* kept)
      : bound_{&bound}, frame_{&frame}, kept_{kept} {
    if (!bound.priority) return;
    priority_ = bound.priority->evaluate(frame.columns, frame.rows);
    priorities_ = scores::numbers_of(priority_.view(), buffer_);
  }
  PlayWriter(const PlayWriter&) = delete;  // the span may point into the buffer
  PlayWriter& operator=(const PlayWriter&) = delete;

  void write(AccountCode account, const lifecycle::PlayTurn& turn) {
    add({account, turn.at, turn.opens, turn.is_tick});
    if (!turn.opens) return;
    if (bound_->priority) out_.priorities.push_back(priorities_[turn.row]);
    for (const SlotIndex slot : bound_->values) {
      out_.values.push_back(lifecycle::kept_value(frame_->columns[slot.place()], turn.row));
    }
  }
  void repeat(const panel::AccountTurn& turn) {
    add(turn);
    if (!turn.opens) return;
    if (bound_->priority) out_.priorities.push_back(kept_->priorities[turn.opening]);
    const std::size_t values = bound_->values.size();
    for (std::size_t v = 0; v < values; ++v) out_.values.push_back(kept_->values[turn.opening * values + v]);
  }
  [[nodiscard]] panel::PlayRecord take() && { return std::move(out_); }

 private:
  void add(panel::AccountTurn turn) {
    openings_ += turn.opens ? 1 : 0;
    turn.opening = openings_ - 1;
    out_.turns.push_back(turn);
  }

  const model::BoundPlay* bound_;
  const scores::Frame* frame_;
  const panel::PlayRecord* kept_;
  Column priority_;
  std::vector<double> buffer_;
  std::span<const double> priorities_;
  panel::PlayRecord out_;
  std::size_t openings_ = 0;
};

}  // namespace

panel::PlayRecord walk_play(const model::BoundModel& model, std::size_t play, const WalkBlock& block) {
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
  PlayWriter out{bound, frame, block.resumed == nullptr ? nullptr : &block.resumed->record(play)};
  std::vector<lifecycle::PlayTurn> kept, made;
  for (std::size_t a = 0; a < block.accounts.size(); ++a) {
    const AccountCode account = block.accounts[a];
    const auto before =
        block.resumed == nullptr ? std::span<const panel::AccountTurn>{} : block.resumed->turns(play, account);
    kept.clear(), made.clear();
    for (const panel::AccountTurn& turn : before) kept.push_back({0, turn.at, turn.opens, true});
    walk.walk(block.clock(a), a * block.instants->all.size(), kept, made);
    auto next = before.begin();
    for (const lifecycle::PlayTurn& turn : made) {  // one at an as-of alone may lie between two that were kept
      for (; next != before.end() && next->at < turn.at; ++next) out.repeat(*next);
      out.write(account, turn);
    }
    for (; next != before.end(); ++next) out.repeat(*next);
  }
  return std::move(out).take();
}

}  // namespace customerhealth::engine
