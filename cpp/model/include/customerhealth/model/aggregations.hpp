#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "customerhealth/model/model.hpp"

/// The facts of each aggregation, one row for each word, in aggregation_row(). Parser, JSON Schema, reference, metrics
/// and `path_to` read the row; only the arithmetic of a word stands elsewhere, in the room `metrics`.
namespace customerhealth::model {

/// The range of numbers that a metric can take.
struct ValueDomain {
  double low = std::numeric_limits<double>::lowest(), high = std::numeric_limits<double>::max();
  bool whole = false;  // a count
};
inline constexpr ValueDomain kAnyNumber{}, kFromZero{.low = 0}, kShare{.low = 0, .high = 1};
inline constexpr ValueDomain kCount{.low = 0, .whole = true};

// A new word has to set each member without a default: the compiler warns of a missing one.
struct AggregationRule {
  /// The file that computes it from the rows of one as-of: cpp/metrics/src/picked_<family>.cpp.
  enum class Family : std::uint8_t { statistic, place, variety, span };
  enum class On : std::uint8_t { all, timed, alive };         // timed: events, started and ended intervals
  enum class Of : std::uint8_t { none, optional, needed };    // its `of`
  enum class Takes : std::uint8_t { all, numbers, ordered };  // numbers: booleans too; ordered: instants as well
  /// as_of: the value of `of` at one row, with its type. In the family `place` a number is the days from the row to E.
  enum class Gives : std::uint8_t { number, instant, as_of };
  /// Whether it goes with `every`, and then the value of a bucket without rows.
  enum class Buckets : std::uint8_t { no, empty_is_zero, empty_is_left_out };
  enum class NoValue : std::uint8_t { left_out, counts };  // a row without a value of `of`
  /// The row that answers, in the family `place`: by time, or by value (of equals the first in time).
  enum class Place : std::uint8_t { none, earliest, latest, least, greatest };
  /// The algorithm that updates it from one as-of to the next; `no`: it is computed anew from the rows of each as-of.
  enum class Running : std::uint8_t {
    no,
    count,
    distinct,
    sum,
    decayed,
    mean,
    deviation,
    quantile,
    frequencies,
    mode,
    wanted,
    gap,
    unbroken,
    end,
    extreme,
    place,
  };
  /// What it reads beyond the rows that count: the ends of these, or all rows that have started by E.
  enum class Reads : std::uint8_t { rows, ends, all_started };
  enum class OwnKey : std::uint8_t { none, q, half_life, gap, wanted };  // a key of few aggregations
  enum class Need : std::uint8_t { optional, required };

