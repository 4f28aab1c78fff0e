#include <algorithm>
#include <cmath>

#include "customerhealth/common/number.hpp"
#include "customerhealth/model/aggregations.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {
namespace {

constexpr double kLeftOut = kNan;

/// Least squares against the bucket's number.
double slope_of(std::span<const double> buckets) {
  double n = 0, sum_x = 0, sum_y = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (std::isnan(buckets[i])) continue;
    n += 1;
    sum_x += static_cast<double>(i);
    sum_y += buckets[i];
  }
  const double mean_x = sum_x / n, mean_y = sum_y / n;
  double xy = 0, xx = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (std::isnan(buckets[i])) continue;
    const double dx = static_cast<double>(i) - mean_x;
    xy += dx * (buckets[i] - mean_y);
    xx += dx * dx;
  }
  return xy / xx;
}

double streak_of(std::span<const double> buckets, double above) {
  double streak = 0;
  for (std::size_t i = buckets.size(); i > 0 && buckets[i - 1] > above; --i) ++streak;
  return streak;
}

/// The sum from the oldest on, which never falls below 0.
double floored_of(std::span<const double> there) {
  double sum = 0;
  for (const double value : there) sum = std::max(0.0, sum + value);
  return sum;
}

double active_of(std::span<const double> there, double above) {
  return static_cast<double>(std::ranges::count_if(there, [above](double value) { return value > above; }));
}

/// A bucket's number: the value itself, or that of the row that was found.
double number_of(const PickedAggregation& aggregation, const Answer& answer) {
  if (answer.reason != Reason::none) return kLeftOut;
  return answer.row < 0 ? answer.number : aggregation.of->numbers()[static_cast<std::size_t>(answer.row)];
}

}  // namespace

bool counts_empty_as_zero(const model::Aggregate& spec) noexcept {
  return !spec.buckets->skip_empty &&
         model::rule_of(spec.aggregation).buckets == model::AggregationRule::Buckets::empty_is_zero;
}

Answer summarise_buckets(const model::Buckets& spec, std::span<const double> buckets) {
  std::vector<double> there;
  std::ranges::copy_if(buckets, std::back_inserter(there), [](double value) { return !std::isnan(value); });
  const auto of_two = [&](double (*summary)(std::span<const double>), std::span<const double> values) {
    return there.size() < 2 ? Answer::missing(Reason::too_few) : Answer::of(summary(values));
  };
  switch (spec.then) {
    case model::Then::mean:
      return Answer::of(mean_of(there));
    case model::Then::median:
      return Answer::of(quantile_of(there, 0.5));
    case model::Then::min:
      return Answer::of(*std::ranges::min_element(there));
    case model::Then::max:
      return Answer::of(*std::ranges::max_element(there));
    case model::Then::std:
      return of_two(deviation_of, there);
    case model::Then::slope:
      return of_two(slope_of, buckets);
    case model::Then::active:
      return Answer::of(active_of(there, spec.above));
    case model::Then::streak:
      return Answer::of(streak_of(buckets, spec.above));
    case model::Then::floored:
      return Answer::of(floored_of(there));
  }
  return Answer::missing(Reason::undefined);
}

Answer picked_buckets(const PickedAggregation& aggregation, const Picked& picked, Instant first_time) {
  const model::Aggregate& spec = *aggregation.spec;
  if (is_missing(first_time)) return Answer::missing(Reason::too_young);
  const auto every = static_cast<Int128>(spec.buckets->every.micros().count());
  const auto micros = [](Instant t) { return static_cast<Int128>(t.time_since_epoch().count()); };
  const Int128 edge = micros(picked.edge);
  const auto count = static_cast<std::size_t>((static_cast<Int128>(spec.window->micros().count()) + every - 1) / every);
  // A bucket that ends at or before the first row is from before the account's time.
  std::size_t kept = 0;
  while (kept < count && edge - static_cast<Int128>(kept) * every > micros(first_time)) ++kept;
  if (kept == 0) return Answer::missing(Reason::too_young);
  std::vector<double> buckets(kept, kLeftOut);
  std::size_t last = picked.rows.size();
  for (std::size_t b = 0; b < kept; ++b) {  // from the newest
    const Int128 from = edge - static_cast<Int128>(b + 1) * every;
    std::size_t first = last;
    while (first > 0 && micros(picked.times[first - 1]) >= from) --first;
    const Picked inside{picked.rows.subspan(first, last - first), picked.times.subspan(first, last - first),
                        picked.edge};
    last = first;
    double& value = buckets[kept - 1 - b];
    if (!inside.rows.empty()) {
      const Answer found = aggregation(inside);
      if (found.reason == Reason::undefined) return found;
      value = number_of(aggregation, found);
    } else if (counts_empty_as_zero(spec)) {
      value = 0;
    }
  }
  const bool any = std::ranges::any_of(buckets, [](double value) { return !std::isnan(value); });
  return any ? summarise_buckets(*spec.buckets, buckets) : Answer::missing(Reason::silent);
}

}  // namespace customerhealth::metrics
