#include "customerhealth/model/aggregations.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {
namespace {

using Place = model::AggregationRule::Place;
using Gives = model::AggregationRule::Gives;

constexpr std::ptrdiff_t kNowhere = -1;

/// Which of the picked rows has the least value, or the greatest; of equals the first in time.
template <class Get>
std::ptrdiff_t extreme_place(const PickedAggregation& aggregation, const Picked& picked, bool wants_least,
                             const Get& get) {
  std::ptrdiff_t best = kNowhere;
  for (std::size_t i = 0; i < picked.rows.size(); ++i) {
    if (!aggregation.of->has(picked.rows[i])) continue;
    if (best != kNowhere) {
      const auto value = get(picked.rows[i]), least = get(picked.rows[static_cast<std::size_t>(best)]);
      if (!(wants_least ? value < least : least < value)) continue;
    }
    best = static_cast<std::ptrdiff_t>(i);
  }
  return best;
}

std::ptrdiff_t extreme_place(const PickedAggregation& aggregation, const Picked& picked, bool wants_least) {
  const ColumnView& view = aggregation.of->view();
  if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) {
    return extreme_place(aggregation, picked, wants_least, [&](std::uint32_t row) { return (*instants)[row]; });
  }
  const auto numbers = aggregation.of->numbers();
  return extreme_place(aggregation, picked, wants_least, [&](std::uint32_t row) { return numbers[row]; });
}

std::ptrdiff_t place_of(Place place, const PickedAggregation& aggregation, const Picked& picked) {
  switch (place) {
    case Place::none:
      return kNowhere;
    case Place::earliest:
      return picked.rows.empty() ? kNowhere : 0;
    case Place::latest:
      return std::ssize(picked.rows) - 1;
    case Place::least:
      return extreme_place(aggregation, picked, true);
    case Place::greatest:
      return extreme_place(aggregation, picked, false);
  }
  return kNowhere;
}

}  // namespace

Answer picked_place(const PickedAggregation& aggregation, const Picked& picked) {
  const model::AggregationRule& rule = model::rule_of(aggregation.spec->aggregation);
  const std::ptrdiff_t place = place_of(rule.place, aggregation, picked);
  if (place == kNowhere) return Answer::missing(Reason::silent);
  const auto i = static_cast<std::size_t>(place);
  switch (rule.gives) {
    case Gives::as_of:
      return {.row = picked.rows[i]};
    case Gives::instant:
      return {.instant = picked.times[i]};
    case Gives::number:
      return Answer::of(days_between(picked.edge, picked.times[i]));
  }
  return Answer::missing(Reason::undefined);
}

}  // namespace customerhealth::metrics
