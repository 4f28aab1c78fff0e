#include "customerhealth/scores/peers.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/value_order.hpp"

namespace customerhealth::scores {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw DataError{"peers: " + message, "", ""}; }

/// A group's values and how often each occurs.
struct Group {
  std::span<const double> values;
  std::span<const std::int64_t> up_to;

  [[nodiscard]] std::int64_t times(std::size_t i) const noexcept { return up_to[i] - (i == 0 ? 0 : up_to[i - 1]); }
  [[nodiscard]] auto count() const noexcept { return static_cast<double>(up_to.back()); }
};

Group group_of(const PeerValues& all, std::size_t group) noexcept {
  const std::size_t begin = all.begins[group], count = all.begins[group + 1] - begin;
  return {std::span{all.values}.subspan(begin, count), std::span{all.up_to}.subspan(begin, count)};
}

/// The part that a value lies in; greater values lie in the same part or in a later one.
std::size_t part_of(const PeerValues::Guide& guide, double value) noexcept {
  const double part = (value - guide.low) * guide.parts_per_unit;
  const auto last = static_cast<double>(guide.first.size() - 2);
  return static_cast<std::size_t>(part < last ? part : last);
}

PeerValues::Guide guide_of(const Group& group) {
  PeerValues::Guide guide;
  const std::size_t count = group.values.size();
  if (count < 2) return guide;
  guide.low = group.values.front();
  const double per_unit = static_cast<double>(count) / (group.values.back() - guide.low);
  if (!std::isfinite(per_unit) || per_unit == 0) return guide;  // too near each other, or too far apart
  guide.parts_per_unit = per_unit;
  guide.first.assign(count + 1, static_cast<std::uint32_t>(count));
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (const std::size_t part = part_of(guide, group.values[i]); next <= part; ++next) {
      guide.first[next] = static_cast<std::uint32_t>(i);
    }
  }
  return guide;
}

/// Which of a group's values may be the first that is not below `value`: those of its part, and the one after.
struct Reach {
  std::size_t from, until;
};
Reach reach_of(const PeerValues::Guide& guide, const Group& group, double value) noexcept {
  if (guide.parts_per_unit == 0 || !(value >= guide.low))
    return {0, guide.parts_per_unit == 0 ? group.values.size() : 0};
  const std::size_t part = part_of(guide, value);
  return {guide.first[part], guide.first[part + 1]};
}

double mean_of(const Group& group) noexcept {
  if (group.values.empty()) return kNan;
  ExactSum sum;
  for (std::size_t i = 0; i < group.values.size(); ++i) sum.add(group.values[i], group.times(i));
  return sum.mean(group.up_to.back());
}

/// Where squares overflow or vanish, distances are measured in the largest of them.
double deviation_of(const Group& group, double mean) noexcept {
  if (group.values.size() < 2) return group.values.empty() ? kNan : 0.0;
  const double largest = std::max(mean - group.values.front(), group.values.back() - mean);
  for (const double unit : {1.0, largest}) {
    double squares = 0;
    for (std::size_t i = 0; i < group.values.size(); ++i) {
      const double distance = (group.values[i] - mean) / unit;
      squares += static_cast<double>(group.times(i)) * (distance * distance);
    }
    if (!std::isnormal(squares)) continue;
    const double deviation = unit * math::sqrt(squares / (group.count() - 1));
    return std::isfinite(deviation) ? deviation : kNan;
  }
  return kNan;
}

/// The values of one group in two parts, each once.
void add_merged(const Group& a, const Group& b, PeerValues& out) {
  std::size_t i = 0, j = 0;
  std::int64_t count = 0;
  while (i < a.values.size() || j < b.values.size()) {
    const bool left = j == b.values.size() || (i < a.values.size() && a.values[i] <= b.values[j]);
    const bool right = i == a.values.size() || (j < b.values.size() && b.values[j] <= a.values[i]);
    out.values.push_back(left ? a.values[i] : b.values[j]);
    if (left) count += a.times(i++);
    if (right) count += b.times(j++);
    out.up_to.push_back(count);
  }
  out.begins.push_back(out.values.size());
}

