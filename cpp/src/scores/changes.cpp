#include "customerhealth/scores/changes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/scores/choices.hpp"
#include "customerhealth/scores/measure.hpp"

namespace customerhealth {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostParts = 100'000;  // as for contributions

/// Came and went weights that differ by less than this share of themselves are equal: 0.1 + 0.2 came for 0.3. What
/// they then do to a share is below the last bit, and dividing by their difference would blow it up.
constexpr double kNoise = 1e-12;

const std::int32_t* nested_score(const Measure& measure) noexcept { return std::get_if<std::int32_t>(&measure.source); }

bool chooses(const ScoreSpec& spec) noexcept {
  return spec.combine == Combine::lowest || spec.combine == Combine::highest;
}

std::string name_of(const ScoreSpec& score, const LevelPart& part) {
  const auto index = static_cast<std::size_t>(part.index);
  switch (part.kind) {
    case LevelPart::Kind::measure:
      return score.measures[index].name;
    case LevelPart::Kind::cap:
      return "cap:" + score.caps[index].name;
    case LevelPart::Kind::round:
      return "round";
    case LevelPart::Kind::clamp:
      break;
  }
  return "clamp";
}

/// One score at one date: how it came about, with memory of its own.
class Recorded {
 public:
  Recorded(const BoundModel& model, std::int32_t score, const Frame& frame, std::size_t parts)
      : rows_{frame.rows},
        value_(parts * rows_),
        points_(value_.size()),
        weight_(value_.size()),
        share_(value_.size()),
        contribution_(value_.size()),
        reasons_(value_.size()),
        cases_(value_.size()),
        choices_(value_.size()),
        score_(rows_),
        coverage_(rows_),
        score_reasons_(rows_) {
    const LevelRecord record{value_, points_, weight_, share_, contribution_, reasons_, cases_, choices_};
    score_level(model, score, frame, {score_, score_reasons_, {}, coverage_}, &record);
  }

  struct Part {
    std::span<const double> value, points, weight, share, contribution;
    std::span<const Reason> reasons;
    std::span<const std::int32_t> cases, choices;
  };
  [[nodiscard]] Part part(std::size_t p) const noexcept {
    const auto of = [&](const auto& all) { return std::span{all}.subspan(p * rows_, rows_); };
    return {of(value_),        of(points_),  of(weight_), of(share_),
            of(contribution_), of(reasons_), of(cases_),  of(choices_)};
  }
  [[nodiscard]] std::span<const double> score() const noexcept { return score_; }
  [[nodiscard]] std::span<const Reason> reasons() const noexcept { return score_reasons_; }

 private:
  std::size_t rows_;
  std::vector<double> value_, points_, weight_, share_, contribution_;
  std::vector<Reason> reasons_;
  std::vector<std::int32_t> cases_, choices_;
  std::vector<double> score_, coverage_;
  std::vector<Reason> score_reasons_;
};

/// One part at both dates.
struct Pair {
  Recorded::Part from, to;
  std::int32_t part;  // index into Changes::parts

