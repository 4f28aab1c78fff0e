#include "split_counts.hpp"

#include <algorithm>
#include <numeric>

namespace customerhealth::metrics {

SplitCounts::SplitCounts(const Entries& entries, const ValueSlots& values, std::span<const std::int32_t> before,
                         std::size_t edge_count)
    : edge_count_{edge_count},
      cells_{before.size()},
      slot_of_given_{values.of_given().begin(), values.of_given().end()},
      before_(before.size() * values.slots(), 0) {
  const auto slots = values.of_rows();
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const auto rows = entries.rows.subspan(entries.begin(a), entries.size(a));
    const auto own = before.subspan(a * edge_count, edge_count);
    for (std::size_t edge = 0; edge + 1 < edge_count; ++edge) {
      std::int32_t* const next = before_.data() + a * edge_count + edge + 1;
      for (auto i = static_cast<std::size_t>(own[edge]); i < static_cast<std::size_t>(own[edge + 1]); ++i) {
        const std::int32_t slot = slots[rows[i]];
        if (slot != ValueSlots::kNone) ++next[static_cast<std::size_t>(slot) * cells_];
      }
    }
  }
  for (auto run = before_.begin(); run != before_.end(); run += static_cast<std::ptrdiff_t>(edge_count)) {
    std::partial_sum(run, run + static_cast<std::ptrdiff_t>(edge_count), run);
  }
}

void SplitCounts::count(std::size_t given, const Timeline::Window& window, std::span<double> out) const noexcept {
  const std::int32_t slot = slot_of_given_[given];
  if (slot == ValueSlots::kNone) {
    std::ranges::fill(out, 0.0);
    return;
  }
  const std::int32_t* before = before_.data() + static_cast<std::size_t>(slot) * cells_;
  const std::size_t as_ofs = window.begin.size();
  for (std::size_t first = 0; first < out.size(); first += as_ofs, before += edge_count_) {
    for (std::size_t k = 0; k < as_ofs; ++k) {
      out[first + k] = static_cast<double>(before[window.end[k]] - before[window.begin[k]]);
    }
  }
}

}  // namespace customerhealth::metrics
