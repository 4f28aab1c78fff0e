#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/common/reason.hpp"
#include "customerhealth/expression/expression.hpp"
#include "customerhealth/model/formula.hpp"
#include "customerhealth/model/probability.hpp"
#include "customerhealth/model/table_spec.hpp"

/// The model document as typed values (model.md says what each word means). Everything here was checked as far as it
/// can be without tables: names resolve, nothing needs itself, keys fit the aggregation.
namespace customerhealth::model {

/// Places in the lists of a Model.
using MetricIndex = Code<struct MetricTag>;
using ScoreIndex = Code<struct ScoreTag>;
using JourneyIndex = Code<struct JourneyTag>;
using PeersIndex = Code<struct PeersTag>;
/// A place in ScoreSpec::grades; missing: no grade.
using GradeIndex = Code<struct GradeTag>;

/// A value as the document writes it, exact.
struct Literal {
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string> value;
  std::string text;  // the shortest text, as in `m.value`
};

/// The literal as a value of a column of that type (an instant stays a text that parse_instant reads); nothing when it
/// cannot be one. A key of a JSON map is a text whatever it stands for: `from_key` reads numbers and truths from it.
[[nodiscard]] std::optional<Literal> literal_for(const Literal& literal, Type type, bool from_key);

enum class Aggregation : std::uint8_t {
  count,
  count_distinct,
  sum,
  decayed,
  mean,
  std,
  median,
  quantile,
  min,
  max,
  first,
  last,
  first_time,
  last_time,
  days_since_first,
  days_since_last,
  days_to_end,
  days_unbroken,
  longest_gap,
  mode,
  top_share,
  entropy,
  completeness,
};
[[nodiscard]] std::string_view to_string(Aggregation aggregation) noexcept;

enum class RowsMode : std::uint8_t { alive, started, ended, upcoming, any };
enum class Then : std::uint8_t { mean, median, min, max, std, slope, active, streak, floored };

struct Buckets {
  Length every;
  Then then = Then::mean;
  bool skip_empty = false;
  double above = 0;  // what a bucket must exceed to count in `active` and `streak`
};

struct By {
  std::int32_t column = 0;  // index into the table's columns
  std::vector<Literal> values;
};

struct Wanted {
  Literal value;
  double needed = 1;
};

/// A metric over rows of a table.
struct Aggregate {
  TableIndex table{};
  Aggregation aggregation = Aggregation::count;
  std::optional<Formula> of, where;  // over the table's columns
  RowsMode rows = RowsMode::alive;   // intervals only
  std::optional<Length> window, offset;
  std::optional<Formula> since;  // over panel names
  bool full_window = false;
  std::optional<Buckets> buckets;
  std::optional<By> by;
  std::int64_t min_rows = 0;
  std::optional<Length> stale_after;
  double quantile = 0.5;  // `q`
  std::optional<Length> half_life, gap;
  std::vector<Wanted> wanted;
  bool wanted_is_map = false;
};

struct MetricSpec {
  std::string name;
  std::string path;
  std::variant<Formula, Aggregate> source;
  /// Slots of its columns: one, or one a value of `by`.
  std::vector<SlotIndex> slots;
};

// ---- scores ---------------------------------------------------------------------------------------------------------

struct Scale {
  double low = 0, high = 100;
  friend bool operator==(const Scale&, const Scale&) = default;
};

/// What every shape says of itself, as kFacts: whoever treats shapes differently asks these.
struct ShapeFacts {
  enum class Reads : std::uint8_t { numbers, labels, nothing };  // labels: a text or boolean
  enum class Entries : std::uint8_t { none, bands, labels };     // the parts of it of which one holds a value
  enum class Gives : std::uint8_t { points, reason };            // reason: why there are never points

