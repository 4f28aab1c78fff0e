#include <algorithm>
#include <cmath>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/metrics/picked.hpp"

namespace customerhealth {
namespace {

double sum_of(std::span<const double> values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

/// Each value weighs half as much for every half-life that its row lies back.
double decayed_sum(const PickedAggregation& aggregation, const Picked& picked) {
  const double half_life = Days{aggregation.spec->half_life->micros()}.count();
  ExactSum sum;
  for (std::size_t i = 0; i < picked.rows.size(); ++i) {
    const double value = aggregation.of == nullptr ? 1.0 : aggregation.of->numbers()[picked.rows[i]];
    if (std::isnan(value)) continue;
    sum.add(value * math::exp2(-days_between(picked.edge, picked.times[i]) / half_life));
  }
  return sum.value();
}

std::vector<double> numbers_of(const PickedAggregation& aggregation, const Picked& picked) {
  std::vector<double> values;
  values.reserve(picked.rows.size());
  const auto numbers = aggregation.of->numbers();
  for (const std::uint32_t row : picked.rows) {
    if (!std::isnan(numbers[row])) values.push_back(numbers[row]);
  }
  return values;
}

}  // namespace

double mean_of(std::span<const double> values) { return sum_of(values) / static_cast<double>(values.size()); }

double deviation_of(std::span<const double> values) {
  const double mean = mean_of(values);
  ExactSum squares;
  for (const double value : values) {
    const double square = (value - mean) * (value - mean);
    if (!std::isfinite(square)) return square;
    squares.add(square);
  }
  return std::sqrt(squares.value() / static_cast<double>(values.size() - 1));
}

double quantile_of(std::vector<double>& values, double share) {
  const double place = static_cast<double>(values.size() - 1) * share;
  const auto below = static_cast<std::size_t>(place);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::ranges::nth_element(values, at);
  const double low = *at;
  const double part = place - static_cast<double>(below);
  if (part == 0.0) return low;
  const double high = *std::min_element(at + 1, values.end());
  const double gap = high - low;
  return std::isfinite(gap) ? low + gap * part : low * (1 - part) + high * part;  // far apart, of either sign
}

Answer picked_statistic(const PickedAggregation& aggregation, const Picked& picked) {
  const Aggregation kind = aggregation.spec->aggregation;
  if (kind == Aggregation::decayed) return Answer::of(decayed_sum(aggregation, picked));
  std::vector<double> values = numbers_of(aggregation, picked);
  if (kind == Aggregation::sum) return Answer::of(sum_of(values));
  if (kind == Aggregation::std && values.size() < 2) return Answer::missing(Reason::too_few);
  if (values.empty()) return Answer::missing(Reason::silent);
  switch (kind) {
    case Aggregation::mean:
      return Answer::of(mean_of(values));
    case Aggregation::std:
      return Answer::of(deviation_of(values));
    case Aggregation::median:
      return Answer::of(quantile_of(values, 0.5));
    default:
      return Answer::of(quantile_of(values, aggregation.spec->quantile));
  }
}

}  // namespace customerhealth
