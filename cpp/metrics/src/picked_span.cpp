#include <algorithm>

#include "customerhealth/metrics/picked.hpp"

namespace customerhealth {
namespace {

Answer longest_gap(const Picked& picked) {
  if (picked.times.empty()) return Answer::missing(Reason::silent);
  double longest = days_between(picked.edge, picked.times.back());
  for (std::size_t i = 1; i < picked.times.size(); ++i) {
    longest = std::max(longest, days_between(picked.times[i], picked.times[i - 1]));
  }
  return Answer::of(longest);
}

/// Rows that have started, in the order of their starts, are chained into runs; the last may still hold at E.
Answer days_unbroken(const PickedAggregation& aggregation, const Picked& picked) {
  bool in_run = false;
  Instant run_start{}, run_end{};
  for (std::size_t i = 0; i < picked.rows.size(); ++i) {
    const Instant end = aggregation.ends.empty() ? kMissingInstant : aggregation.ends[picked.rows[i]];
    const Instant stop = is_missing(end) ? kLastInstant : end;
    if (stop <= picked.times[i]) continue;  // never alive: chains nothing
    const bool chains =
        in_run && picked.times[i] <= (aggregation.spec->gap ? plus(run_end, *aggregation.spec->gap) : run_end);
    if (!chains) run_start = picked.times[i];
    run_end = chains ? std::max(run_end, stop) : stop;
    in_run = true;
  }
  if (!in_run || run_end < picked.edge) return Answer::missing(Reason::silent);
  return Answer::of(days_between(picked.edge, run_start));
}

}  // namespace

Answer picked_span(const PickedAggregation& aggregation, const Picked& picked) {
  return aggregation.spec->aggregation == Aggregation::longest_gap ? longest_gap(picked)
                                                                   : days_unbroken(aggregation, picked);
}

}  // namespace customerhealth
