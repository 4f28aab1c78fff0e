#include "customerhealth/metrics/grid.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

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

namespace {

/// Where edges lie about equally far apart, the place of a time among them is guessed from its distance to the first:
/// rows that jump to and fro between as-ofs, as late ones do, then cost no mispredicted branch.
class Guess {
 public:
  explicit Guess(std::span<const Instant> edges) noexcept {
    if (edges.size() < kFewest) return;
    first_ = in_micros(edges.front());
    const double step = (in_micros(edges.back()) - first_) / static_cast<double>(edges.size() - 1);
    if (!(step > 0)) return;
    for (std::size_t k = 0; k < edges.size(); ++k) {
      if (std::abs(in_micros(edges[k]) - (first_ + step * static_cast<double>(k))) > step) return;
    }
    per_micro_ = 1 / step;
    most_ = static_cast<double>(edges.size());
  }

  [[nodiscard]] bool exists() const noexcept { return per_micro_ > 0; }
  [[nodiscard]] std::int32_t of(Instant t) const noexcept {
    const double count = (in_micros(t) - first_) * per_micro_ + 1;
    return static_cast<std::int32_t>(std::clamp(count, 0.0, most_));
  }

 private:
  static constexpr std::size_t kFewest = 4;
  static double in_micros(Instant t) noexcept { return static_cast<double>(micros_since_epoch(t)); }
  double first_ = 0, per_micro_ = 0, most_ = 0;
};

}  // namespace

void count_edges(std::span<const Instant> edges, std::span<const Instant> times, std::span<std::int32_t> out) noexcept {
  assert(times.size() == out.size());
  const Instant* edge = edges.data();
  const auto last = static_cast<std::int32_t>(edges.size());
  const Guess guess{edges};
  std::int32_t count = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Instant t = times[i];
    if (guess.exists()) count = guess.of(t);
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

std::vector<std::int32_t> count_edges_in_order(std::span<const Instant> edges, std::span<const Instant> times,
                                               std::span<const std::int64_t> begins) {
  std::vector<std::int32_t> out(times.size());
  for (std::size_t run = 0; run + 1 < begins.size(); ++run) {
    auto i = static_cast<std::size_t>(begins[run]);
    const auto end = static_cast<std::size_t>(begins[run + 1]);
    for (std::size_t e = 0; e < edges.size() && i < end; ++e) {
      for (; i < end && times[i] < edges[e]; ++i) out[i] = static_cast<std::int32_t>(e);
    }
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(i), out.begin() + static_cast<std::ptrdiff_t>(end),
              static_cast<std::int32_t>(edges.size()));
  }
  return out;
}

/// Nearly all rows become known before the next as-of or the one after it, so the search goes step by step at first.
void raise_counts(std::span<const Instant> edges, std::span<const Instant> times,
                  std::span<std::int32_t> counts) noexcept {
  constexpr std::int32_t kSteps = 4;
  const Instant* edge = edges.data();
  const auto last = static_cast<std::int32_t>(edges.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Instant t = times[i];
    std::int32_t count = counts[i];
    const std::int32_t near = std::min(last, count + kSteps);
    while (count < near && edge[count] <= t) ++count;
    if (count == near) count = static_cast<std::int32_t>(std::upper_bound(edge + count, edge + last, t) - edge);
    counts[i] = count;
  }
}

}  // namespace customerhealth::metrics
