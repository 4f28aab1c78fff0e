#include "customerhealth/metrics/timeline.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <limits>
#include <map>

#include "customerhealth/common/int128.hpp"

namespace customerhealth::metrics {
namespace {

/// How far neighbours from the second edge on lie apart, in microseconds; 0 where that differs.
std::int64_t step_between(std::span<const Instant> edges) noexcept {
  if (edges.size() < 3) return 0;
  const auto distance = [&](std::size_t from, std::size_t to) {
    return static_cast<Int128>(micros_since_epoch(edges[to])) - static_cast<Int128>(micros_since_epoch(edges[from]));
  };
  const Int128 step = distance(1, 2);
  for (std::size_t e = 2; e < edges.size(); ++e) {
    if (distance(e - 1, e) != step) return 0;
  }
  return distance(1, edges.size() - 1) > std::numeric_limits<std::int64_t>::max() ? 0 : static_cast<std::int64_t>(step);
}

}  // namespace

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
  step_ = step_between(edges_);
}

/// Where edges lie equally far apart and an account has few rows between two of them, each row's edge is worked out
/// from its time: a walk along both mispredicts a branch at nearly every edge.
void Timeline::count_before(std::span<const Instant> times, std::span<std::int32_t> out) const noexcept {
  constexpr std::size_t kMostRowsAnEdge = 4;
  if (step_ == 0 || times.size() > kMostRowsAnEdge * edges_.size()) return metrics::count_before(times, edges_, out);
  const std::int64_t first = micros_since_epoch(edges_[1]);
  const double edges_a_micro = 1 / static_cast<double>(step_);
  const auto early = std::ranges::lower_bound(times, edges_[1]) - times.begin();
  const auto reached = std::ranges::lower_bound(times, edges_.back()) - times.begin();
  std::ranges::fill(out, 0);
  out[1] = static_cast<std::int32_t>(early);
  for (auto i = static_cast<std::size_t>(early); i < static_cast<std::size_t>(reached); ++i) {
    const std::int64_t distance = micros_since_epoch(times[i]) - first;
    auto edge = static_cast<std::int64_t>(static_cast<double>(distance) * edges_a_micro);  // off by one at most
    const std::int64_t rest = distance - edge * step_;
    edge += (rest >= step_ ? 1 : 0) - (rest < 0 ? 1 : 0);
    out[static_cast<std::size_t>(edge) + 2] = static_cast<std::int32_t>(i) + 1;  // the last row before it stays
  }
  std::int32_t before = 0;
  for (std::int32_t& count : out) count = before = std::max(before, count);
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