  std::string_view name;
  Family family;
  Of of;
  Takes takes = Takes::all;
  Gives gives;
  ValueDomain range;  // of a number without buckets, and of a bucket
  On on = On::all;
  Buckets buckets = Buckets::no;
  NoValue no_value = NoValue::left_out;
  Place place = Place::none;
  Running running = Running::no;
  Reads reads = Reads::rows;
  OwnKey own_key = OwnKey::none;
  Need own_key_is = Need::optional;
  std::string_view meaning;
};

/// The table. A word without a row does not compile (-Wswitch).
[[nodiscard]] constexpr AggregationRule aggregation_row(Aggregation aggregation) noexcept {
  using A = Aggregation;
  using enum AggregationRule::Family;
  using Of = AggregationRule::Of;
  using Takes = AggregationRule::Takes;
  using Gives = AggregationRule::Gives;
  using On = AggregationRule::On;
  using Bucket = AggregationRule::Buckets;
  using NoValue = AggregationRule::NoValue;
  using Place = AggregationRule::Place;
  using Running = AggregationRule::Running;
  using Reads = AggregationRule::Reads;
  using Key = AggregationRule::OwnKey;
  using Need = AggregationRule::Need;
  // clang-format off: a table
  switch (aggregation) {
    case A::count:
      return {.name = "count", .family = variety, .of = Of::none, .gives = Gives::number, .range = kCount,
              .buckets = Bucket::empty_is_zero, .running = Running::count, .meaning = "rows"};
    case A::count_distinct:
      return {.name = "count_distinct", .family = variety, .of = Of::needed, .gives = Gives::number, .range = kCount,
              .buckets = Bucket::empty_is_zero, .running = Running::distinct, .meaning = "different values"};
    case A::sum:
      return {.name = "sum", .family = statistic, .of = Of::needed, .takes = Takes::numbers, .gives = Gives::number,
              .range = kAnyNumber, .buckets = Bucket::empty_is_zero, .running = Running::sum,
              .meaning = "the exact sum, rounded once"};
    case A::decayed:
      return {.name = "decayed", .family = statistic, .of = Of::optional, .takes = Takes::numbers,
              .gives = Gives::number, .range = kAnyNumber, .on = On::timed, .running = Running::decayed,
              .own_key = Key::half_life, .own_key_is = Need::required,
              .meaning = "the sum of `of` (default 1), each row halved for every `half_life` that it lies back"};
    case A::mean:
      return {.name = "mean", .family = statistic, .of = Of::needed, .takes = Takes::numbers, .gives = Gives::number,
              .range = kAnyNumber, .buckets = Bucket::empty_is_left_out, .running = Running::mean,
              .meaning = "the exact sum / n"};
    case A::std:
      return {.name = "std", .family = statistic, .of = Of::needed, .takes = Takes::numbers, .gives = Gives::number,
              .range = kFromZero, .running = Running::deviation, .meaning = "standard deviation (n - 1)"};
    case A::median:
      return {.name = "median", .family = statistic, .of = Of::needed, .takes = Takes::numbers,
              .gives = Gives::number, .range = kAnyNumber, .running = Running::quantile, .meaning = "the quantile 0.5"};
    case A::quantile:
      return {.name = "quantile", .family = statistic, .of = Of::needed, .takes = Takes::numbers,
              .gives = Gives::number, .range = kAnyNumber, .running = Running::quantile, .own_key = Key::q,
              .own_key_is = Need::required,
              .meaning = "the quantile `q`, linear at (n - 1)q"};
    case A::min:
      return {.name = "min", .family = place, .of = Of::needed, .takes = Takes::ordered, .gives = Gives::as_of,
              .range = kAnyNumber, .buckets = Bucket::empty_is_left_out, .place = Place::least,
              .running = Running::extreme, .meaning = "the smallest; of booleans: are all true?"};
    case A::max:
      return {.name = "max", .family = place, .of = Of::needed, .takes = Takes::ordered, .gives = Gives::as_of,
              .range = kAnyNumber, .buckets = Bucket::empty_is_left_out, .place = Place::greatest,
              .running = Running::extreme, .meaning = "the largest; of booleans: is any true?"};
    case A::first:
      return {.name = "first", .family = place, .of = Of::needed, .gives = Gives::as_of, .range = kAnyNumber,
              .no_value = NoValue::counts, .place = Place::earliest, .running = Running::place,
              .meaning = "`of` at the earliest row"};
    case A::last:
      return {.name = "last", .family = place, .of = Of::needed, .gives = Gives::as_of, .range = kAnyNumber,
              .no_value = NoValue::counts, .place = Place::latest, .running = Running::place,
              .meaning = "`of` at the latest row"};
    case A::first_time:
      return {.name = "first_time", .family = place, .of = Of::none, .gives = Gives::instant, .range = kAnyNumber,
              .place = Place::earliest, .running = Running::place, .meaning = "the instant of the earliest row"};
    case A::last_time:
      return {.name = "last_time", .family = place, .of = Of::none, .gives = Gives::instant, .range = kAnyNumber,
              .place = Place::latest, .running = Running::place, .meaning = "the instant of the latest row"};
    case A::days_since_first:
      return {.name = "days_since_first", .family = place, .of = Of::none, .gives = Gives::number,
              .range = kFromZero, .place = Place::earliest, .running = Running::place,
              .meaning = "days from the earliest row to E"};
    case A::days_since_last:
      return {.name = "days_since_last", .family = place, .of = Of::none, .gives = Gives::number, .range = kFromZero,
              .place = Place::latest, .running = Running::place, .meaning = "days from the latest row to E"};
    case A::days_to_end:
      return {.name = "days_to_end", .family = span, .of = Of::none, .gives = Gives::number, .range = kFromZero,
              .on = On::alive, .running = Running::end, .reads = Reads::ends,
              .meaning = "days from E to the end of the interval that ends last; an open one: missing `open`"};
    case A::days_unbroken:
      return {.name = "days_unbroken", .family = span, .of = Of::none, .gives = Gives::number, .range = kFromZero,
              .on = On::alive, .running = Running::unbroken, .reads = Reads::all_started, .own_key = Key::gap,
              .meaning = "days from the start of the run of intervals (at most `gap` apart) that is alive at E, to E"};
    case A::longest_gap:
      return {.name = "longest_gap", .family = span, .of = Of::none, .gives = Gives::number, .range = kFromZero,
              .on = On::timed, .running = Running::gap,
              .meaning = "the most days between neighbouring rows, and from the last one to E"};
    case A::mode:
      return {.name = "mode", .family = variety, .of = Of::needed, .gives = Gives::as_of, .range = kAnyNumber,
              .running = Running::mode,
              .meaning = "the most frequent value; of equally frequent ones the least (texts by their bytes)"};
    case A::top_share:
      return {.name = "top_share", .family = variety, .of = Of::needed, .gives = Gives::number, .range = kShare,
              .running = Running::frequencies, .meaning = "the share of the most frequent value"};
    case A::entropy:
      return {.name = "entropy", .family = variety, .of = Of::needed, .gives = Gives::number, .range = kFromZero,
              .running = Running::frequencies, .meaning = "-sum of p ln p over the values' shares p"};
    case A::completeness:
      return {.name = "completeness", .family = variety, .of = Of::needed, .gives = Gives::number, .range = kShare,
              .running = Running::wanted, .own_key = Key::wanted, .own_key_is = Need::required,
              .meaning = "the share of `wanted` that is met"};
  }
  // clang-format on
  return {.name = "", .family = statistic, .of = Of::none, .gives = Gives::number, .range = kAnyNumber, .meaning = ""};
}

/// How many words there are: the first number without a row.
inline constexpr std::size_t kAggregations = [] {
  std::size_t count = 0;
  while (!aggregation_row(static_cast<Aggregation>(count)).name.empty()) ++count;
  return count;
}();

/// The rows in the order of Aggregation.
inline constexpr auto kAggregationRules = [] {
  std::array<AggregationRule, kAggregations> rules{};
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i] = aggregation_row(static_cast<Aggregation>(i));
  return rules;
}();

[[nodiscard]] constexpr const AggregationRule& rule_of(Aggregation aggregation) noexcept {
  return kAggregationRules[static_cast<std::size_t>(aggregation)];
}

/// Facts of a row that belong together.
[[nodiscard]] constexpr bool is_consistent(const AggregationRule& rule) noexcept {
  const bool has_place = rule.place != AggregationRule::Place::none;
  const bool by_value = rule.place == AggregationRule::Place::least || rule.place == AggregationRule::Place::greatest;
  const bool runs_by_place = rule.running == AggregationRule::Running::place;
  return has_place == (rule.family == AggregationRule::Family::place) && (has_place || !runs_by_place) &&
         (!by_value || rule.of == AggregationRule::Of::needed) &&
         (rule.gives != AggregationRule::Gives::as_of || rule.of == AggregationRule::Of::needed);
}
static_assert([] {
  for (const AggregationRule& rule : kAggregationRules) {
    if (!is_consistent(rule)) return false;
  }
  return true;
}());

/// For messages and docs: "numbers and booleans"; "alive intervals".
[[nodiscard]] std::string_view words(AggregationRule::Takes takes) noexcept;
[[nodiscard]] std::string_view words(AggregationRule::On on) noexcept;

}  // namespace customerhealth::model
