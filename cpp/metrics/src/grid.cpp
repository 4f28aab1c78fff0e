#include "customerhealth/metrics/grid.hpp"

#include <cassert>

namespace customerhealth::metrics {

Edges shifted(std::span<const Instant> as_ofs, const std::optional<Length>& offset,
              const std::optional<Length>& window) {
  Edges edges(as_ofs.begin(), as_ofs.end());
  for (Instant& edge : edges) {
    if (offset) edge = minus(edge, *offset);
    if (window) edge = minus(edge, *window);
  }
  return edges;
}

void count_edges(std::span<const Instant> edges, std::span<const Instant> times, std::span<std::int32_t> out) noexcept {
  assert(times.size() == out.size());
  const Instant* edge = edges.data();
  const auto last = static_cast<std::int32_t>(edges.size());
  std::int32_t count = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Instant t = times[i];
    while (count < last && edge[count] <= t) ++count;
    while (count > 0 && edge[count - 1] > t) --count;
    out[i] = count;
  }
}

std::vector<std::int32_t> count_edges(std::span<const Instant> edges, std::span<const Instant> times) {
  std::vector<std::int32_t> out(times.size());
  count_edges(edges, times, out);
  return out;
}

}  // namespace customerhealth::metrics
