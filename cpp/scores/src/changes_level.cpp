#include <algorithm>
#include <cmath>

#include "changed_points.hpp"
#include "customerhealth/scores/changes.hpp"
#include "level.hpp"
#include "recorded.hpp"

/// One score at two dates: what each of its parts did.
namespace customerhealth::scores {
namespace {

bool chooses(const model::ScoreSpec& spec) noexcept {
  return spec.combine == model::Combine::lowest || spec.combine == model::Combine::highest;
}

}  // namespace

/// One score at both dates. `factors` is what a point of it is worth at the top, by row; 0: the row has no causes here,
/// because a score on the way to the top is missing or decided by another part.
struct Changes::Level {
  const Changes& changes;
  const model::BoundScore& score;
  const model::ScoreSpec& spec;
  std::size_t first;  // its first part
  const Frame &frame_from, &frame_to;
  std::span<const double> factors;
  const Recorded &from, &to;
  std::vector<Change>& out;

  [[nodiscard]] PartPair pair(std::size_t p, std::size_t part) const noexcept {
    return {from.part(p), to.part(p), PartIndex::at(part)};
  }
  void emit(const Change& change) const {
    if (change.contribution != 0) out.push_back(change);
  }

  void run() const {
    const std::vector<std::size_t> places = places_of_parts();
    const std::size_t measures = spec.measures.size();
    const std::vector<double> came = weight_that_came(places);
    for (std::size_t p = 0; p < places.size(); ++p) {
      const PartPair one = pair(p, places[p]);
      if (p >= measures) {
        step(one);
      } else if (spec.measures[p].weight > 0) {
        chooses(spec) ? choice(p, one, places) : measure(p, one, places, came);
      }
    }
  }

