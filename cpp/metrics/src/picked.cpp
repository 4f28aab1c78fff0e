#include "picked.hpp"

#include <algorithm>

#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::metrics {

Answer PickedAggregation::operator()(const Picked& picked) const {
  switch (model::rule_of(spec->aggregation).family) {
    case model::AggregationRule::Family::statistic:
      return picked_statistic(*this, picked);
    case model::AggregationRule::Family::place:
      return picked_place(*this, picked);
    case model::AggregationRule::Family::variety:
      return picked_variety(*this, picked);
    case model::AggregationRule::Family::span:
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
    if (entries.plain) {  // the rows in the window are one run
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

}  // namespace customerhealth::metrics
