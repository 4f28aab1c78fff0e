#include "customerhealth/metrics/timeline.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <map>

namespace customerhealth::metrics {

Timeline::Timeline(std::span<const Reach> reaches, std::span<const Instant> as_ofs) : edges_{kFirstInstant} {
  std::vector<Edges> begins, ends;
  for (const Reach& reach : reaches) {
    ends.push_back(shifted(as_ofs, reach.offset));
    begins.push_back(reach.window ? shifted(as_ofs, reach.offset, reach.window) : Edges(as_ofs.size(), kFirstInstant));
    edges_.insert(edges_.end(), begins.back().begin(), begins.back().end());
    edges_.insert(edges_.end(), ends.back().begin(), ends.back().end());
  }
  std::ranges::sort(edges_);
  edges_.erase(std::ranges::unique(edges_).begin(), edges_.end());
  const auto places = [this](const Edges& instants) {
    std::vector<std::int32_t> out;
    out.reserve(instants.size());
    for (const Instant t : instants) {
      out.push_back(static_cast<std::int32_t>(std::ranges::lower_bound(edges_, t) - edges_.begin()));
    }
    return out;
  };
  for (std::size_t r = 0; r < reaches.size(); ++r) windows_.push_back({places(begins[r]), places(ends[r])});
}

std::vector<std::vector<std::int32_t>> ascending_parts(std::span<const Reach> reaches,
                                                       std::span<const Instant> as_ofs) {
  const bool ascend = std::ranges::all_of(reaches, [&](const Reach& reach) {
    return std::ranges::is_sorted(shifted(as_ofs, reach.offset)) &&
           std::ranges::is_sorted(shifted(as_ofs, reach.offset, reach.window));
  });
  std::map<Micros, std::vector<std::int32_t>> parts;  // by time of day; all under 0 if edges ascend anyway
  for (std::size_t k = 0; k < as_ofs.size(); ++k) {
    const auto day = std::chrono::floor<std::chrono::days>(as_ofs[k]);
    parts[ascend ? Micros{0} : as_ofs[k] - day].push_back(static_cast<std::int32_t>(k));
  }
  std::vector<std::vector<std::int32_t>> out;
  for (auto& [time, places] : parts) out.push_back(std::move(places));
  if (out.empty()) out.emplace_back();
  return out;
}

Runs runs_of(std::span<const std::int32_t> before, std::size_t edges, const Timeline::Window& window) {
  const std::size_t as_ofs = window.begin.size(), accounts = before.size() / edges;
  Runs runs{as_ofs, std::vector<std::int32_t>(accounts * as_ofs), std::vector<std::int32_t>(accounts * as_ofs)};
  for (std::size_t a = 0; a < accounts; ++a) {
    const std::int32_t* own = before.data() + a * edges;
    for (std::size_t k = 0; k < as_ofs; ++k) {
      runs.first[a * as_ofs + k] = own[window.begin[k]];
      runs.last[a * as_ofs + k] = own[window.end[k]];
    }
  }
  return runs;
}

void count_before(std::span<const Instant> times, std::span<const Instant> edges,
                  std::span<std::int32_t> out) noexcept {
  assert(out.size() == edges.size());
  std::size_t before = 0;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    while (before < times.size() && times[before] < edges[e]) ++before;
    out[e] = static_cast<std::int32_t>(before);
  }
}

}  // namespace customerhealth::metrics
