#include "running_wanted.hpp"

#include <algorithm>

namespace customerhealth::metrics {

void running_wanted(const AccountEntries& entries, const ValueSlots& slots, std::span<const model::Wanted> wanted,
                    RunningScratch& scratch, std::span<double> out) {
  const auto of_rows = slots.of_rows(), of_wanted = slots.of_given();
  scratch.covered.assign(slots.slots() + 1, 0);
  std::int32_t* const counts = scratch.covered.data() + 1;  // at -1 those that are not wanted
  double needed = 0;
  for (const model::Wanted& each : wanted) needed += each.needed;
  sweep(
      entries, out.size(), scratch.sweep, [&](std::size_t i) { ++counts[of_rows[entries.rows[i]]]; },
      [&](std::size_t i) { --counts[of_rows[entries.rows[i]]]; },
      [&](std::size_t k) {
        double met = 0;
        for (std::size_t w = 0; w < wanted.size(); ++w) {
          if (of_wanted[w] != ValueSlots::kNone)
            met += std::min(static_cast<double>(counts[of_wanted[w]]), wanted[w].needed);
        }
        out[k] = met / needed;
      });
}

}  // namespace customerhealth::metrics
