#include "customerhealth/scores/inverse.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

#include "customerhealth/scores/shapes.hpp"

namespace customerhealth {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double next_above(double number) noexcept { return std::nextafter(number, kInfinity); }
double next_below(double number) noexcept { return std::nextafter(number, -kInfinity); }

/// Values from `low` to `high`, both among them, that all have enough points; points run one way between.
struct Range {
  double low, high;
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

std::vector<Range> ranges_of(const BandsShape& shape, double least, const Scale&) {
  std::vector<Range> ranges;
  double low = std::numeric_limits<double>::lowest();
  for (const Band& band : shape.bands) {
    const double high = !band.edge           ? std::numeric_limits<double>::max()
                        : band.includes_edge ? *band.edge
                                             : next_below(*band.edge);
    if (low <= high && band.points && *band.points >= least) ranges.push_back({low, high});
    if (band.edge) low = band.includes_edge ? next_above(*band.edge) : *band.edge;
  }
  return ranges;
}

/// What of a curve between two neighbouring points suffices.
void add_segment(const std::pair<double, double>& from, const std::pair<double, double>& to, double least,
                 std::vector<Range>& ranges) {
  const double low = from.first, high = next_below(to.first);
  const auto enough = [&](double value) { return curve_between(from, to, value) >= least; };
  const bool at_low = enough(low), at_high = enough(high);
  if (at_low && at_high) {
    ranges.push_back({low, high});
  } else if (at_high) {
    ranges.push_back({lowest_with(low, high, enough), high});
  } else if (at_low) {  // the highest that suffices is the lowest of the mirror
    const auto mirrored = [&](double value) { return enough(-value); };
    ranges.push_back({low, -lowest_with(-high, -low, mirrored)});
  }
}

std::vector<Range> ranges_of(const CurveShape& shape, double least, const Scale&) {
  std::vector<Range> ranges;
  const auto& points = shape.points;
  if (points.front().second >= least) {
    ranges.push_back({std::numeric_limits<double>::lowest(), next_below(points.front().first)});
  }
  for (std::size_t i = 0; i + 1 < points.size(); ++i) add_segment(points[i], points[i + 1], least, ranges);
  if (points.back().second >= least) ranges.push_back({points.back().first, std::numeric_limits<double>::max()});
  return ranges;
}

std::vector<Range> ranges_of(const IdentityShape&, double least, const Scale&) {
  return {{std::max(least, std::numeric_limits<double>::lowest()), std::numeric_limits<double>::max()}};
}

std::vector<Range> ranges_of(const LogisticShape& shape, double least, const Scale& scale) {
  constexpr double kLowest = std::numeric_limits<double>::lowest(), kHighest = std::numeric_limits<double>::max();
  const auto enough = [&](double value) { return logistic_at(shape, scale, value) >= least; };
  if (shape.slope == 0) return enough(shape.midpoint) ? std::vector{Range{kLowest, kHighest}} : std::vector<Range>{};
  if (!enough(shape.slope > 0 ? kHighest : kLowest)) return {};
  if (shape.slope > 0) return {{lowest_with(kLowest, kHighest, enough), kHighest}};
  const auto mirrored = [&](double value) { return enough(-value); };
  return {{kLowest, -lowest_with(kLowest, kHighest, mirrored)}};
}

// Points that hang on other accounts belong to no value, and the account's own value moves what it is compared with.
std::vector<Range> ranges_of(const PercentileShape&, double, const Scale&) { return {}; }
std::vector<Range> ranges_of(const ZscoreShape&, double, const Scale&) { return {}; }

std::vector<Range> ranges_of(const LabelsShape&, double, const Scale&) { return {}; }
std::vector<Range> ranges_of(const FixedPoints&, double, const Scale&) { return {}; }
std::vector<Range> ranges_of(const FixedMissing&, double, const Scale&) { return {}; }

/// Cut to what the measure can be; nothing where nothing is left.
std::optional<Range> within(Range range, const ValueDomain& domain) noexcept {
  range = {std::max(range.low, domain.low), std::min(range.high, domain.high)};
  if (domain.whole) range = {std::ceil(range.low), std::floor(range.high)};
  if (!(range.low <= range.high)) return std::nullopt;
  return Range{range.low + 0.0, range.high + 0.0};  // -0.0 becomes 0.0
}

std::optional<NearestValue> nearest_to(double from, const std::vector<Range>& ranges) noexcept {
  std::optional<NearestValue> best;
  for (const Range& range : ranges) {
    const NearestValue found{std::clamp(from, range.low, range.high), from > range.high};
    const double distance = std::abs(found.value - from), least = best ? std::abs(best->value - from) : kInfinity;
    // Ranges ascend: on the way up to `from` the later is the nearer, though rounding may make the distances equal.
    if (distance < least || !best || (distance == least && best->value < from)) best = found;
  }
  return best;
}

double points_at(const Shape& shape, const Scale& scale, double value) {
  const std::array values{value};
  std::array<double, 1> points{};
  shape_points(shape, {std::span<const double>{values}, values}, {{}, scale, nullptr}, points);
  return points[0];
}

/// Of a range the end that asks least, where it is an end of what suffices and not of what there is.
NearestValue least_of(const Shape& shape, const Scale& scale, const Range& range, const ValueDomain& domain) {
  const bool low_is_edge = range.low > domain.low, high_is_edge = range.high < domain.high;
  if (!low_is_edge && !high_is_edge) return {std::clamp(0.0, range.low, range.high), false};
  if (low_is_edge && high_is_edge) {
    const bool falls = points_at(shape, scale, range.high) < points_at(shape, scale, range.low);
    return {falls ? range.high : range.low, falls};
  }
  return {low_is_edge ? range.low : range.high, high_is_edge};
}

/// Where nothing is known, there is nothing to be near to: the value that asks least.
std::optional<NearestValue> least_of(const Shape& shape, const Scale& scale, const std::vector<Range>& ranges,
                                     const ValueDomain& domain) {
  std::optional<NearestValue> best;
  double fewest = 0;
  for (const Range& range : ranges) {
    const NearestValue found = least_of(shape, scale, range, domain);
    const double points = points_at(shape, scale, found.value);
    const bool less = best && (points < fewest || (points == fewest && std::abs(found.value) < std::abs(best->value)));
    if (best && !less) continue;
    best = found;
    fewest = points;
  }
  return best;
}

/// By how a metric over rows is aggregated.
ValueDomain domain_of(Aggregation aggregation) noexcept {
  switch (aggregation) {
    case Aggregation::count:
    case Aggregation::count_distinct:
      return {.low = 0, .whole = true};
    case Aggregation::std:
    case Aggregation::days_since_first:
    case Aggregation::days_since_last:
    case Aggregation::days_to_end:
    case Aggregation::days_unbroken:
    case Aggregation::longest_gap:
    case Aggregation::entropy:
      return {.low = 0};
    case Aggregation::top_share:
    case Aggregation::completeness:
      return {.low = 0, .high = 1};
    default:
      return {};
  }
}

ValueDomain domain_of(const Aggregate& aggregate) noexcept {
  ValueDomain domain = domain_of(aggregate.aggregation);
  if (!aggregate.buckets) return domain;
  switch (aggregate.buckets->then) {
    case Then::active:
    case Then::streak:  // so many buckets, and there are no more than the window has
      domain = {.low = 0, .whole = true};
      if (aggregate.window && !aggregate.window->is_calendar()) {
        domain.high = static_cast<double>(aggregate.window->micros() / aggregate.buckets->every.micros());
      }
      return domain;
    case Then::min:
    case Then::max:
      return domain;
    case Then::mean:
    case Then::median:
      domain.whole = false;
      return domain;
    case Then::std:
      return {.low = 0};
    case Then::floored:
      return {.low = 0, .whole = domain.whole};
    case Then::slope:
      return {};
  }
  return domain;
}

}  // namespace

std::int64_t place_of(double number) noexcept {
  const auto bits = std::bit_cast<std::int64_t>(number + 0.0);
  return bits < 0 ? std::numeric_limits<std::int64_t>::min() - bits : bits;
}

double number_at(std::int64_t place) noexcept {
  return std::bit_cast<double>(place < 0 ? std::numeric_limits<std::int64_t>::min() - place : place);
}

ValueDomain value_domain(const Model& model, std::optional<std::int32_t> lone_slot) noexcept {
  if (!lone_slot) return {};
  const Slot& slot = model.slots[static_cast<std::size_t>(*lone_slot)];
  if (slot.origin != Slot::Origin::metric) return {};
  const auto* aggregate = std::get_if<Aggregate>(&model.metrics[static_cast<std::size_t>(slot.index)].source);
  return aggregate == nullptr ? ValueDomain{} : domain_of(*aggregate);
}

std::optional<NearestValue> nearest_value(const Shape& shape, double from, double least, const ValueDomain& domain,
                                          const Scale& scale) {
  std::vector<Range> ranges;
  for (const Range& range : std::visit([&](const auto& one) { return ranges_of(one, least, scale); }, shape)) {
    if (const auto possible = within(range, domain)) ranges.push_back(*possible);
  }
  return std::isnan(from) ? least_of(shape, scale, ranges, domain) : nearest_to(from, ranges);
}

std::optional<std::size_t> nearest_label(const LabelsShape& shape, double least) noexcept {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < shape.points.size(); ++i) {
    if (shape.points[i].second < least) continue;
    if (!best || shape.points[i].second < shape.points[*best].second) best = i;
  }
  return best;
}

}  // namespace customerhealth
