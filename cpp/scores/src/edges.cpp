#include "customerhealth/scores/edges.hpp"

#include <algorithm>
#include <cassert>

namespace customerhealth::scores {
namespace {

/// Comparing all rows with one edge after the other has no branch; from about this many edges on, a binary search per
/// row is quicker.
constexpr std::size_t kFewEdges = 24;

void count_one_by_one(std::span<const double> values, std::span<const Edge> edges,
                      std::span<std::int32_t> out) noexcept {
  std::fill(out.begin(), out.end(), 0);
  for (const Edge& edge : edges) {
    const double at = edge.at;
    if (edge.lower_keeps_it) {
      for (std::size_t i = 0; i < values.size(); ++i) out[i] += values[i] > at ? 1 : 0;
    } else {
      for (std::size_t i = 0; i < values.size(); ++i) out[i] += values[i] >= at ? 1 : 0;
    }
  }
}

void search(std::span<const double> values, std::span<const Edge> edges, std::span<std::int32_t> out) noexcept {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    const auto passed = [value](const Edge& edge) { return edge.is_passed_by(value); };
    const auto end = std::partition_point(edges.begin(), edges.end(), passed);
    out[i] = static_cast<std::int32_t>(end - edges.begin());
  }
}

}  // namespace

void count_passed(std::span<const double> values, std::span<const Edge> edges, std::span<std::int32_t> out) noexcept {
  assert(out.size() == values.size());
  edges.size() <= kFewEdges ? count_one_by_one(values, edges, out) : search(values, edges, out);
}

}  // namespace customerhealth::scores
