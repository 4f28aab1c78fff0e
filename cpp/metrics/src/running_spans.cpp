#include "running_spans.hpp"

#include <algorithm>
#include <tuple>

#include "extremes.hpp"

namespace customerhealth::metrics {

namespace {

/// Between two instants, of which none is so far apart that it would not fit.
std::uint64_t length(Instant from, Instant to) noexcept {
  return static_cast<std::uint64_t>(micros_since_epoch(to)) - static_cast<std::uint64_t>(micros_since_epoch(from));
}

}  // namespace

GapNode GapNode::joined(const GapNode& left, const GapNode& right) noexcept {
  if (!left.any) return right;
  if (!right.any) return left;
  GapNode out{true, left.first, right.last, left.last, right.first};
  for (const GapNode* const side : {&left, &right}) {
    if (length(side->from, side->to) > length(out.from, out.to))
      std::tie(out.from, out.to) = std::tie(side->from, side->to);
  }
  return out;
}

ChainNode ChainNode::joined(const ChainNode& left, const ChainNode& right) noexcept {
  if (!left.any) return right;
  if (!right.any) return left;
  const Instant reach = left.gap != nullptr ? plus(left.end, *left.gap) : left.end;
  if (right.start > reach) return right;
  return {true, left.start, std::max(left.end, right.end), left.gap};
}

namespace {

/// Of entries that count in runs: the longest of the gaps before entries (first, last) of each run.
void gap_of_runs(const AccountEntries& entries, std::span<const Instant> edges, RunningScratch& scratch,
                 const AccountCells& out) {
  auto& gaps = scratch.gaps;
  gaps.assign(entries.times.size(), 0);
  for (std::size_t i = 1; i < gaps.size(); ++i) {
    gaps[i] = ~static_cast<std::int64_t>(length(entries.times[i - 1], entries.times[i]));
  }
  Timeline::Window& window = scratch.window;
  window.begin.assign(entries.first.begin(), entries.first.end());
  window.end.assign(entries.last.begin(), entries.last.end());
  for (std::int32_t& begin : window.begin) ++begin;
  scratch.found.resize(out.size());
  running_extreme(Extreme{{}, false}, gaps, window, scratch, scratch.found);
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (entries.first[k] == entries.last[k]) {
      out.set_missing(k, Reason::silent);
      continue;
    }
    const Instant last = entries.times[static_cast<std::size_t>(entries.last[k]) - 1];
    const double to_edge = days_between(edges[k], last), longest = days_between(Instant{Micros{scratch.found[k]}}, {});
    out.set(k, std::max(to_edge, longest));
  }
}

/// Whether all gaps between the entries fit 63 bits.
bool gaps_fit(std::span<const Instant> times) noexcept {
  return times.empty() || length(times.front(), times.back()) < static_cast<std::uint64_t>(INT64_MAX);
}

}  // namespace

void running_gap(const AccountEntries& entries, std::span<const Instant> edges, EntryTree<GapNode>& tree,
                 RunningScratch& scratch, const AccountCells& out) {
  if (entries.plain && gaps_fit(entries.times)) return gap_of_runs(entries, edges, scratch, out);
  tree.clear(entries.rows.size());
  sweep(
      entries, out.size(), scratch.sweep,
      [&](std::size_t i) { tree.set(i, {true, entries.times[i], entries.times[i], {}, {}}); },
      [&](std::size_t i) { tree.set(i, {}); },
      [&](std::size_t k) {
        const GapNode& all = tree.all();
        if (!all.any) return out.set_missing(k, Reason::silent);
        out.set(k, std::max(days_between(edges[k], all.last), days_between(all.to, all.from)));
      });
}

void running_unbroken(const PickedAggregation& aggregation, const AccountEntries& entries,
                      std::span<const Instant> edges, EntryTree<ChainNode>& tree, RunningScratch& scratch,
                      const AccountCells& out) {
  const auto& gap = aggregation.spec->gap;
  tree.clear(entries.rows.size());
  sweep(
      entries, out.size(), scratch.sweep,
      [&](std::size_t i) {
        const Instant end = aggregation.ends.empty() ? kMissingInstant : aggregation.ends[entries.rows[i]];
        const Instant stop = is_missing(end) ? kLastInstant : end;
        if (stop > entries.times[i]) tree.set(i, {true, entries.times[i], stop, gap ? &*gap : nullptr});
      },
      [&](std::size_t i) {
        if (tree.leaf(i).any) tree.set(i, {});
      },
      [&](std::size_t k) {
        const ChainNode& all = tree.all();
        if (!all.any || all.end < edges[k]) return out.set_missing(k, Reason::silent);
        out.set(k, days_between(edges[k], all.start));
      });
}

/// The end that comes last, where an open or a hidden one comes after all others.
void running_end(const PickedAggregation& aggregation, const AccountEntries& entries, std::span<const Instant> edges,
                 RunningScratch& scratch, const AccountCells& out) {
  constexpr std::int64_t kOpen = micros_since_epoch(kLastInstant);
  auto& last = scratch.found;
  last.resize(out.size());
  running_least(
      [&](std::uint32_t row) {
        const bool hidden = !aggregation.hidden_ends.empty() && aggregation.hidden_ends[row] != 0;
        const bool open = hidden || aggregation.ends.empty() || is_missing(aggregation.ends[row]);
        return ~(open ? kOpen : micros_since_epoch(aggregation.ends[row]));
      },
      entries, scratch, last);
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (last[k] == Extreme::kNone)
      out.set_missing(k, Reason::silent);
    else if (~last[k] == kOpen)
      out.set_missing(k, Reason::open);
    else
      out.set(k, days_between(Instant{Micros{~last[k]}}, edges[k]));
  }
}

}  // namespace customerhealth::metrics