  [[nodiscard]] bool there_before(std::size_t row) const noexcept { return !std::isnan(from.points[row]); }
  [[nodiscard]] bool there_now(std::size_t row) const noexcept { return !std::isnan(to.points[row]); }
  [[nodiscard]] Change change(std::size_t row, Cause cause, double contribution) const noexcept {
    Change out;
    out.row = row;
    out.part = part;
    out.cause = cause;
    out.from = from.value[row];
    out.to = to.value[row];
    out.contribution = contribution;
    return out;
  }
};

Change with_reason(Change change, Reason reason) noexcept {
  if (reason == Reason::none) return change;
  change.because = Change::Because::reason;
  change.x = static_cast<std::int32_t>(reason);
  return change;
}

Change with(Change change, Change::Because because, std::int32_t x, std::int32_t y = 0,
            std::int32_t held = 0) noexcept {
  change.because = because;
  change.x = x;
  change.y = y;
  change.held = held;
  return change;
}

/// Other points at the same share: what about the measure is different.
Change of_points(const Measure& measure, const Pair& pair, std::size_t row, double contribution) noexcept {
  using Because = Change::Because;
  const std::int32_t case_from = pair.from.cases[row], case_to = pair.to.cases[row];
  if (case_from != case_to) {
    return with(pair.change(row, Cause::case_, contribution), Because::cases, case_from, case_to);
  }
  const Reason reason_from = pair.from.reasons[row], reason_to = pair.to.reasons[row];
  if (reason_from != Reason::none || reason_to != Reason::none) {  // a policy's points, at least once
    return with(pair.change(row, Cause::value, contribution), Because::policy, static_cast<std::int32_t>(reason_from),
                static_cast<std::int32_t>(reason_to));
  }
  const std::int32_t choice_from = pair.from.choices[row], choice_to = pair.to.choices[row];
  if (choice_from == kNoChoice || choice_to == kNoChoice || case_to < 0) {
    return pair.change(row, Cause::value, contribution);
  }
  const bool bands = std::holds_alternative<BandsShape>(measure.cases[static_cast<std::size_t>(case_to)].shape);
  return with(pair.change(row, bands ? Cause::band : Cause::value, contribution), Because::entries, choice_from,
              choice_to, case_to);
}

/// The points of a measure's values at each date among the peers of the other; NaN where there are none, or a policy
/// gave them. Empty where the measure looks at no peers.
struct AmongOthers {
  std::vector<double> from, to;

  AmongOthers() = default;
  AmongOthers(const BoundModel& model, std::int32_t score, std::int32_t measure, const Frame& frame_from,
              const Frame& frame_to)
      : from{points(model, score, measure, frame_from, frame_to.instants)},
        to{points(model, score, measure, frame_to, frame_from.instants)} {}

  /// How much of the difference of points is the peers': the mean over both orders, or of the one there is.
  [[nodiscard]] double of_peers(std::size_t row, double p_from, double p_to) const noexcept {
    const double first = from[row] - p_from, last = p_to - to[row];  // the peers move before the value, after it
    if (std::isnan(first)) return std::isnan(last) ? 0.0 : last;
    return std::isnan(last) ? first : (first + last) / 2;
  }

 private:
  static std::vector<double> points(const BoundModel& model, std::int32_t score, std::int32_t measure, Frame frame,
                                    std::span<const std::int32_t> instants) {
    frame.instants = instants;
    std::vector<double> out(frame.rows);
    std::vector<Reason> reasons(frame.rows);
    measure_rows(model, score, measure, frame, {.value = {}, .points = out, .reasons = reasons});
    for (std::size_t row = 0; row < out.size(); ++row) {
      if (reasons[row] != Reason::none) out[row] = kNan;
    }
    return out;
  }
};

Change::Because of_cap(double from, double to) noexcept {
  if (std::isnan(from)) return std::isnan(to) ? Change::Because::nothing : Change::Because::cap_on;
  if (std::isnan(to)) return Change::Because::cap_off;
  return from == to ? Change::Because::cap_holds : Change::Because::cap_moved;
}

}  // namespace

std::string_view to_string(Cause cause) noexcept {
  constexpr std::array<std::string_view, static_cast<std::size_t>(kLastCause) + 1> kNames{
      "value", "band", "case", "peers", "weight", "appeared", "vanished", "chosen", "cap", "round", "clamp"};
  return kNames[static_cast<std::size_t>(cause)];
}

/// One score at both dates, and what a point of it is worth at the top; 0 where nothing of it is to be told.
struct Changes::Level {
  const Changes& changes;
  std::int32_t score;
  const ScoreSpec& spec;
  std::size_t first;  // its first part
  const Frame &frame_from, &frame_to;
  std::span<const double> factors;
  const Recorded &from, &to;
  std::vector<Change>& out;

  [[nodiscard]] Pair pair(std::size_t p, std::size_t part) const noexcept {
    return {from.part(p), to.part(p), static_cast<std::int32_t>(part)};
  }
  void emit(const Change& change) const {
    if (change.contribution != 0) out.push_back(change);
  }

