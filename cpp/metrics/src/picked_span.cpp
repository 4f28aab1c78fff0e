#include <algorithm>

#include "picked.hpp"
#include "words.hpp"

namespace customerhealth::metrics {
namespace {

/// Days from E to the last of the ends; missing, `open`, if an interval has no end or its end is not known yet.
Answer answer(Word<model::Aggregation::days_to_end>, const PickedAggregation& aggregation, const Picked& picked) {
  if (picked.rows.empty()) return Answer::missing(Reason::silent);
  Instant last = kFirstInstant;
  for (const std::uint32_t row : picked.rows) {
    const bool hidden = !aggregation.hidden_ends.empty() && aggregation.hidden_ends[row] != 0;
    if (hidden || aggregation.ends.empty() || is_missing(aggregation.ends[row])) return Answer::missing(Reason::open);
    last = std::max(last, aggregation.ends[row]);
  }
  return Answer::of(days_between(last, picked.edge));
}

/// Joins intervals, ordered by start, to runs while the next starts at most `gap` after the run ends. The last run
/// answers if it reaches E.
Answer answer(Word<model::Aggregation::days_unbroken>, const PickedAggregation& aggregation, const Picked& picked) {
  bool in_run = false;
  Instant run_start{}, run_end{};
  for (std::size_t i = 0; i < picked.rows.size(); ++i) {
    const Instant end = aggregation.ends.empty() ? kMissingInstant : aggregation.ends[picked.rows[i]];
    const Instant stop = is_missing(end) ? kLastInstant : end;
    if (stop <= picked.times[i]) continue;  // never alive: extends no run
    const bool chains =
        in_run && picked.times[i] <= (aggregation.spec->gap ? plus(run_end, *aggregation.spec->gap) : run_end);
    if (!chains) run_start = picked.times[i];
    run_end = chains ? std::max(run_end, stop) : stop;
    in_run = true;
  }
  if (!in_run || run_end < picked.edge) return Answer::missing(Reason::silent);
  return Answer::of(days_between(picked.edge, run_start));
}

Answer answer(Word<model::Aggregation::longest_gap>, const PickedAggregation&, const Picked& picked) {
  if (picked.times.empty()) return Answer::missing(Reason::silent);
  double longest = days_between(picked.edge, picked.times.back());
  for (std::size_t i = 1; i < picked.times.size(); ++i) {
    longest = std::max(longest, days_between(picked.times[i], picked.times[i - 1]));
  }
  return Answer::of(longest);
}

}  // namespace

Answer picked_span(const PickedAggregation& aggregation, const Picked& picked) {
  return answer_of_word<model::AggregationRule::Family::span>(
      aggregation.spec->aggregation, [&](auto word) { return answer(word, aggregation, picked); });
}

}  // namespace customerhealth::metrics
