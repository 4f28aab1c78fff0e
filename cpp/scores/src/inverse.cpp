#include "inverse.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

#include "customerhealth/common/curve_segment.hpp"
#include "customerhealth/common/number.hpp"
#include "shapes.hpp"

namespace customerhealth::scores {
namespace {

constexpr double kLowest = std::numeric_limits<double>::lowest(), kHighest = std::numeric_limits<double>::max();

double next_above(double number) noexcept { return std::nextafter(number, kInfinity); }
double next_below(double number) noexcept { return std::nextafter(number, -kInfinity); }

/// Values from `low` to `high`, both included, that all have enough points; points only rise or only fall between them.
struct Range {
  double low, high;
  RangeEnd low_end = RangeEnd::closed, high_end = RangeEnd::closed;
};

/// The lowest of [low, high] for which `enough` holds; it holds for `high`, and above whatever it holds for.
template <class Enough>
double lowest_with(double low, double high, const Enough& enough) {
  if (enough(low)) return low;
  std::int64_t no = place_of(low), yes = place_of(high);
  while (no + 1 < yes) {  // their distance may overflow
    const std::int64_t middle = std::midpoint(no, yes);
    (enough(number_at(middle)) ? yes : no) = middle;
  }
  return number_at(yes);
}

/// Of a shape that only rises, or only falls.
template <class Enough>
std::vector<Range> one_way(bool rises, const Enough& enough) {
  if (!enough(rises ? kHighest : kLowest)) return {};
  if (rises) return {{lowest_with(kLowest, kHighest, enough), kHighest, RangeEnd::crossing, RangeEnd::closed}};
  const auto mirrored = [&](double value) { return enough(-value); };
  return {{kLowest, -lowest_with(kLowest, kHighest, mirrored), RangeEnd::closed, RangeEnd::crossing}};
}

std::vector<Range> ranges_of(const model::BandsShape& shape, double least, const Held&) {
  std::vector<Range> ranges;
  double low = kLowest;
  RangeEnd low_end = RangeEnd::closed;
  for (const model::Band& band : shape.bands) {
    const double high = !band.edge ? kHighest : band.includes_edge ? *band.edge : next_below(*band.edge);
    const RangeEnd high_end = band.edge && !band.includes_edge ? RangeEnd::open : RangeEnd::closed;
    if (low <= high && band.points && *band.points >= least) ranges.push_back({low, high, low_end, high_end});
    if (!band.edge) continue;
    low = band.includes_edge ? next_above(*band.edge) : *band.edge;
    low_end = band.includes_edge ? RangeEnd::open : RangeEnd::closed;
  }
  return ranges;
}

/// Adds the values between two neighbouring points of a curve that have enough.
void add_segment(const std::pair<double, double>& from, const std::pair<double, double>& to, double least,
                 std::vector<Range>& ranges) {
  const double low = from.first, high = next_below(to.first);
  const CurveSegment segment{from, to};
  const auto enough = [&](double value) { return segment(value) >= least; };
  const bool at_low = enough(low), at_high = enough(high);
  const RangeEnd high_end = to.second >= least ? RangeEnd::closed : RangeEnd::crossing;
  if (at_low && at_high) {
    ranges.push_back({low, high, RangeEnd::closed, high_end});
  } else if (at_high) {
    ranges.push_back({lowest_with(low, high, enough), high, RangeEnd::crossing, high_end});
  } else if (at_low) {  // the highest that suffices is the lowest of the mirror
    const auto mirrored = [&](double value) { return enough(-value); };
    ranges.push_back({low, -lowest_with(-high, -low, mirrored), RangeEnd::closed, RangeEnd::crossing});
  }
}

std::vector<Range> ranges_of(const model::CurveShape& shape, double least, const Held&) {
  std::vector<Range> ranges;
  const auto& points = shape.points;
  if (points.front().second >= least) {
    ranges.push_back({kLowest, next_below(points.front().first)});
  }
  for (std::size_t i = 0; i + 1 < points.size(); ++i) add_segment(points[i], points[i + 1], least, ranges);
  if (points.back().second >= least) ranges.push_back({points.back().first, kHighest});
  return ranges;
}

std::vector<Range> ranges_of(const model::IdentityShape&, double least, const Held&) {
  return {{std::max(least, kLowest), kHighest, RangeEnd::crossing, RangeEnd::closed}};
}

std::vector<Range> ranges_of(const model::LogisticShape& shape, double least, const Held& held) {
  const auto enough = [&](double value) { return logistic_at(shape, held.scale, value) >= least; };
  if (shape.slope == 0) return enough(shape.midpoint) ? std::vector{Range{kLowest, kHighest}} : std::vector<Range>{};
  return one_way(shape.slope > 0, enough);
}

// Peers stay as they were fitted, the account's own value of today among them.

double points_among(const model::PercentileShape& shape, const Held& held, double value) noexcept {
  return percentile_at(shape, held.scale, held.peers->standing(held.group, value), held.peers->count(held.group));
}
double points_among(const model::ZscoreShape& shape, const Held& held, double value) noexcept {
  return zscore_at(shape, held.scale, held.peers->mean[held.group], held.peers->deviation[held.group], value);
}

std::vector<Range> ranges_of(const model::PercentileShape& shape, double least, const Held& held) {
  if (held.peers == nullptr) return {};
  auto ranges = one_way(!shape.descending, [&](double value) { return points_among(shape, held, value) >= least; });
  // Points jump at the peers' values and just beyond them, nowhere else.
  const auto end_at = [&](double value) {
    return held.peers->standing(held.group, value).equal > 0 ? RangeEnd::closed : RangeEnd::open;
  };
  for (Range& range : ranges)
    (shape.descending ? range.high_end : range.low_end) = end_at(shape.descending ? range.high : range.low);
  return ranges;
}
std::vector<Range> ranges_of(const model::ZscoreShape& shape, double least, const Held& held) {
  if (held.peers == nullptr) return {};
  return one_way(!shape.descending, [&](double value) { return points_among(shape, held, value) >= least; });
}

std::vector<Range> ranges_of(const model::LabelsShape&, double, const Held&) { return {}; }
std::vector<Range> ranges_of(const model::FixedPoints&, double, const Held&) { return {}; }
std::vector<Range> ranges_of(const model::FixedMissing&, double, const Held&) { return {}; }

/// The part of a range that the measure can take; nothing where there is none.
std::optional<Range> within(Range range, const model::ValueDomain& domain) noexcept {
  if (domain.low > range.low) range.low = domain.low, range.low_end = RangeEnd::closed;
  if (domain.high < range.high) range.high = domain.high, range.high_end = RangeEnd::closed;
  if (domain.whole) range = {std::ceil(range.low), std::floor(range.high)};
  if (!(range.low <= range.high)) return std::nullopt;
  range.low += 0.0, range.high += 0.0;  // -0.0 becomes 0.0
  return range;
}

/// The values that `shrink` draws into a range, to the last bit: what it gives only rises with the value, or only
/// falls.
std::optional<Range> unshrunk(const Range& range, const Shrinking& shrinking) {
  const bool falls = (shrinking.rows < 0) != (shrinking.rows + shrinking.strength < 0);
  const double sign = falls ? -1 : 1;
  const auto drawn = [&](double value) { return shrinking.unbounded(sign * value); };  // rising
  const auto high_enough = [&](double value) { return drawn(value) >= range.low; };
  const auto low_enough = [&](double mirrored) { return drawn(-mirrored) <= range.high; };
  if (!high_enough(kHighest) || !low_enough(kHighest)) return std::nullopt;
  const double low = lowest_with(kLowest, kHighest, high_enough), high = -lowest_with(kLowest, kHighest, low_enough);
  if (!(low <= high)) return std::nullopt;
  return falls ? Range{-high, -low, range.high_end, range.low_end} : Range{low, high, range.low_end, range.high_end};
}

std::optional<NearestValue> nearest_to(double from, const std::vector<Range>& ranges) noexcept {
  std::optional<NearestValue> best;
  for (const Range& range : ranges) {
    const RangeEnd end = from < range.low ? range.low_end : from > range.high ? range.high_end : RangeEnd::closed;
    const NearestValue found{std::clamp(from, range.low, range.high), from > range.high, end};
    const double distance = std::abs(found.value - from), least = best ? std::abs(best->value - from) : kInfinity;
    // Ranges ascend: on the way up to `from` the later is the nearer, though rounding may make the distances equal.
    if (distance < least || !best || (distance == least && best->value < from)) best = found;
  }
  return best;
}

template <class S>
concept IsAmongPeers = std::is_base_of_v<model::AmongPeers, S>;

double points_at(const model::Shape& shape, const Held& held, double value) {
  if (held.shrinking) value = (*held.shrinking)(value);
  return std::visit(
      [&]<class S>(const S& one) {
        if constexpr (IsAmongPeers<S>) {
          return points_among(one, held, value);
        } else {
          const std::array values{value};
          std::array<double, 1> points{};
          shape_points(shape, {std::span<const double>{values}, values}, {{}, held.scale, nullptr}, points);
          return points[0];
        }
      },
      shape);
}

/// Of a range the end with the fewest points; 0 or the double nearest to it where both ends are ends of the domain.
NearestValue least_of(const model::Shape& shape, const Held& held, const Range& range,
                      const model::ValueDomain& domain) {
  const bool low_is_edge = range.low > domain.low, high_is_edge = range.high < domain.high;
  const NearestValue low{range.low, false, range.low_end}, high{range.high, true, range.high_end};
  if (!low_is_edge && !high_is_edge) return {std::clamp(0.0, range.low, range.high), false};
  if (!low_is_edge || !high_is_edge) return low_is_edge ? low : high;
  return points_at(shape, held, range.high) < points_at(shape, held, range.low) ? high : low;
}

/// Where the value is not known, there is nothing to be near to: the value with the fewest points.
std::optional<NearestValue> least_of(const model::Shape& shape, const Held& held, const std::vector<Range>& ranges,
                                     const model::ValueDomain& domain) {
  std::optional<NearestValue> best;
  double fewest = 0;
  for (const Range& range : ranges) {
    const NearestValue found = least_of(shape, held, range, domain);
    const double points = points_at(shape, held, found.value);
    const bool less = best && (points < fewest || (points == fewest && std::abs(found.value) < std::abs(best->value)));
    if (best && !less) continue;
    best = found;
    fewest = points;
  }
  return best;
}

model::ValueDomain domain_of(const model::Aggregate& aggregate) noexcept {
  model::ValueDomain domain = model::rule_of(aggregate.aggregation).range;
  if (!aggregate.buckets) return domain;
  switch (aggregate.buckets->then) {
    case model::Then::active:
    case model::Then::streak:  // so many buckets, and there are no more than the window has
      domain = {.low = 0, .whole = true};
      if (aggregate.window && !aggregate.window->is_calendar()) {
        domain.high = static_cast<double>(aggregate.window->micros() / aggregate.buckets->every.micros());
      }
      return domain;
    case model::Then::min:
    case model::Then::max:
      return domain;
    case model::Then::mean:
    case model::Then::median:
      domain.whole = false;
      return domain;
    case model::Then::std:
      return {.low = 0};
    case model::Then::floored:
      return {.low = 0, .whole = domain.whole};
    case model::Then::slope:
      return {};
  }
  return domain;
}

}  // namespace

double NearestValue::edge() const noexcept { return downward ? next_above(value) : next_below(value); }

std::int64_t place_of(double number) noexcept {
  const auto bits = std::bit_cast<std::int64_t>(number + 0.0);
  return bits < 0 ? std::numeric_limits<std::int64_t>::min() - bits : bits;
}

double number_at(std::int64_t place) noexcept {
  return std::bit_cast<double>(place < 0 ? std::numeric_limits<std::int64_t>::min() - place : place);
}

model::ValueDomain value_domain(const model::Model& model, std::optional<SlotIndex> lone_slot) noexcept {
  if (!lone_slot) return {};
  const model::Slot& slot = model.slots[lone_slot->place()];
  if (slot.origin != model::Slot::Origin::metric) return {};
  const auto* aggregate = std::get_if<model::Aggregate>(&model.metrics[static_cast<std::size_t>(slot.index)].source);
  return aggregate == nullptr ? model::ValueDomain{} : domain_of(*aggregate);
}

std::optional<NearestValue> nearest_value(const model::Shape& shape, double from, double least,
                                          const model::ValueDomain& domain, const Held& held) {
  std::vector<Range> ranges;
  model::ValueDomain possible = domain;
  if (held.shrinking) {  // values that are drawn beyond the doubles have no points
    const auto drawn = unshrunk({kLowest, kHighest}, *held.shrinking);
    const auto left = drawn ? within(*drawn, domain) : std::nullopt;
    if (!left) return std::nullopt;
    possible.low = left->low, possible.high = left->high;
  }
  for (const Range& seen : std::visit([&](const auto& one) { return ranges_of(one, least, held); }, shape)) {
    const auto range = held.shrinking ? unshrunk(seen, *held.shrinking) : std::optional{seen};
    if (const auto suffices = range ? within(*range, possible) : std::nullopt) ranges.push_back(*suffices);
  }
  return std::isnan(from) ? least_of(shape, held, ranges, possible) : nearest_to(from, ranges);
}

std::optional<std::size_t> nearest_label(const model::LabelsShape& shape, double least) noexcept {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < shape.points.size(); ++i) {
    if (shape.points[i].second < least) continue;
    if (!best || shape.points[i].second < shape.points[*best].second) best = i;
  }
  return best;
}

}  // namespace customerhealth::scores