  /// A score that a cap gave has this one cause.
  void take_given_scores(std::vector<double>& of_both) const {
    const bool can_give =
        std::ranges::any_of(spec.caps, [](const auto& cap) { return cap.kind == model::Cap::Kind::set; });
    if (!can_give) return;
    const std::vector<std::size_t> places = places_of_parts();
    take_given(from, to, of_both, [&](std::size_t row, double contribution, const auto& now, const auto& before) {
      const std::size_t p = now ? *now : *before;
      const Change change = pair(p, places[p]).change(row, Cause::cap, contribution);
      out.push_back(with(change, because_of_cap(change.from, change.to)));
    });
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

  /// By row, the weight of the parts that appeared minus that of those that vanished; 0 where no share moves by it.
  [[nodiscard]] std::vector<double> weight_that_came(const std::vector<std::size_t>& places) const {
    std::vector<double> came(factors.size(), 0.0), moved(factors.size(), 0.0);
    if (spec.combine != model::Combine::mean) return came;
    for (std::size_t m = 0; m < spec.measures.size(); ++m) {
      const PartPair one = pair(m, places[m]);
      const double weight = spec.measures[m].whole;
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

  void measure(std::size_t m, const PartPair& one, const std::vector<std::size_t>& places,
               std::span<const double> came) const {
    std::vector<double> inner;  // of a nested score: its factors
    const model::BoundScore* const nested = changes.expanded(score.measures[m]);
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

  /// Adds the cause that the points of a measure differ. Of a nested score it writes the factor to `inner` instead: the
  /// causes are those of the nested score's own parts.
  void points(std::size_t m, const PartPair& one, std::size_t row, double factor, std::span<double> inner,
              const AmongOthers& others) const {
    const double p_from = one.from.points[row], p_to = one.to.points[row];
    const bool both_scores = !std::isnan(one.from.value[row]) && !std::isnan(one.to.value[row]);
    if (!inner.empty() && both_scores) {
      const model::Scale& scale = score.measures[m].nested->spec->scale;
      inner[row] = factor * ((spec.scale.high - spec.scale.low) / (scale.high - scale.low));
      return;
    }
    const bool same_rule = one.from.cases[row] == one.to.cases[row] && one.from.reasons[row] == Reason::none &&
                           one.to.reasons[row] == Reason::none;
    const double of_peers = others.from.empty() || !same_rule ? 0.0 : others.of_peers(row, p_from, p_to);
    if (p_from != p_to || of_peers != 0) {
      emit(change_of_points(spec.measures[m], one, row, factor * (p_to - p_from - of_peers)));
    }
    if (of_peers != 0) emit(one.change(row, Cause::peers, factor * of_peers));
  }

  [[nodiscard]] AmongOthers among_others(std::size_t m) const {
    if (!looks_at_peers(spec.measures[m])) return {};
    return {score.measures[m], frame_from, frame_to};
  }

  /// Adds the causes that the share of a measure differs: one for each part that appeared or vanished, by its weight.
  void shares(std::size_t m, const PartPair& one, std::size_t row, double contribution,
              const std::vector<std::size_t>& places, double came) const {
    for (std::size_t other = 0; other < spec.measures.size(); ++other) {
      const double weight = spec.measures[other].whole;
      if (other == m || !(weight > 0)) continue;
      const PartPair its = pair(other, places[other]);
      const bool now = its.there_now(row);
      if (now == its.there_before(row)) continue;
      using Did = Change::OtherPart::Did;
      Change change = with(one.change(row, Cause::weight, contribution * ((now ? weight : -weight) / came)),
                           Change::OtherPart{now ? Did::appear : Did::vanish, its.part});
      change.from = one.from.weight[row];
      change.to = one.to.weight[row];
      emit(change);
    }
  }

  void nest(const model::BoundScore& nested, const PartPair& one, std::span<const double> inner) const {
    const bool any = std::ranges::any_of(inner, [](double factor) { return factor != 0; });
    if (any) changes.fill_level(nested, one.part.place() + 1, frame_from, frame_to, inner, out);
  }

  // ---- lowest and highest

  void choice(std::size_t m, const PartPair& one, const std::vector<std::size_t>& places) const {
    std::vector<double> inner;
    const model::BoundScore* const nested = changes.expanded(score.measures[m]);
    if (nested != nullptr) inner.assign(factors.size(), 0.0);
    const AmongOthers others = among_others(m);
    for (std::size_t row = 0; row < factors.size(); ++row) {
      if (factors[row] == 0) continue;
      const bool before = one.from.share[row] == 1, now = one.to.share[row] == 1;
      if (before && now) {
        points(m, one, row, factors[row], inner, others);
      } else if (now) {
        const Change change = one.change(row, Cause::appeared, factors[row] * one.to.points[row]);
        out.push_back(one.there_before(row) ? handed_over(change, from, Change::OtherPart::Did::decide_before, places)
                                            : with_reason(change, one.from.reasons[row]));
      } else if (before) {
        const Change change = one.change(row, Cause::vanished, -factors[row] * one.from.points[row]);
        out.push_back(one.there_now(row) ? handed_over(change, to, Change::OtherPart::Did::decide_now, places)
                                         : with_reason(change, one.to.reasons[row]));
      }
    }
    if (nested != nullptr) nest(*nested, one, inner);
  }

  [[nodiscard]] Change handed_over(Change change, const Recorded& at, Change::OtherPart::Did did,
                                   const std::vector<std::size_t>& places) const noexcept {
    change.cause = Cause::chosen;
    for (std::size_t m = 0; m < spec.measures.size(); ++m) {
      if (at.part(m).share[change.row] == 1) return with(change, Change::OtherPart{did, PartIndex::at(places[m])});
    }
    return change;
  }

  // ---- caps, rounding, clamping

  void step(const PartPair& one) const {
    const auto kind = changes.parts_[one.part.place()].part.kind;
    const Cause cause = kind == LevelPart::Kind::cap     ? Cause::cap
                        : kind == LevelPart::Kind::round ? Cause::round
                                                         : Cause::clamp;
    for (std::size_t row = 0; row < factors.size(); ++row) {
      if (factors[row] == 0) continue;
      Change change = one.change(row, cause, factors[row] * (one.to.contribution[row] - one.from.contribution[row]));
      if (cause == Cause::cap) change.because = because_of_cap(change.from, change.to);
      emit(change);
    }
  }
};

void Changes::fill_level(const model::BoundScore& score, std::size_t part, const Frame& from, const Frame& to,
                         std::span<const double> factors, std::vector<Change>& out) const {
  const Recorded before{score, from}, now{score, to};
  std::vector<double> of_both = factors_of_both(before, now, factors, out);
  const Level level{*this, score, *score.spec, part, from, to, of_both, before, now, out};
  level.take_given_scores(of_both);
  level.run();
}

}  // namespace customerhealth::scores
