#include "customerhealth/metrics/picked.hpp"

#include <algorithm>

namespace customerhealth {

Answer PickedAggregation::operator()(const Picked& picked) const {
  switch (spec->aggregation) {
    case Aggregation::count:
    case Aggregation::count_distinct:
    case Aggregation::top_share:
    case Aggregation::entropy:
    case Aggregation::completeness:
      return picked_variety(*this, picked);
    case Aggregation::sum:
    case Aggregation::decayed:
    case Aggregation::mean:
    case Aggregation::std:
    case Aggregation::median:
    case Aggregation::quantile:
      return picked_statistic(*this, picked);
    case Aggregation::min:
    case Aggregation::max:
    case Aggregation::first:
    case Aggregation::last:
    case Aggregation::first_time:
    case Aggregation::last_time:
    case Aggregation::days_since_first:
    case Aggregation::days_since_last:
    case Aggregation::days_to_end:
      return picked_place(*this, picked);
    case Aggregation::days_unbroken:
    case Aggregation::longest_gap:
      return picked_span(*this, picked);
  }
  return Answer::missing(Reason::undefined);
}

Picked since_start(const Picked& picked, Instant start, const std::optional<Length>& window) noexcept {
  const auto first = std::ranges::lower_bound(picked.times, start) - picked.times.begin();
  const auto last = window ? std::ranges::lower_bound(picked.times, plus(start, *window)) - picked.times.begin()
                           : std::ssize(picked.times);
  const auto begin = static_cast<std::size_t>(first), count = static_cast<std::size_t>(std::max(first, last) - first);
  return {picked.rows.subspan(begin, count), picked.times.subspan(begin, count), picked.edge};
}

void each_as_of(const AccountEntries& entries, std::span<const Instant> edges,
                const std::function<void(std::size_t, const Picked&)>& visit) {
  std::vector<std::uint32_t> rows;
  std::vector<Instant> times;
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (entries.plain) {  // what counts is a run of rows that only moves on
      const auto first = static_cast<std::size_t>(entries.first[k]), last = static_cast<std::size_t>(entries.last[k]);
      visit(k, {entries.rows.subspan(first, last - first), entries.times.subspan(first, last - first), edges[k]});
      continue;
    }
    const auto at = static_cast<std::int32_t>(k);
    rows.clear();
    times.clear();
    for (std::size_t i = 0; i < entries.rows.size(); ++i) {
      if (entries.from[i] > at || at >= entries.until[i]) continue;
      rows.push_back(entries.rows[i]);
      times.push_back(entries.times[i]);
    }
    visit(k, {rows, times, edges[k]});
  }
}

}  // namespace customerhealth