  Reads reads;
  Entries entries = Entries::none;
  Gives gives = Gives::points;
};

struct Band {
  std::optional<double> edge;    // none: the last
  bool includes_edge = false;    // `up_to`
  std::optional<double> points;  // none: not_applicable
  std::string name;
};
struct BandsShape {
  static constexpr ShapeFacts kFacts{ShapeFacts::Reads::numbers, ShapeFacts::Entries::bands};
  std::vector<Band> bands;
};
struct CurveShape {
  static constexpr ShapeFacts kFacts{ShapeFacts::Reads::numbers};
  std::vector<std::pair<double, double>> points;  // x, points
};
struct LabelsShape {
  static constexpr ShapeFacts kFacts{ShapeFacts::Reads::labels, ShapeFacts::Entries::labels};
  std::vector<std::pair<std::string, double>> points;
};
struct IdentityShape {
  static constexpr ShapeFacts kFacts{ShapeFacts::Reads::numbers};
};
struct LogisticShape {
  static constexpr ShapeFacts kFacts{ShapeFacts::Reads::numbers};
  double midpoint = 0, slope = 1;
};
/// What the shapes among peers share. Peers are the panel rows of the same as-of where the score's `include` holds,
/// with a value, of the same `within` (none: all of them).
struct AmongPeers {
  static constexpr ShapeFacts kFacts{ShapeFacts::Reads::numbers};
  std::optional<Formula> within;
  std::int64_t least = 1;
  bool descending = false;
};
enum class Rank : std::uint8_t { mid, below, at_most };
struct PercentileShape : AmongPeers {
  Rank rank = Rank::mid;
};
struct ZscoreShape : AmongPeers {
  double limit = 3;
};
struct FixedPoints {  // cases only
  static constexpr ShapeFacts kFacts{ShapeFacts::Reads::nothing};
  double points = 0;
};
struct FixedMissing {  // cases only
  static constexpr ShapeFacts kFacts{.reads = ShapeFacts::Reads::nothing, .gives = ShapeFacts::Gives::reason};
  Reason reason = Reason::not_applicable;
};
using Shape = std::variant<BandsShape, CurveShape, LabelsShape, IdentityShape, LogisticShape, PercentileShape,
                           ZscoreShape, FixedPoints, FixedMissing>;
/// Nothing for a shape that looks at its own value alone.
[[nodiscard]] const AmongPeers* among_peers(const Shape& shape) noexcept;
[[nodiscard]] AmongPeers* among_peers(Shape& shape) noexcept;
[[nodiscard]] ShapeFacts facts_of(const Shape& shape) noexcept;
/// Whether the shape gives its answer without looking at the value, so that a missing value is none of its concern.
[[nodiscard]] bool ignores_value(const Shape& shape) noexcept;

struct Case {
  std::optional<Formula> when;
  Shape shape;
  /// Indices into Model::peers: the mean that `shrink` draws the value to, the values that the shape compares with.
  std::optional<PeersIndex> shrink_peers = std::nullopt, shape_peers = std::nullopt;
};

/// Draws the value of few rows towards the peers' mean: (n v + k m) / (n + k).
struct Shrink {
  Formula rows;         // n: the name of a metric
  double strength = 0;  // k
};

/// What a reason for missing means to a measure.
struct MissingPolicy {
  enum class Kind : std::uint8_t { skip, fail, points };
  struct Answer {
    Kind kind = Kind::skip;
    double points = 0;
  };
  /// By reason; the document's default and `not_applicable` rule are already worked in.
  std::array<Answer, static_cast<std::size_t>(kLastReason) + 1> answers;
};

struct Measure {
  std::string name;  // for `each`: NAME.v, one measure a value
  std::string path;
  std::variant<Formula, ScoreIndex> source;  // a value, or another score
  double weight = 1;                         // as it is written
  std::vector<Case> cases;                   // a lone shape is one case without `when`; empty for a score source
  bool has_cases = false;                    // written as `cases`: then no case that holds means not_applicable
  MissingPolicy missing;
  std::optional<Shrink> shrink = std::nullopt;
  double whole = 1;  // the weight times ScoreSpec::weight_unit: what sums are made of
};

enum class Combine : std::uint8_t { mean, sum, lowest, highest };

struct Cap {
  enum class Kind : std::uint8_t { at_most, at_least, set };
  std::string name;
  std::optional<Formula> when;
  Kind kind = Kind::at_most;
  Formula limit;  // a number is a formula too
};

struct Grade {
  std::string name;
  std::optional<double> edge;  // none: the first
  bool includes_edge = true;   // `from`; false: `above`
};

/// A score beside what it was: change, direction, grade before.
struct Trend {
  Length over;
  double flat_within = 0;
};

struct ScoreSpec {
  std::string name;
  std::string path;
  Scale scale;
  std::vector<Measure> measures;
  /// The least power of ten that makes the weights of all measures, as decimals, whole: 100 for 0.35 and 0.5. 1 where a
  /// whole weight would pass 2^53.
  double weight_unit = 1;
  bool weights_add_exactly = true;  // all `Measure::whole` are whole and their sum is below 2^53
  Combine combine = Combine::mean;
  double least_coverage = 0;
  std::vector<Cap> caps;
  std::optional<std::int32_t> round;
  std::vector<Grade> grades;
  std::optional<double> hysteresis;  // points by which the edges of the grade held move outwards, above 0
  std::optional<Trend> trend;
  std::optional<Probability> probability;
  std::optional<Formula> include;
  SlotIndex slot{};                     // of its value
  std::optional<SlotIndex> grade_slot;  // where it has grades
  SlotIndex coverage_slot{};
  std::optional<SlotIndex> change_slot, trend_slot;                // where it has a trend
  std::optional<SlotIndex> grade_before_slot;                      // where it has a trend and grades
  std::optional<SlotIndex> probability_slot, low_slot, high_slot;  // where it has a probability; its interval
};

// ---- journeys, cohorts, plays ---------------------------------------------------------------------------------------

struct Stage {
  std::string name, path;
  Formula enter;
  std::optional<Formula> exit;
  std::optional<Length> least, deadline;
  std::string owner;  // empty: nobody's
  std::vector<std::string> roles;
};

/// Stages from early to late; an account is in one of them at a time (model.md §5).
struct JourneySpec {
  std::string name, path;
  std::vector<Stage> stages;
  /// Beside `stages`: those that may follow, itself among them, the one furthest down the list first.
  std::vector<std::vector<std::int32_t>> next;
  std::optional<std::int32_t> start;
  SlotIndex slot{};  // of the stage
  SlotIndex since_slot{}, days_slot{}, previous_slot{}, stalled_slot{};
};

/// A rule with a name; missing counts as false.
struct CohortSpec {
  std::string name, path;
  Formula when;
  std::string label;
  std::optional<MetricIndex> revenue;
  SlotIndex slot{};
};

/// A text in which values stand: "{users} of {seats:.0f}".
struct TextTemplate {
  struct Piece {
    std::string text;         // as it is
    std::int32_t value = -1;  // then, unless negative, this one of PlaySpec::values
    std::string format = "";  // in Python's way; empty: the shortest
  };
  std::vector<Piece> pieces;  // none: no text