Group group_of(const PeersFit& fit, std::size_t instant, const std::string& key) noexcept {
  const std::int32_t group = fit.find(key);
  return group < 0 ? Group{} : group_of(fit.at[instant], static_cast<std::size_t>(group));
}

PeersFit merged(const PeersFit& a, const PeersFit& b, std::size_t instants) {
  if (b.keys.empty()) return a;
  if (a.keys.empty()) return b;
  PeersFit out{a.level, a.statistic, {}, {}};
  std::ranges::set_union(a.keys, b.keys, std::back_inserter(out.keys));
  out.at.resize(instants);
  for (std::size_t k = 0; k < instants; ++k) {
    for (const std::string& key : out.keys) add_merged(group_of(a, k, key), group_of(b, k, key), out.at[k]);
    out.at[k].settle(out.statistic);
  }
  return out;
}

/// Peers at more instants; nothing is known at those that are new.
Peers spread(Peers peers, const std::vector<Instant>& to) {
  if (peers.instants == to) return peers;
  const std::vector<Instant> before = std::exchange(peers.instants, to);
  const std::vector<std::int32_t> places = peers.places(before);
  for (std::vector<Freshness>& table : peers.tables) {
    if (table.empty()) continue;
    const std::vector<Freshness> old = std::exchange(table, std::vector<Freshness>(to.size()));
    for (std::size_t k = 0; k < old.size(); ++k) table[static_cast<std::size_t>(places[k])] = old[k];
  }
  for (PeersFit& node : peers.nodes) {
    if (node.keys.empty()) continue;
    PeerValues nobody;
    for (std::size_t g = 0; g < node.keys.size(); ++g) nobody.add_group({});
    nobody.settle(node.statistic);
    std::vector<PeerValues> old = std::exchange(node.at, std::vector<PeerValues>(to.size(), nobody));
    for (std::size_t k = 0; k < old.size(); ++k) node.at[static_cast<std::size_t>(places[k])] = std::move(old[k]);
  }
  return peers;
}

void merge_tables(const Peers& from, Peers& into) {
  for (std::size_t t = 0; t < into.tables.size(); ++t) {
    for (std::size_t k = 0; k < into.tables[t].size(); ++k) {
      into.tables[t][k].visible |= from.tables[t][k].visible;
      into.tables[t][k].fresh |= from.tables[t][k].fresh;
    }
  }
}

/// What parts must have in common to be parts of one whole.
void check_parts(const Peers& a, const Peers& b) {
  if (a.digest != b.digest || a.nodes.size() != b.nodes.size() || a.tables.size() != b.tables.size()) {
    refuse("parts of different models cannot be merged: digests " + a.digest + " and " + b.digest);
  }
  if (a.as_ofs != b.as_ofs || a.over_time != b.over_time) refuse("parts fitted at different as-ofs cannot be merged");
  if (a.levels != b.levels) {
    refuse("parts with " + std::to_string(a.levels) + " and " + std::to_string(b.levels) +
           " levels cannot be merged: merge each level before the next is fitted");
  }
  bool same = a.are_first() || (a.instants == b.instants && a.tables == b.tables);
  for (std::size_t n = 0; n < a.nodes.size(); ++n) {
    same = same && a.nodes[n].level == b.nodes[n].level && a.nodes[n].statistic == b.nodes[n].statistic;
    same = same && (a.nodes[n].level >= a.levels - 1 || a.nodes[n] == b.nodes[n]);
  }
  if (!same) refuse("parts fitted on different earlier levels cannot be merged: give all the same, merged ones");
}

PeersStatistic statistic_for(const model::PercentileShape&) noexcept { return PeersStatistic::rank; }
PeersStatistic statistic_for(const model::ZscoreShape&) noexcept { return PeersStatistic::deviation; }

