#include <algorithm>
#include <numeric>

#include "changes.hpp"
#include "places.hpp"
#include "running.hpp"

namespace customerhealth::metrics {

void running_distinct(const AccountEntries& entries, std::span<const std::uint64_t> keys, RunningScratch& scratch,
                      std::span<double> out) {
  const EntryRanges ranges = entry_ranges(entries, scratch);
  clear(scratch.change, out.size());
  scratch.order.resize(entries.rows.size());
  std::iota(scratch.order.begin(), scratch.order.end(), 0);
  if (!std::ranges::is_sorted(ranges.from)) {
    std::ranges::sort(scratch.order, {}, [&](std::int32_t i) { return ranges.from[static_cast<std::size_t>(i)]; });
  }
  scratch.bits.clear();
  for (const std::uint32_t row : entries.rows) scratch.bits.push_back(keys[row]);
  Places places;
  scratch.next.resize(entries.rows.size());
  places.number(scratch.bits, scratch.next);
  scratch.covered.assign(places.count(), 0);
  // Entries in the order in which they begin to count. A value adds 1 to the count over the union of its entries'
  // ranges; `covered` is the end of that union so far, so only the part of a range beyond it is new.
  for (const std::int32_t entry : scratch.order) {
    const auto i = static_cast<std::size_t>(entry);
    std::int32_t& covered = scratch.covered[static_cast<std::size_t>(scratch.next[i])];
    const std::int32_t begin = std::max(ranges.from[i], covered);
    if (ranges.until[i] <= begin) continue;
    ++scratch.change[static_cast<std::size_t>(begin)];
    --scratch.change[static_cast<std::size_t>(ranges.until[i])];
    covered = ranges.until[i];
  }
  accumulate(scratch.change, out);
}

}  // namespace customerhealth::metrics
