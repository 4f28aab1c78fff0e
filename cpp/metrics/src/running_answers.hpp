#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "picked.hpp"
#include "running.hpp"
#include "running_spans.hpp"
#include "running_wanted.hpp"
#include "shared_rows.hpp"

namespace customerhealth::metrics {

/// One task, answered for an account at all as-ofs in one pass over its entries. Aggregations whose row of rules says
/// `Running::no` have no such answer.
class RunningAnswers {
 public:
  /// `edges`: E by as-of. `first_edge`: no window over `of` begins before that edge of the timeline. All must outlive
  /// it.
  RunningAnswers(const AggregateTask& task, const PickedAggregation& aggregation, SharedRows& rows,
                 const Timeline::Window& window, std::span<const Instant> edges, std::size_t first_edge);

  void answer(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, Cells& cells);

 private:
  void distinct(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, std::span<double> out);
  void mean(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, const AccountCells& out);
  void frequencies(std::size_t account, const AccountEntries& entries, RunningScratch& scratch,
                   const AccountCells& out);
  void mode(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, Cells& cells);
  void extreme(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, Cells& cells);
  /// Writes the entry that is the answer at each as-of to `found_`; -1 if there is none.
  void find_places(const AccountEntries& entries, RunningScratch& scratch);
  void place(std::size_t account, const AccountEntries& entries, RunningScratch& scratch, Cells& cells);

  const AggregateTask* task_;
  const PickedAggregation* aggregation_;
  SharedRows* rows_;
  const Timeline::Window* window_;
  std::span<const Instant> edges_;
  std::size_t first_edge_;
  std::optional<ValueSlots> wanted_;
  std::optional<DecayEdges> decay_;
  std::vector<double> counts_;
  std::vector<std::int32_t> order_, found_;
  std::vector<std::int64_t> keys_;
  RankSet ranks_;
  Frequencies frequencies_;
  EntryTree<ModeNode> modes_;
  EntryTree<GapNode> gaps_;
  EntryTree<ChainNode> chains_;
};

}  // namespace customerhealth::metrics