/// No node stands for a shape that looks at its own value alone.
template <class S>
  requires(!std::is_base_of_v<model::AmongPeers, S>)
PeersStatistic statistic_for(const S&) noexcept {
  return PeersStatistic::rank;
}

}  // namespace

PeersStatistic statistic_of(const model::Model& model, const model::PeersNode& node) noexcept {
  if (node.kind == model::PeersNode::Kind::shrink) return PeersStatistic::mean;
  const model::Measure& measure = model.scores[node.score.place()].measures[static_cast<std::size_t>(node.measure)];
  return std::visit([](const auto& shape) { return statistic_for(shape); },
                    measure.cases[static_cast<std::size_t>(node.of_case)].shape);
}

PeerValues::Standing PeerValues::standing(std::size_t group, double value) const noexcept {
  const Group peers = group_of(*this, group);
  const auto [from, until] = guides.empty() ? Reach{0, peers.values.size()} : reach_of(guides[group], peers, value);
  const auto within = peers.values.subspan(from, until - from);
  const auto at = from + static_cast<std::size_t>(std::ranges::lower_bound(within, value) - within.begin());
  const bool met = at < peers.values.size() && peers.values[at] == value;
  return {at == 0 ? 0 : peers.up_to[at - 1], met ? peers.times(at) : 0};
}

void PeerValues::add_group(std::span<const double> sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto count = static_cast<std::int64_t>(i) + 1;
    if (i > 0 && sorted[i] == sorted[i - 1]) {
      up_to.back() = count;
    } else {
      values.push_back(sorted[i]);
      up_to.push_back(count);
    }
  }
  begins.push_back(values.size());
}

void PeerValues::settle(PeersStatistic statistic) {
  mean.clear(), deviation.clear(), guides.clear();
  if (statistic == PeersStatistic::rank) {
    for (std::size_t g = 0; g < groups(); ++g) guides.push_back(guide_of(group_of(*this, g)));
    return;
  }
  for (std::size_t g = 0; g < groups(); ++g) {
    const Group group = group_of(*this, g);
    mean.push_back(mean_of(group));
    if (statistic == PeersStatistic::deviation) deviation.push_back(deviation_of(group, mean.back()));
  }
}

std::int32_t PeersFit::find(std::string_view key) const noexcept {
  const auto found = std::ranges::lower_bound(keys, key);
  return found != keys.end() && *found == key ? static_cast<std::int32_t>(found - keys.begin()) : -1;
}

Peers::Peers(const model::Model& model, std::vector<Instant> at, std::vector<Instant> asked)
    : digest{model.digest},
      basis{model.basis},
      as_ofs{std::move(asked)},
      instants{std::move(at)},
      levels_wanted{model.levels} {
  for (const model::TableSpec& table : model.tables) tables.emplace_back(table.stale_after ? instants.size() : 0);
  for (const model::PeersNode& node : model.peers) nodes.push_back({node.level, statistic_of(model, node), {}, {}});
}

std::vector<std::int32_t> Peers::places(std::span<const Instant> of) const {
  std::vector<std::int32_t> out;
  out.reserve(of.size());
  for (const Instant instant : of) {
    const auto found = std::ranges::lower_bound(instants, instant);
    if (found == instants.end() || *found != instant) {
      refuse("not fitted at " + customerhealth::to_string(instant) + "; they are for " +
             std::to_string(instants.size()) + " as-ofs" +
             (instants.empty() ? ""
                               : " from " + customerhealth::to_string(instants.front()) + " to " +
                                     customerhealth::to_string(instants.back())));
    }
    out.push_back(static_cast<std::int32_t>(found - instants.begin()));
  }
  return out;
}

