#include "shown_keys.hpp"

namespace customerhealth::model {
namespace {

constexpr std::string_view kShape = "shape", kEdge = "edge", kKind = "kind", kSource = "source";

constexpr std::string_view kWithin = "peers are those for whom this formula has the same value; default: all";

/// The shapes, for measures and cases alike.
template <class T>
Object<T>& shape_keys(Object<T>& object) {
  for_each_shape([&](auto, std::string_view key, auto member, std::string_view meaning) {
    object.key(key, member, meaning).group(kShape);
  });
  return object;
}

}  // namespace

template <>
const Object<LogisticDraft>& object_of() {
  using L = LogisticDraft;
  static const auto kObject = Object<L>{"logistic", "An S-shaped curve between the ends of the scale."}
                                  .key("midpoint", &L::midpoint, "the value worth half of the scale")
                                  .required()
                                  .key("slope", &L::slope, "how steep it is there; below 0 it falls")
                                  .required()
                                  .done();
  return kObject;
}

template <>
const Object<PercentileDraft>& object_of() {
  using P = PercentileDraft;
  static const auto kObject = Object<P>{"percentile", "Where the value stands among those of the same as-of."}
                                  .key("within", &P::within, kWithin)
                                  .key("least", &P::least, "fewer peers: missing `few_peers`")
                                  .fallback("1")
                                  .key("rank", &P::rank, "of n peers, L below and E equal: (L + E/2)/n; L/n; (L + E)/n")
                                  .fallback(R"("mid")")
                                  .done();
  return kObject;
}

template <>
const Object<ZscoreDraft>& object_of() {
  using Z = ZscoreDraft;
  static const auto kObject =
      Object<Z>{"zscore", "How far the value is from the mean of those of the same as-of; all equal: the middle."}
          .key("within", &Z::within, kWithin)
          .key("least", &Z::least, "fewer peers: missing `few_peers`")
          .fallback("2")
          .key("limit", &Z::limit, "the scale's ends lie so many standard deviations from the mean")
          .fallback("3")
          .done();
  return kObject;
}

template <>
const Object<ShrinkDraft>& object_of() {
  using S = ShrinkDraft;
  static const auto kObject =
      Object<S>{"shrink", "Draws values of few rows towards the peers' mean: (n v + k m)/(n + k)."}
          .key("rows", &S::rows, "the metric that says how many rows are behind the value, n")
          .required()
          .key("strength", &S::strength, "k: the mean weighs as much as so many rows")
          .required()
          .done();
  return kObject;
}

template <>
const Object<BandDraft>& object_of() {
  using B = BandDraft;
  static const auto kObject = Object<B>{"band", "Points for the values up to an edge; the last band may have none."}
                                  .key("below", &B::below, "values < this")
                                  .group(kEdge)
                                  .key("up_to", &B::up_to, "values <= this")
                                  .group(kEdge)
                                  .key("points", &B::points, "null: not_applicable")
                                  .required()
                                  .key("name", &B::name, "what people call the band")
                                  .done();
  return kObject;
}

template <>
const Object<CaseDraft>& object_of() {
  using C = CaseDraft;
  static const auto kObject = [] {
    auto object = Object<C>{"case", "The first case that holds gives the shape, the points or the reason."};
    object.key("when", &C::when, "a rule; without it the case always holds");
    return shape_keys(object)
        .key("points", &C::points, "these points, whatever the value")
        .group(kShape)
        .key("missing", &C::missing, "missing, for this reason")
        .group(kShape)
        .one_of_group(kShape)
        .done();
  }();
  return kObject;
}

template <>
const Object<MeasureDraft>& object_of() {
  using M = MeasureDraft;
  static const auto kObject = [] {
    auto object = Object<M>{"measure", "A part of a score: a source, a weight and, for a value, a shape or cases."};
    object.also(shown_keys<M>)
        .key("value", &M::value, "a metric or a formula")
        .group(kSource)
        .key("score", &M::score, "another score's final value, rescaled linearly from scale to scale")
        .group(kSource)
        .key("each", &M::each, "a split metric: one measure NAME.v for each of its values")
        .group(kSource)
        .one_of_group(kSource)
        .key(
            "weight", &M::weight,
            "as the decimal that is written; with `each`, a map by value too; 0: shown, but neither applies nor counts")
        .fallback("1");
    return shape_keys(object)
        .key("cases", &M::cases, "shapes by rule, looked at before the value; none holds: not_applicable")
        .group(kShape)
        .key("descending", &M::descending, "percentile and zscore: less is better")
        .fallback("false")
        .key("shrink", &M::shrink, "draws the value towards the peers' mean before the shape")
        .key("missing", &M::missing, "what a missing value means; not_applicable is skipped unless a map names it")
        .fallback(R"("skip")")
        .done();
  }();
  return kObject;
}

template <>
const Object<CapDraft>& object_of() {
  using C = CapDraft;
  static const auto kObject =
      Object<C>{"cap", "Holds the combined score down or up, or sets it, where a rule is true."}
          .key("name", &C::name, "shown in contributions as cap:NAME")
          .required()
          .key("when", &C::when, "a rule; default: always")
          .key("at_most", &C::at_most, "an upper limit")
          .group(kKind)
          .key("at_least", &C::at_least, "a lower limit")
          .group(kKind)
          .key("set", &C::set,
               "the score itself, where it is missing for `coverage` or a `fail` too; missing: changes nothing")
          .group(kKind)
          .one_of_group(kKind)
          .done();
  return kObject;
}

template <>
const Object<GradeDraft>& object_of() {
  using G = GradeDraft;
  static const auto kObject = Object<G>{"grade", "A name for a range of the score, from its edge up to the next."}
                                  .key("name", &G::name, "the grade")
                                  .required()
                                  .key("label", &G::label, "what people read in place of its name; default: its name")
                                  .key("from", &G::from, "scores >= this")
                                  .group(kEdge)
                                  .key("above", &G::above, "scores > this")
                                  .group(kEdge)
                                  .done();
  return kObject;
}

template <>
const Object<HysteresisDraft>& object_of() {
  using H = HysteresisDraft;
  static const auto kObject =
      Object<H>{"hysteresis",
                "A grade that is held from tick to tick of the clock, until the score has clearly left it."}
          .key("points", &H::points, "the edges of the grade held move outwards by this; default: none is held")
          .done();
  return kObject;
}

template <>
const Object<TrendDraft>& object_of() {
  using T = TrendDraft;
  static const auto kObject =
      Object<T>{"trend", "The score beside what it was; columns S_change, S_trend and, with grades, S_grade_before."}
          .key("over", &T::over, "compared with the score as_of - over, as it was known then; default: no trend")
          .key("flat_within", &T::flat_within, "a change up to this, up or down, is `flat`")
          .fallback("0")
          .needs(&T::over)
          .done();
  return kObject;
}

template <>
const Object<LogitDraft>& object_of() {
  using L = LogitDraft;
  static const auto kObject = Object<L>{"logit", "A probability of 1 / (1 + e^-(a - b score))."}
                                  .key("a", &L::a, "the log-odds at a score of 0")
                                  .required()
                                  .key("b", &L::b, "by how much each point of the score lowers them")
                                  .required()
                                  .done();
  return kObject;
}

template <>
const Object<CalibratedFromDraft>& object_of() {
  using F = CalibratedFromDraft;
  static const auto kObject = Object<F>{"calibrated_from", "What a probability was learned from; it changes no number."}
                                  .key("cases", &F::cases, "accounts at as-ofs")
                                  .key("events", &F::events, "cases in which it happened")
                                  .key("accounts", &F::accounts, "different accounts among the cases")
                                  .key("observed", &F::observed, "what became known up to then was used")
                                  .done();
  return kObject;
}

template <>
const Object<ProbabilityDraft>& object_of() {
  using P = ProbabilityDraft;
  static const auto kObject =
      Object<P>{"probability",
                "How likely is, at a score, what the score warns of; columns S_probability and, with `low` and `high`, "
                "S_probability_low and S_probability_high."}
          .key("of", &P::of, "what happens, as `explain` ends its sentence: of 100 accounts like this 12 `went silent`")
          .required()
          .key("horizon", &P::horizon, "how soon it happens, counted from the as-of")
          .required()
          .key("logistic", &P::logistic, "1 / (1 + e^-(a - b score))")
          .group(kShape)
          .key("curve", &P::curve, "linear between the corners, flat outside")
          .group(kShape)
          .one_of_group(kShape)
          .key("low", &P::low, "the lower end of its interval, at no corner above it")
          .key("high", &P::high, "the upper end of its interval, at no corner below it")
          .key("from", &P::from, "what it was learned from")
          .or_empty()
          .done();
  return kObject;
}

template <>
const Object<ScoreDraft>& object_of() {
  using S = ScoreDraft;
  static const auto kObject =
      Object<S>{"score", "Measures rolled up into one number; columns S, S_coverage and, with grades, S_grade."}
          .also(shown_keys<S>)
          .key("scale", &S::scale, "[low, high]")
          .fallback("[0, 100]")
          .key("measures", &S::measures, "its parts, by name")
          .required()
          .key("combine", &S::combine, "weighted mean; weighted sum, clamped; the lowest or highest points")
          .fallback(R"("mean")")
          .key("least_coverage", &S::least_coverage, "less of the weight that applies has points: missing `coverage`")
          .fallback("0")
          .key("caps", &S::caps, "limits and overrides, in order")
          .fallback("[]")
          .key("round", &S::round, "digits; null: not rounded")
          .fallback("null")
          .key("grades", &S::grades, "ascending; the first has no edge, or one at or below the scale's lower end")
          .fallback("[]")
          .key("hysteresis", &S::hysteresis, "how firmly a grade is held over time; {}: not at all")
          .fallback("{}")
          .key("trend", &S::trend, "how the score changes over time; {}: no columns")
          .fallback("{}")
          .key("probability", &S::probability, "how likely is what the score warns of; {}: no columns")
          .fallback("{}")
          .key("include", &S::include, "where this is not true the score is missing `not_applicable`; default: all")
          .done();
  return kObject;
}

}  // namespace customerhealth::model
