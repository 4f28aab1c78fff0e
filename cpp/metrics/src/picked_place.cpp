#include <algorithm>

#include "customerhealth/metrics/picked.hpp"

namespace customerhealth {
namespace {

/// The row whose value is least (or greatest); of equals the first in time.
template <class Get>
std::int64_t extreme_row(const PickedAggregation& aggregation, const Picked& picked, const Get& get) {
  const bool wants_least = aggregation.spec->aggregation == Aggregation::min;
  std::int64_t best = -1;
  for (const std::uint32_t row : picked.rows) {
    if (!aggregation.of->has(row)) continue;
    const auto value = get(row);
    if (best < 0 ||
        (wants_least ? value < get(static_cast<std::uint32_t>(best)) : get(static_cast<std::uint32_t>(best)) < value)) {
      best = row;
    }
  }
  return best;
}

Answer extreme(const PickedAggregation& aggregation, const Picked& picked) {
  const ColumnView& view = aggregation.of->view();
  std::int64_t row = -1;
  if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) {
    row = extreme_row(aggregation, picked, [&](std::uint32_t i) { return (*instants)[i]; });
  } else {
    const auto numbers = aggregation.of->numbers();
    row = extreme_row(aggregation, picked, [&](std::uint32_t i) { return numbers[i]; });
  }
  return row < 0 ? Answer::missing(Reason::silent) : Answer{.row = row};
}

/// Days until the last of the ends; an open one has none.
Answer days_to_end(const PickedAggregation& aggregation, const Picked& picked) {
  Instant last = kFirstInstant;
  for (const std::uint32_t row : picked.rows) {
    const bool hidden = !aggregation.hidden_ends.empty() && aggregation.hidden_ends[row] != 0;
    if (hidden || aggregation.ends.empty() || is_missing(aggregation.ends[row])) return Answer::missing(Reason::open);
    last = std::max(last, aggregation.ends[row]);
  }
  return Answer::of(days_between(last, picked.edge));
}

}  // namespace

Answer picked_place(const PickedAggregation& aggregation, const Picked& picked) {
  if (picked.rows.empty()) return Answer::missing(Reason::silent);
  switch (aggregation.spec->aggregation) {
    case Aggregation::first:
      return {.row = picked.rows.front()};
    case Aggregation::last:
      return {.row = picked.rows.back()};
    case Aggregation::first_time:
      return {.instant = picked.times.front()};
    case Aggregation::last_time:
      return {.instant = picked.times.back()};
    case Aggregation::days_since_first:
      return Answer::of(days_between(picked.edge, picked.times.front()));
    case Aggregation::days_since_last:
      return Answer::of(days_between(picked.edge, picked.times.back()));
    case Aggregation::days_to_end:
      return days_to_end(aggregation, picked);
    default:
      return extreme(aggregation, picked);
  }
}

}  // namespace customerhealth