  [[nodiscard]] explicit operator bool() const noexcept { return !pieces.empty(); }
};

/// What to do when a rule becomes true.
struct PlaySpec {
  std::string name, path;
  Formula when;
  std::optional<Formula> unless, closes;
  std::optional<Length> cooldown, due;
  std::optional<Formula> priority;
  TextTemplate owner, role, channel, message;
  std::vector<Formula> values;         // lone names, each once: what texts and evidence take from the opening
  std::vector<std::int32_t> evidence;  // indices into `values`
};

// ---- the whole ------------------------------------------------------------------------------------------------------

/// What has to be worked out, in an order in which everything needed comes first.
struct Step {
  enum class Kind : std::uint8_t { metric, score, journey, cohort, play };
  Kind kind = Kind::metric;
  std::int32_t index = 0;
  std::int32_t level = 0;        // it can run once the peers of all levels up to this one are fitted
  std::vector<SlotIndex> reads;  // slots of other steps, ascending, each once
};

/// One named column of the panel's formulas.
struct Slot {
  enum class Origin : std::uint8_t {
    as_of,
    attribute,
    metric,
    score,  // from here on those of scores
    grade,
    coverage,
    probability,
    probability_low,
    probability_high,
    change,  // from here on those of a trend
    trend,
    grade_before,
    stage,  // from here on those of journeys
    since,
    days,
    previous,
    stalled,
    cohort
  };
  std::string name;  // as_of, accounts.segment, logins, exports.csv, health, health_grade, onboarding_since
  Origin origin = Origin::as_of;
  std::int32_t index = 0;  // of the table column (attribute), the metric, the score, the journey, the cohort
  std::int32_t part = 0;   // of a split metric
  Type type = Type::any;   // any: only the tables can tell