  void run() const {
    const std::vector<std::size_t> places = places_of_parts();
    const std::size_t measures = spec.measures.size();
    const std::vector<double> came = weight_that_came(places);
    for (std::size_t p = 0; p < places.size(); ++p) {
      const Pair one = pair(p, places[p]);
      if (p >= measures) {
        step(one);
      } else if (spec.measures[p].weight > 0) {
        chooses(spec) ? choice(p, one, places) : measure(p, one, places, came);
      }
    }
  }

  [[nodiscard]] std::vector<std::size_t> places_of_parts() const {
    std::vector<std::size_t> places;
    std::size_t at = first;
    for (std::size_t p = 0, count = level_parts(spec).size(); p < count; ++p) {
      places.push_back(at);
      at += 1 + changes.parts_[at].nested;
    }
    return places;
  }

  // ---- mean and sum

  /// Of each row, the weight that appeared minus the weight that vanished; 0 where shares do not depend on it.
  [[nodiscard]] std::vector<double> weight_that_came(const std::vector<std::size_t>& places) const {
    std::vector<double> came(factors.size(), 0.0), moved(factors.size(), 0.0);
    if (spec.combine != Combine::mean) return came;
    for (std::size_t m = 0; m < spec.measures.size(); ++m) {
      const Pair one = pair(m, places[m]);
      const double weight = spec.measures[m].weight;
      for (std::size_t row = 0; row < came.size(); ++row) {
        const double sign = (one.there_now(row) ? 1.0 : 0.0) - (one.there_before(row) ? 1.0 : 0.0);
        came[row] += sign * weight;
        moved[row] += std::abs(sign) * weight;
      }
    }
    for (std::size_t row = 0; row < came.size(); ++row) {
      if (std::abs(came[row]) <= kNoise * moved[row]) came[row] = 0;
    }
    return came;
  }

  void measure(std::size_t m, const Pair& one, const std::vector<std::size_t>& places,
               std::span<const double> came) const {
    std::vector<double> inner;  // of a nested score: its factors
    const std::int32_t* const nested = changes.expands(spec.measures[m]) ? nested_score(spec.measures[m]) : nullptr;
    if (nested != nullptr) inner.assign(factors.size(), 0.0);
    const AmongOthers others = among_others(m);
    for (std::size_t row = 0; row < factors.size(); ++row) {
      if (factors[row] == 0) continue;
      const bool before = one.there_before(row), now = one.there_now(row);
      const double factor = factors[row], n_from = one.from.share[row], n_to = one.to.share[row];
      const double p_from = one.from.points[row], p_to = one.to.points[row];
      if (before && now) {
        points(m, one, row, factor * ((n_from + n_to) / 2), inner, others);
        if (came[row] != 0) shares(m, one, row, factor * ((p_from + p_to) / 2) * (n_to - n_from), places, came[row]);
      } else if (now) {
        out.push_back(with_reason(one.change(row, Cause::appeared, factor * n_to * p_to), one.from.reasons[row]));
      } else if (before) {
        out.push_back(with_reason(one.change(row, Cause::vanished, -factor * n_from * p_from), one.to.reasons[row]));
      }
    }
    if (nested != nullptr) nest(*nested, one, inner);
  }

  /// The share stays, the points are others. A nested score tells the rest itself.
  void points(std::size_t m, const Pair& one, std::size_t row, double factor, std::span<double> inner,
              const AmongOthers& others) const {
    const double p_from = one.from.points[row], p_to = one.to.points[row];
    const bool both_scores = !std::isnan(one.from.value[row]) && !std::isnan(one.to.value[row]);
    if (!inner.empty() && both_scores) {
      const std::int32_t nested = *nested_score(spec.measures[m]);
      const Scale& scale = changes.model_->model->scores[static_cast<std::size_t>(nested)].scale;
      inner[row] = factor * ((spec.scale.high - spec.scale.low) / (scale.high - scale.low));
      return;
    }
    const bool same_rule = one.from.cases[row] == one.to.cases[row] && one.from.reasons[row] == Reason::none &&
                           one.to.reasons[row] == Reason::none;
    const double of_peers = others.from.empty() || !same_rule ? 0.0 : others.of_peers(row, p_from, p_to);
    if (p_from != p_to || of_peers != 0) {
      emit(of_points(spec.measures[m], one, row, factor * (p_to - p_from - of_peers)));
    }
    if (of_peers != 0) emit(one.change(row, Cause::peers, factor * of_peers));
  }

