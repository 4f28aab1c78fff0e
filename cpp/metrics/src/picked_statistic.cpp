#include <algorithm>
#include <cmath>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"
#include "picked.hpp"
#include "words.hpp"

namespace customerhealth::metrics {
namespace {

ExactSum sum_of(std::span<const double> values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum;
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
  return Answer::of(decayed_sum(aggregation, picked));
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
  const auto [least, greatest] = std::ranges::minmax(values);
  if (least == greatest) return 0;  // their mean is rounded, so that they may lie beside it
  const double mean = mean_of(values);
  ExactSum squares;
  for (const double value : values) {
    const double square = (value - mean) * (value - mean);
    if (!std::isfinite(square)) return square;
    squares.add(square);
  }
  return std::sqrt(squares.value() / static_cast<double>(values.size() - 1));
}

/// (n - 1) q; beside a whole number by no more than rounding it is that number: 0.29 of 100 steps is the 29th.
static double place_of_share(std::size_t count, double share) {
  constexpr double kRounding = 1e-12;
  const double place = static_cast<double>(count - 1) * share, whole = std::round(place);
  return std::abs(place - whole) <= kRounding * whole ? whole : place;
}

double quantile_of(std::vector<double>& values, double share) {
  const double place = place_of_share(values.size(), share);
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
  return answer_of_word<model::AggregationRule::Family::statistic>(
      aggregation.spec->aggregation, [&](auto word) { return answer(word, aggregation, picked); });
}

}  // namespace customerhealth::metrics
