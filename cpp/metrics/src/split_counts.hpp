#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "entries.hpp"
#include "value_slots.hpp"

namespace customerhealth::metrics {

/// How many plain entries of each of some values lie before each edge, found in one pass over the entries: counts of
/// the values (`by`) in any window are differences of these.
class SplitCounts {
 public:
  /// `before[account][edge]`: the number of the account's entries before the edge (count_before).
  SplitCounts(const Entries& entries, const ValueSlots& values, std::span<const std::int32_t> before,
              std::size_t edge_count);

  /// Writes to `out[account][as-of]` how many entries of the given value each window holds.
  void count(std::size_t given, const Timeline::Window& window, std::span<double> out) const noexcept;

 private:
  std::size_t edge_count_, cells_;           // cells: accounts times edges
  std::vector<std::int32_t> slot_of_given_;  // ValueSlots::kNone: no row has the value
  std::vector<std::int32_t> before_;         // [slot][account][edge]
};

}  // namespace customerhealth::metrics