  /// Whether a step works it out; as_of and attributes are there from the start.
  [[nodiscard]] bool is_answered() const noexcept { return origin >= Origin::metric; }
  /// The kind of that step.
  [[nodiscard]] Step::Kind step() const noexcept {
    if (origin == Origin::cohort) return Step::Kind::cohort;
    if (origin >= Origin::stage) return Step::Kind::journey;
    return origin >= Origin::score ? Step::Kind::score : Step::Kind::metric;
  }
  /// What a score's trend defines: it needs the score at an earlier instant too.
  [[nodiscard]] bool looks_back() const noexcept { return Origin::change <= origin && origin <= Origin::grade_before; }
};

inline constexpr SlotIndex kAsOfSlot{0};

/// Values of a measure that its own rows are compared with: those of all accounts at an as-of, by `within`.
struct PeersNode {
  enum class Kind : std::uint8_t { shrink, shape };
  Kind kind = Kind::shape;
  ScoreIndex score{};
  std::int32_t measure = 0;  // of the score
  std::int32_t of_case = 0;  // the case whose `within` it is; of several that share a mean to shrink to, the first
  /// It can be fitted when the steps below this level have run. Level 0 is how fresh each table is; a measure's mean
  /// to shrink to comes before its shape, a score with peers before what reads it.
  std::int32_t level = 1;
};

struct Clock {
  Length every{7, Length::Unit::days};
  Instant anchor{std::chrono::sys_days{std::chrono::year{1970} / 1 / 5}};
};

class Model {
 public:
  /// Reads and checks a document; throws ModelError with every problem, or with the place where the JSON breaks.
  /// Interrupted where the watch says so.
  [[nodiscard]] static Model parse(std::string_view json, const Watch* watch = nullptr,
                                   const ZoneLibrary& zones = system_zones());

  std::string name = "model", description;
  Clock clock;
  std::vector<TableSpec> tables;
  std::vector<MetricSpec> metrics;
  std::vector<ScoreSpec> scores;
  std::vector<JourneySpec> journeys;
  std::vector<CohortSpec> cohorts;
  std::vector<PlaySpec> plays;
  std::optional<Formula> include;  // may not depend on scores or journeys
  std::vector<Slot> slots;         // the first is kAsOfSlot
  std::vector<Step> steps;         // every metric, score, journey, cohort and play, each after what it needs
  std::size_t include_after = 0;   // so many steps must have run before `include` can be evaluated
  std::vector<PeersNode> peers;    // in the order of the document
  std::int32_t levels = 1;         // of what crosses accounts: the freshness of tables, then those of `peers`
  /// Canonical JSON: no white space, shortest numbers, keys sorted, save those of maps by name, whose order means
  /// something (the panel's columns, which of several measures comes first). Reading it gives the same model.
  std::string canonical;
  std::string digest;  // hex SHA-256 of it
  std::string basis;   // the same of the part that peers depend on

  [[nodiscard]] std::optional<TableIndex> find_table(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<ScoreIndex> find_score(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<JourneyIndex> find_journey(std::string_view name) const noexcept;
  /// If the model has one (it has at most one).
  [[nodiscard]] std::optional<TableIndex> accounts_table() const noexcept;

  /// A number below `node_count` for everything that has a step: metrics, scores, journeys, cohorts, plays.
  [[nodiscard]] std::size_t node_of(Step::Kind kind, std::int32_t index) const noexcept;
  [[nodiscard]] std::size_t node_of(const Slot& slot) const noexcept { return node_of(slot.step(), slot.index); }
  [[nodiscard]] std::size_t node_count() const noexcept;
};

/// The JSON Schema (2020-12) of a model document, as JSON text.
[[nodiscard]] std::string model_schema();
/// The tables of keys for the docs, in Markdown: from the same declarations.
[[nodiscard]] std::string model_reference();

}  // namespace customerhealth::model
