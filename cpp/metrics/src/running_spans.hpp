#pragma once

#include <span>

#include "entry_tree.hpp"
#include "picked.hpp"
#include "running.hpp"

namespace customerhealth::metrics {

/// Some rows in the order of time: the longest gap between neighbours.
struct GapNode {
  bool any = false;
  Instant first{}, last{};
  Instant from{}, to{};  // of the longest gap

  [[nodiscard]] static GapNode joined(const GapNode& left, const GapNode& right) noexcept;
};

/// Some intervals in the order of their starts: the last run that they are chained to. Only the last break can end a
/// run that comes before them: what reaches it reaches every earlier one.
struct ChainNode {
  bool any = false;
  Instant start{}, end{};       // of the last run
  const Length* gap = nullptr;  // at most so far apart; null: they touch or overlap

  [[nodiscard]] static ChainNode joined(const ChainNode& left, const ChainNode& right) noexcept;
};

/// longest_gap, days_unbroken and days_to_end of the entries that count, as picked_span() gives them; `edges`: E by
/// as-of.
void running_gap(const AccountEntries& entries, std::span<const Instant> edges, EntryTree<GapNode>& tree,
                 RunningScratch& scratch, const AccountCells& out);
void running_unbroken(const PickedAggregation& aggregation, const AccountEntries& entries,
                      std::span<const Instant> edges, EntryTree<ChainNode>& tree, RunningScratch& scratch,
                      const AccountCells& out);
void running_end(const PickedAggregation& aggregation, const AccountEntries& entries, std::span<const Instant> edges,
                 RunningScratch& scratch, const AccountCells& out);

}  // namespace customerhealth::metrics