  [[nodiscard]] AmongOthers among_others(std::size_t m) const {
    if (!looks_at_peers(spec.measures[m])) return {};
    return {*changes.model_, score, static_cast<std::int32_t>(m), frame_from, frame_to};
  }

  /// The points stay, the share is another: because of the parts that came or went, each by its weight.
  void shares(std::size_t m, const Pair& one, std::size_t row, double contribution,
              const std::vector<std::size_t>& places, double came) const {
    for (std::size_t other = 0; other < spec.measures.size(); ++other) {
      const double weight = spec.measures[other].weight;
      if (other == m || !(weight > 0)) continue;
      const Pair its = pair(other, places[other]);
      const bool now = its.there_now(row);
      if (now == its.there_before(row)) continue;
      Change change = with(one.change(row, Cause::weight, contribution * ((now ? weight : -weight) / came)),
                           now ? Change::Because::came : Change::Because::went, its.part);
      change.from = one.from.weight[row];
      change.to = one.to.weight[row];
      emit(change);
    }
  }

  void nest(std::int32_t nested, const Pair& one, std::span<const double> inner) const {
    const bool any = std::ranges::any_of(inner, [](double factor) { return factor != 0; });
    if (any) changes.fill_level(nested, static_cast<std::size_t>(one.part) + 1, frame_from, frame_to, inner, out);
  }

  // ---- lowest and highest

  void choice(std::size_t m, const Pair& one, const std::vector<std::size_t>& places) const {
    std::vector<double> inner;
    const std::int32_t* const nested = changes.expands(spec.measures[m]) ? nested_score(spec.measures[m]) : nullptr;
    if (nested != nullptr) inner.assign(factors.size(), 0.0);
    const AmongOthers others = among_others(m);
    for (std::size_t row = 0; row < factors.size(); ++row) {
      if (factors[row] == 0) continue;
      const bool before = one.from.share[row] == 1, now = one.to.share[row] == 1;
      if (before && now) {
        points(m, one, row, factors[row], inner, others);
      } else if (now) {
        const Change change = one.change(row, Cause::appeared, factors[row] * one.to.points[row]);
        out.push_back(one.there_before(row) ? handed_over(change, from, Change::Because::instead, places)
                                            : with_reason(change, one.from.reasons[row]));
      } else if (before) {
        const Change change = one.change(row, Cause::vanished, -factors[row] * one.from.points[row]);
        out.push_back(one.there_now(row) ? handed_over(change, to, Change::Because::gave_way, places)
                                         : with_reason(change, one.to.reasons[row]));
      }
    }
    if (nested != nullptr) nest(*nested, one, inner);
  }

  [[nodiscard]] Change handed_over(Change change, const Recorded& at, Change::Because because,
                                   const std::vector<std::size_t>& places) const noexcept {
    change.cause = Cause::chosen;
    for (std::size_t m = 0; m < spec.measures.size(); ++m) {
      if (at.part(m).share[change.row] == 1) return with(change, because, static_cast<std::int32_t>(places[m]));
    }
    return change;
  }

  // ---- caps, rounding, clamping

  void step(const Pair& one) const {
    const auto kind = changes.parts_[static_cast<std::size_t>(one.part)].part.kind;
    const Cause cause = kind == LevelPart::Kind::cap     ? Cause::cap
                        : kind == LevelPart::Kind::round ? Cause::round
                                                         : Cause::clamp;
    for (std::size_t row = 0; row < factors.size(); ++row) {
      if (factors[row] == 0) continue;
      Change change = one.change(row, cause, factors[row] * (one.to.contribution[row] - one.from.contribution[row]));
      if (cause == Cause::cap) change.because = of_cap(change.from, change.to);
      emit(change);
    }
  }
};

