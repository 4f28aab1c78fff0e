#include <algorithm>
#include <cmath>

#include "customerhealth/common/exact_sum.hpp"
#include "decay.hpp"
#include "fixed_point.hpp"
#include "moments.hpp"
#include "picked.hpp"
#include "words.hpp"

namespace customerhealth::metrics {
namespace {

ExactSum sum_of(std::span<const double> values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum;
}

/// Of values that do not fit a FixedPoint: two passes.
double deviation_far_apart(std::span<const double> values) {
  const double mean = mean_of(values);
  ExactSum squares;
  for (const double value : values) {
    const double square = (value - mean) * (value - mean);
    if (!std::isfinite(square)) return square;
    squares.add(square);
  }
  return std::sqrt(squares.value() / static_cast<double>(values.size() - 1));
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

/// `summary` of the values; missing where there is none.
template <class Summary>
Answer of_any(std::vector<double> values, const Summary& summary) {
  return values.empty() ? Answer::missing(Reason::silent) : Answer::of(summary(values));
}

// ---- the words

Answer answer(Word<model::Aggregation::sum>, const PickedAggregation& aggregation, const Picked& picked) {
  return Answer::of(sum_of(numbers_of(aggregation, picked)).value());
}

Answer answer(Word<model::Aggregation::decayed>, const PickedAggregation& aggregation, const Picked& picked) {
  std::vector<double> values(picked.rows.size(), 1.0);
  for (std::size_t i = 0; aggregation.of != nullptr && i < values.size(); ++i) {
    values[i] = aggregation.of->numbers()[picked.rows[i]];
  }
  return Answer::of(decayed_sum(aggregation.spec->half_life->micros(), picked.times, values, picked.edge));
}

Answer answer(Word<model::Aggregation::mean>, const PickedAggregation& aggregation, const Picked& picked) {
  return of_any(numbers_of(aggregation, picked), mean_of);
}

Answer answer(Word<model::Aggregation::std>, const PickedAggregation& aggregation, const Picked& picked) {
  const std::vector<double> values = numbers_of(aggregation, picked);
  if (values.size() < 2) return Answer::missing(values.empty() ? Reason::silent : Reason::too_few);
  return Answer::of(deviation_of(values));
}

Answer answer(Word<model::Aggregation::median>, const PickedAggregation& aggregation, const Picked& picked) {
  return of_any(numbers_of(aggregation, picked), [](auto& values) { return quantile_of(values, 0.5); });
}

Answer answer(Word<model::Aggregation::quantile>, const PickedAggregation& aggregation, const Picked& picked) {
  const double share = aggregation.spec->quantile;
  return of_any(numbers_of(aggregation, picked), [share](auto& values) { return quantile_of(values, share); });
}

}  // namespace

double mean_of(std::span<const double> values) { return sum_of(values).mean(static_cast<std::int64_t>(values.size())); }

double deviation_of(std::span<const double> values) {
  const FixedPoint scale = FixedPoint::under(values);
  Moments moments;
  for (const double value : values) {
    Int128 scaled = 0;
    if (!scale.add(value, scaled)) return deviation_far_apart(values);
    moments += Moments::of(scaled);
  }
  return moments.deviation(scale);
}

/// Beside a whole number by no more than rounding, (n - 1) q is that number: 0.29 of 100 steps is the 29th.
QuantilePlace::QuantilePlace(std::int64_t count, double share) noexcept {
  constexpr double kRounding = 1e-12;
  double place = static_cast<double>(count - 1) * share;
  const double whole = std::round(place);
  if (std::abs(place - whole) <= kRounding * whole) place = whole;
  below = static_cast<std::int64_t>(place);
  part = place - static_cast<double>(below);
}

double QuantilePlace::between(double low, double high) const noexcept {
  const double gap = high - low;
  return std::isfinite(gap) ? low + gap * part : low * (1 - part) + high * part;  // far apart, of either sign
}

double quantile_of(std::vector<double>& values, double share) {
  const QuantilePlace place{std::ssize(values), share};
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(place.below);
  std::ranges::nth_element(values, at);
  const double low = *at + 0.0;  // there is one zero
  return place.part == 0 ? low : place.between(low, *std::min_element(at + 1, values.end()) + 0.0);
}

Answer picked_statistic(const PickedAggregation& aggregation, const Picked& picked) {
  return answer_of_word<model::AggregationRule::Family::statistic>(
      aggregation.spec->aggregation, [&](auto word) { return answer(word, aggregation, picked); });
}

}  // namespace customerhealth::metrics