void Peers::check(const model::Model& model) const {
  if (basis != model.basis) {
    refuse("of another model, digest " + digest + "; this model's is " + model.digest);
  }
  const Peers fresh{model, instants};
  bool same = levels_wanted == fresh.levels_wanted && tables.size() == fresh.tables.size() &&
              nodes.size() == fresh.nodes.size();
  for (std::size_t t = 0; same && t < tables.size(); ++t) same = tables[t].size() == fresh.tables[t].size();
  for (std::size_t n = 0; same && n < nodes.size(); ++n) {
    same = nodes[n].level == fresh.nodes[n].level && nodes[n].statistic == fresh.nodes[n].statistic;
  }
  if (!same) refuse("they say they are of this model, but do not fit it");
}

bool Peers::are_first() const noexcept {
  return levels <= 1 || (levels == 2 && std::ranges::all_of(tables, &std::vector<Freshness>::empty));
}

Peers Peers::merge(std::span<const Peers* const> parts) {
  if (parts.empty()) refuse("nothing to merge; expected one part or more");
  Peers out = *parts.front();
  for (const Peers* part : parts.subspan(1)) {
    check_parts(out, *part);
    std::vector<Instant> instants;
    std::ranges::set_union(out.instants, part->instants, std::back_inserter(instants));
    out = spread(std::move(out), instants);
    const auto wider = part->instants == instants ? std::nullopt : std::optional{spread(*part, instants)};
    const Peers& more = wider ? *wider : *part;
    if (out.levels == 1) merge_tables(more, out);
    for (std::size_t n = 0; n < out.nodes.size(); ++n) {
      if (out.nodes[n].level == out.levels - 1) {
        out.nodes[n] = merged(out.nodes[n], more.nodes[n], out.instants.size());
      }
    }
  }
  return out;
}

NodeFitting::NodeFitting(std::span<const PeersSample> samples, std::size_t instants, PeersFit& out)
    : samples_{samples}, out_{&out} {
  out.keys.clear();
  for (const PeersSample& sample : samples) {
    if (!sample.values.empty()) out.keys.insert(out.keys.end(), sample.keys.begin(), sample.keys.end());
  }
  std::ranges::sort(out.keys);
  out.keys.erase(std::ranges::unique(out.keys).begin(), out.keys.end());
  out.at.assign(out.keys.empty() ? 0 : instants, {});
  for (const PeersSample& sample : samples) {
    auto& groups = groups_.emplace_back();
    for (const std::string& key : sample.keys) groups.push_back(out.find(key));
  }
}

void NodeFitting::fit(std::size_t instant) {
  if (out_->at.empty()) return;
  std::vector<std::size_t> ends(out_->keys.size() + 1, 0);  // of each group; first how many there are
  const auto each = [&](const auto& use) {
    for (std::size_t s = 0; s < samples_.size(); ++s) {
      const PeersSample& sample = samples_[s];
      if (instant < sample.first) continue;
      const std::size_t own = instant - sample.first;
      for (std::size_t i = sample.begins[own]; i < sample.begins[own + 1]; ++i) {
        const auto local = static_cast<std::size_t>(sample.groups.empty() ? 0 : sample.groups[i]);
        use(static_cast<std::size_t>(groups_[s][local]), sample.values[i]);
      }
    }
  };
  each([&](std::size_t group, double) { ++ends[group + 1]; });
  for (std::size_t g = 1; g < ends.size(); ++g) ends[g] += ends[g - 1];
  const std::vector<std::size_t> begins = ends;
  std::vector<double> values(begins.back());
  each([&](std::size_t group, double value) { values[ends[group]++] = value; });
  PeerValues& at = out_->at[instant];
  ValueOrder order;
  std::vector<double> sorted;
  for (std::size_t g = 0; g + 1 < begins.size(); ++g) {
    const auto group = std::span{values}.subspan(begins[g], begins[g + 1] - begins[g]);
    sorted.clear();
    for (const std::uint32_t place : order.of(group)) sorted.push_back(group[place]);
    at.add_group(sorted);
  }
  at.settle(out_->statistic);
}

}  // namespace customerhealth::scores
