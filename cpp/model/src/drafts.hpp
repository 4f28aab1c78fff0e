#pragma once

#include <cstddef>
#include <type_traits>
#include <variant>

#include "values.hpp"

/// The objects of a document as they are read, one Entry a key. What each key means is declared in keys_*.cpp.
namespace customerhealth::model {

using Points = Number<>;
using Share = Number<0, 1>;
using AtLeastZero = Number<0, kNoLimit>;

enum class EndKnown : std::uint8_t { with_row, at_end };
enum class Empty : std::uint8_t { skip };

/// How a source writes its instants: a unit or a pattern, on the clocks of a zone.
struct InstantDraft : Draft {
  Entry<Label> instant, zone;
};

struct TypeDraft {
  Type type = Type::any;
  std::optional<InstantDraft> instant;
};

/// The types of columns, by name. In the order of the names' bytes, so that order means nothing.
struct TypesDraft {
  std::vector<Named<TypeDraft>> values;
};

struct ClockDraft : Draft {
  Entry<Length> every;
  Entry<Instant> anchor;
};

struct SkipDraft : Draft {
  Entry<Whole<0, kNoLimit>> first, below_header, last;
};

struct ThroughDraft : Draft {
  Entry<TableName> table;
};

struct EachDraft : Draft {
  Entry<ColumnName> column;
  Entry<Label> split;
};

/// The columns that name a row, one or several together.
struct KeyDraft {
  std::vector<std::string> columns;
};

struct TableDraft : Draft {
  Entry<TableKind> kind;
  Entry<ColumnName> account, time, start, end, known, deleted;
  Entry<KeyDraft> key;
  Entry<ColumnName> order, label, currency;
  Entry<ThroughDraft> through;
  Entry<EndKnown> end_known;
  Entry<EndIs> end_is;
  Entry<Length> stale_after;
  Entry<TypesDraft> types;
  Entry<SkipDraft> skip;
  Entry<RowsPath> rows;
  Entry<EachDraft> each;
  Entry<Label> zone;
  Entry<TextMap<Formula>> columns;
  Entry<Formula> where;
};

struct ByDraft : Draft {
  Entry<ColumnName> column;
  Entry<ListOf<Literal, 1>> values;
};

/// A list of values, or a map from value to the number needed.
struct WantedDraft {
  std::vector<Wanted> values;
  bool is_map = false;
};

/// What people read in place of a name, and how a number is shown; no number depends on it.
struct ShownDraft {
  Entry<Label> label, unit;
  Entry<Whole<0, 15>> digits;
};

struct MetricDraft : Draft, ShownDraft {
  Entry<Formula> formula;
  Entry<TableName> from;
  Entry<Aggregation> agg;
  Entry<Formula> of, where;
  Entry<RowsMode> rows;
  Entry<Length> window, offset;
  Entry<Formula> since;
  Entry<bool> full_window;
  Entry<FixedLength> every;
  Entry<Then> then;
  Entry<Empty> empty;
  Entry<Points> above;
  Entry<ByDraft> by;
  Entry<Whole<0, kNoLimit>> min_rows;
  Entry<Length> stale_after;
  Entry<Share> q;
  Entry<FixedLength> half_life;
  Entry<Length> gap;
  Entry<WantedDraft> wanted;
};

struct BandDraft : Draft {
  Entry<Points> below, up_to;
  Entry<Nullable<Points>> points;
  Entry<Label> name;
};

/// [x, points]
struct CurvePoint {
  double x = 0, points = 0;
};

struct LogisticDraft : Draft {
  Entry<Points> midpoint, slope;
};

using LeastPeers = Whole<1, kNoLimit>;
struct PercentileDraft : Draft {
  Entry<Formula> within;
  Entry<LeastPeers> least;
  Entry<Rank> rank;
};

struct ZscoreDraft : Draft {
  Entry<Formula> within;
  Entry<LeastPeers> least;
  Entry<Points> limit;
};

struct ShrinkDraft : Draft {
  Entry<Label> rows;
  Entry<AtLeastZero> strength;
};

/// The keys that every place for a shape has; for_each_shape() says what they are.
struct ShapeDraft {
  Entry<ListOf<BandDraft, 1>> bands;
  Entry<ListOf<CurvePoint, 2>> curve;
  Entry<TextMap<Points>> labels;
  Entry<OnlyTrue> identity;
  Entry<LogisticDraft> logistic;
  Entry<PercentileDraft> percentile;
  Entry<ZscoreDraft> zscore;
};

/// The list of shapes: calls `visit(std::type_identity<Shape's alternative>, key, member of ShapeDraft, meaning)` for
/// each. Keys, their building and what needs one of them are made from it.
template <class Visit>
constexpr void for_each_shape(const Visit& visit) {
  using D = ShapeDraft;
  visit(std::type_identity<BandsShape>{}, "bands", &D::bands,
        "points of the first band that holds the value; edges ascend; beyond the last edge: out_of_range");
  visit(std::type_identity<CurveShape>{}, "curve", &D::curve,
        "points linear between the corners, flat outside; x ascends strictly");
  visit(std::type_identity<LabelsShape>{}, "labels", &D::labels,
        "points by text or boolean (\"true\", \"false\"); an unlisted one: out_of_range");
  visit(std::type_identity<IdentityShape>{}, "identity", &D::identity, "the value itself is the points");
  visit(std::type_identity<LogisticShape>{}, "logistic", &D::logistic,
        "low + (high - low) / (1 + e^(-slope (value - midpoint))), between the scale's ends");
  visit(std::type_identity<PercentileShape>{}, "percentile", &D::percentile,
        "the scale at the share of peers that the value is above");
  visit(std::type_identity<ZscoreShape>{}, "zscore", &D::zscore,
        "the distance to the peers' mean in their standard deviations, linear to the scale");
}

inline constexpr std::size_t kShapesOfCasesAlone = 2;  // FixedPoints and FixedMissing, which have keys of their own
static_assert(
    [] {
      std::size_t shapes = 0;
      for_each_shape([&](auto, const char*, auto, const char*) { ++shapes; });
      return shapes + kShapesOfCasesAlone == std::variant_size_v<Shape>;
    }(),
    "for_each_shape() lists every alternative of Shape");

struct CaseDraft : Draft, ShapeDraft {
  Entry<Formula> when;
  Entry<Points> points;
  Entry<Reason> missing;
};

/// A number for all, or a map by the value of a split metric.
struct WeightDraft {
  double all = 1;
  std::optional<TextMap<AtLeastZero>> by_value;
};

struct MeasureDraft : Draft, ShapeDraft, ShownDraft {
  Entry<Formula> value;
  Entry<ScoreName> score;
  Entry<MetricName> each;
  Entry<WeightDraft> weight;
  Entry<ListOf<CaseDraft, 1>> cases;
  Entry<bool> descending;
  Entry<ShrinkDraft> shrink;
  Entry<MissingPolicy> missing;
};

/// A number or a formula.
struct LimitDraft {
  Formula formula;
};

struct CapDraft : Draft {
  Entry<Label> name;
  Entry<Formula> when;
  Entry<LimitDraft> at_most, at_least, set;
};

struct GradeDraft : Draft {
  Entry<Label> name, label;
  Entry<Points> from, above;
};

struct HysteresisDraft : Draft {
  Entry<AtLeastZero> points;
};

struct TrendDraft : Draft {
  Entry<Length> over;
  Entry<AtLeastZero> flat_within;
};

struct LogitDraft : Draft {
  Entry<Points> a;
  Entry<AtLeastZero> b;
};

/// [[score, probability], ...]
struct RiskCurve {
  Probability::Curve corners;
};

/// What a probability was learned from.
struct CalibratedFromDraft : Draft {
  Entry<Whole<0, kNoLimit>> cases, events, accounts;
  Entry<Instant> observed;
};

struct ProbabilityDraft : Draft {
  Entry<Label> of;
  Entry<Length> horizon;
  Entry<LogitDraft> logistic;
  Entry<RiskCurve> curve, low, high;
  Entry<CalibratedFromDraft> from;
};

struct ScoreDraft : Draft, ShownDraft {
  Entry<Scale> scale;
  Entry<MapOf<MeasureDraft>> measures;
  Entry<Combine> combine;
  Entry<Share> least_coverage;
  Entry<ListOf<CapDraft>> caps;
  Entry<Nullable<Whole<-15, 15>>> round;
  Entry<ListOf<GradeDraft>> grades;
  Entry<HysteresisDraft> hysteresis;
  Entry<TrendDraft> trend;
  Entry<ProbabilityDraft> probability;
  Entry<Formula> include;
};

struct StageDraft : Draft {
  Entry<Label> name, label;
  Entry<Formula> enter, exit;
  Entry<Length> least, deadline;
  Entry<Label> owner;
  Entry<ListOf<Label, 1>> roles;
};

struct JourneyDraft : Draft {
  Entry<ListOf<StageDraft, 1>> stages;
  Entry<TextMap<ListOf<Label>>> moves;
  Entry<Label> start;
};

struct CohortDraft : Draft {
  Entry<Formula> when;
  Entry<Label> label;
  Entry<Label> revenue;
};

/// A text in which names of the panel stand in braces.
struct TemplateDraft {
  struct Piece {
    std::string text;
    std::optional<Formula> name = std::nullopt;
    std::string format = "";
  };
  std::vector<Piece> pieces;
};

struct PlayDraft : Draft {
  Entry<Formula> when, unless, closes;
  Entry<Length> cooldown;
  Entry<LimitDraft> priority;
  Entry<Length> due;
  Entry<Label> label;
  Entry<TemplateDraft> owner, role, channel, message;
  Entry<ListOf<PanelName, 1>> evidence;
};

struct DocumentDraft : Draft {
  Entry<Ignored> schema;
  Entry<Whole<1, 1>> format;
  Entry<std::string> name, description;
  Entry<ClockDraft> clock;
  Entry<MapOf<TableDraft>> tables;
  Entry<MapOf<MetricDraft>> metrics;
  Entry<MapOf<ScoreDraft>> scores;
  Entry<MapOf<JourneyDraft>> journeys;
  Entry<MapOf<CohortDraft>> cohorts;
  Entry<MapOf<PlayDraft>> plays;
  Entry<Formula> include;
};

template <>
struct Choices<TableKind> {
  static std::span<const Choice<TableKind>> all();
};
template <>
struct Choices<Type> {
  static std::span<const Choice<Type>> all();
};
template <>
struct Choices<EndKnown> {
  static std::span<const Choice<EndKnown>> all();
};
template <>
struct Choices<EndIs> {
  static std::span<const Choice<EndIs>> all();
};
template <>
struct Choices<Empty> {
  static std::span<const Choice<Empty>> all();
};
template <>
struct Choices<Aggregation> {
  static std::span<const Choice<Aggregation>> all();
};
template <>
struct Choices<RowsMode> {
  static std::span<const Choice<RowsMode>> all();
};
template <>
struct Choices<Then> {
  static std::span<const Choice<Then>> all();
};
template <>
struct Choices<Combine> {
  static std::span<const Choice<Combine>> all();
};
template <>
struct Choices<Rank> {
  static std::span<const Choice<Rank>> all();
};
template <>
struct Choices<Reason> {
  static std::span<const Choice<Reason>> all();
};

CUSTOMERHEALTH_VALUE(TypesDraft);
CUSTOMERHEALTH_VALUE(RowsPath);
CUSTOMERHEALTH_VALUE(KeyDraft);
CUSTOMERHEALTH_VALUE(WantedDraft);
CUSTOMERHEALTH_VALUE(CurvePoint);
CUSTOMERHEALTH_VALUE(RiskCurve);
CUSTOMERHEALTH_VALUE(WeightDraft);
CUSTOMERHEALTH_VALUE(LimitDraft);
CUSTOMERHEALTH_VALUE(MissingPolicy);
CUSTOMERHEALTH_VALUE(Scale);
CUSTOMERHEALTH_VALUE(TemplateDraft);

// Declared in keys_*.cpp.
template <>
const Object<ClockDraft>& object_of();
template <>
const Object<SkipDraft>& object_of();
template <>
const Object<ThroughDraft>& object_of();
template <>
const Object<InstantDraft>& object_of();
template <>
const Object<TableDraft>& object_of();
template <>
const Object<ByDraft>& object_of();
template <>
const Object<MetricDraft>& object_of();
template <>
const Object<BandDraft>& object_of();
template <>
const Object<LogisticDraft>& object_of();
template <>
const Object<PercentileDraft>& object_of();
template <>
const Object<ZscoreDraft>& object_of();
template <>
const Object<ShrinkDraft>& object_of();
template <>
const Object<CaseDraft>& object_of();
template <>
const Object<MeasureDraft>& object_of();
template <>
const Object<CapDraft>& object_of();
template <>
const Object<GradeDraft>& object_of();
template <>
const Object<HysteresisDraft>& object_of();
template <>
const Object<TrendDraft>& object_of();
template <>
const Object<LogitDraft>& object_of();
template <>
const Object<CalibratedFromDraft>& object_of();
template <>
const Object<ProbabilityDraft>& object_of();
template <>
const Object<ScoreDraft>& object_of();
template <>
const Object<StageDraft>& object_of();
template <>
const Object<JourneyDraft>& object_of();
template <>
const Object<CohortDraft>& object_of();
template <>
const Object<PlayDraft>& object_of();
template <>
const Object<DocumentDraft>& object_of();

}  // namespace customerhealth::model