Changes::Changes(const BoundModel& model, std::int32_t score, Depth depth)
    : model_{&model}, score_{score}, depth_{depth} {
  list(score, "");
  need(score);
  std::ranges::sort(slots_);
  slots_.erase(std::ranges::unique(slots_).begin(), slots_.end());
}

bool Changes::expands(const Measure& measure) const noexcept {
  return depth_ == Depth::deep && nested_score(measure) != nullptr;
}

const Measure& Changes::measure_of(std::int32_t part) const {
  const Listed& listed = parts_[static_cast<std::size_t>(part)];
  assert(listed.part.kind == LevelPart::Kind::measure);
  return model_->model->scores[static_cast<std::size_t>(listed.score)]
      .measures[static_cast<std::size_t>(listed.part.index)];
}

void Changes::list(std::int32_t score, const std::string& prefix) {
  const ScoreSpec& spec = model_->model->scores[static_cast<std::size_t>(score)];
  for (const LevelPart& part : level_parts(spec)) {
    const std::size_t at = parts_.size();
    parts_.push_back({prefix + name_of(spec, part), score, part, 0});
    if (parts_.size() > kMostParts) {
      throw Error{"scores." + model_->model->scores[static_cast<std::size_t>(score_)].name +
                  ": more than 100,000 parts when its nested scores are taken apart; ask for one level"};
    }
    if (part.kind != LevelPart::Kind::measure) continue;
    const Measure& measure = spec.measures[static_cast<std::size_t>(part.index)];
    if (!expands(measure)) continue;
    list(*nested_score(measure), prefix + measure.name + ".");
    parts_[at].nested = parts_.size() - at - 1;
  }
}

void Changes::need(std::int32_t score) {
  const BoundScore& bound = model_->scores[static_cast<std::size_t>(score)];
  const ScoreSpec& spec = model_->model->scores[static_cast<std::size_t>(score)];
  const auto add = [&](const std::optional<BoundExpression>& formula) {
    if (formula) slots_.insert(slots_.end(), formula->slots().begin(), formula->slots().end());
  };
  for (std::size_t m = 0; m < spec.measures.size(); ++m) {
    add(bound.measures[m].value);
    add(bound.measures[m].rows);
    for (const BoundCase& one : bound.measures[m].cases) {
      add(one.when);
      add(one.within);
    }
    const std::int32_t* const nested = nested_score(spec.measures[m]);
    if (nested == nullptr) continue;
    slots_.push_back(model_->model->scores[static_cast<std::size_t>(*nested)].slot);
    if (expands(spec.measures[m])) need(*nested);
  }
  for (const BoundCap& cap : bound.caps) {
    add(cap.when);
    add(cap.limit);
  }
  add(bound.include);
}

void Changes::fill(const Frame& from, const Frame& to, std::vector<Change>& out) const {
  assert(from.rows == to.rows);
  const std::vector<double> factors(from.rows, 1.0);
  fill_level(score_, 0, from, to, factors, out);
}

void Changes::fill_level(std::int32_t score, std::size_t part, const Frame& from, const Frame& to,
                         std::span<const double> factors, std::vector<Change>& out) const {
  const ScoreSpec& spec = model_->model->scores[static_cast<std::size_t>(score)];
  const std::size_t parts = level_parts(spec).size();
  const Recorded before{*model_, score, from, parts}, now{*model_, score, to, parts};
  std::vector<double> told{factors.begin(), factors.end()};
  for (std::size_t row = 0; row < told.size(); ++row) {
    const bool was = !std::isnan(before.score()[row]), is = !std::isnan(now.score()[row]);
    if (was && is) continue;
    told[row] = 0;
    if (was == is || factors[row] == 0) continue;
    Change change;
    change.row = row;
    change.cause = is ? Cause::appeared : Cause::vanished;
    change.from = before.score()[row];
    change.to = now.score()[row];
    change.contribution = kNan;
    out.push_back(with_reason(change, is ? before.reasons()[row] : now.reasons()[row]));
  }
  Level{*this, score, spec, part, from, to, told, before, now, out}.run();
}

}  // namespace customerhealth
