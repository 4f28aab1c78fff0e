#include "extremes.hpp"

#include <algorithm>

namespace customerhealth::metrics {

ExtremeRows::ExtremeRows(const Entries& entries, const Extreme& extreme, std::span<const std::int32_t> before,
                         std::size_t edge_count)
    : edge_count_{edge_count}, panes_(before.size(), Extreme::kNone) {
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const auto rows = entries.rows.subspan(entries.begin(a), entries.size(a));
    const auto own = before.subspan(a * edge_count, edge_count);
    std::int64_t* pane = panes_.data() + a * edge_count;
    for (std::size_t edge = 0; edge + 1 < edge_count; ++edge) {
      std::int64_t best = Extreme::kNone;
      for (auto i = static_cast<std::size_t>(own[edge]); i < static_cast<std::size_t>(own[edge + 1]); ++i) {
        best = std::min(best, extreme.of(rows[i]));
      }
      pane[edge] = best;
    }
  }
}

/// Two stacks back to back: of each pane before `middle` the extreme from that pane up to `middle`, and one extreme of
/// all panes from `middle` on. Two of these make any window.
void running_extreme(const Extreme& extreme, std::span<const std::int64_t> panes, const Timeline::Window& window,
                     RunningScratch& scratch, std::span<std::int64_t> out) {
  auto& behind = scratch.keys;
  behind.resize(panes.size());
  std::size_t added = 0, middle = 0;
  std::int64_t ahead = Extreme::kNone;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto begin = static_cast<std::size_t>(window.begin[k]), end = static_cast<std::size_t>(window.end[k]);
    if (begin >= end) {
      out[k] = 0;
      continue;
    }
    for (; added < end; ++added) ahead = std::min(ahead, panes[added]);
    if (begin >= middle) {
      std::int64_t best = Extreme::kNone;
      for (std::size_t pane = added; pane-- > begin;) {
        best = std::min(best, panes[pane]);
        behind[pane] = best;
      }
      middle = added;
      ahead = Extreme::kNone;
    }
    out[k] = extreme.key(std::min(behind[begin], ahead));
  }
}

void running_extreme(const Extreme& extreme, const AccountEntries& entries, RunningScratch& scratch,
                     std::span<std::int64_t> out) {
  running_least([&](std::uint32_t row) { return extreme.of(row); }, entries, scratch, out);
  for (std::int64_t& found : out) found = extreme.key(found);
}

}  // namespace customerhealth::metrics
