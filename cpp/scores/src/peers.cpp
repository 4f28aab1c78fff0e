#include "customerhealth/scores/peers.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/value_order.hpp"

namespace customerhealth::scores {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw DataError{"peers: " + message, "", ""}; }

PeerGroup group_of(const PeersFit& fit, std::size_t instant, const std::string& key) noexcept {
  const std::int32_t group = fit.find(key);
  return group < 0 ? PeerGroup{} : fit.at[instant].sorted->group(static_cast<std::size_t>(group));
}

/// The values of one group in two parts, each once.
void add_merged(const PeerGroup& a, const PeerGroup& b, SortedPeers& out) {
  std::vector<double> values;
  std::vector<std::uint32_t> up_to;
  for (std::size_t i = 0, j = 0; i < a.values.size() || j < b.values.size();) {
    const bool left = j == b.values.size() || (i < a.values.size() && a.values[i] <= b.values[j]);
    const bool right = i == a.values.size() || (j < b.values.size() && b.values[j] <= a.values[i]);
    values.push_back(left ? a.values[i] : b.values[j]);
    if (left) i = a.next(i);
    if (right) j = b.next(j);
    up_to.push_back(a.place(i) + b.place(j));
  }
  out.add_group(values, up_to);
}

PeersFit merged(const PeersFit& a, const PeersFit& b, std::size_t instants) {
  if (b.keys.empty()) return a;
  if (a.keys.empty()) return b;
  PeersFit out{a.level, a.statistic, {}, {}};
  std::ranges::set_union(a.keys, b.keys, std::back_inserter(out.keys));
  out.at.resize(instants);
  for (std::size_t k = 0; k < instants; ++k) {
    auto both = std::make_shared<SortedPeers>();
    for (const std::string& key : out.keys) add_merged(group_of(a, k, key), group_of(b, k, key), *both);
    out.at[k] = {std::move(both), out.statistic};
  }
  return out;
}

/// How each value stands, at the place it had before it was sorted.
void stand(std::span<const double> sorted, std::span<const std::uint32_t> places, std::span<Standing> out) noexcept {
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin + 1;
    while (end < sorted.size() && sorted[end] == sorted[begin]) ++end;
    const Standing standing{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
    for (; begin < end; ++begin) out[places[begin]] = standing;
  }
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
    auto empty = std::make_shared<SortedPeers>();
    for (std::size_t g = 0; g < node.keys.size(); ++g) empty->add_group({});
    const PeerValues nobody{std::move(empty), node.statistic};
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

void Peers::share_values() {
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].keys.empty()) continue;
    const auto same = std::find_if(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(n),
                                   [&](const PeersFit& earlier) { return earlier.has_values_of(nodes[n]); });
    for (std::size_t k = 0; k < nodes[n].at.size(); ++k) nodes[n].at[k].sorted = same->at[k].sorted;
  }
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
  out.share_values();
  return out;
}

NodeFitting::NodeFitting(std::span<PeersSample> samples, std::size_t instants, PeersFit& out)
    : samples_{samples}, out_{&out} {
  out.keys.clear();
  for (const PeersSample& sample : samples) {
    if (!sample.values.empty()) out.keys.insert(out.keys.end(), sample.keys.begin(), sample.keys.end());
  }
  std::ranges::sort(out.keys);
  out.keys.erase(std::ranges::unique(out.keys).begin(), out.keys.end());
  out.at.assign(out.keys.empty() ? 0 : instants, {});
  for (PeersSample& sample : samples) {
    auto& groups = groups_.emplace_back();
    for (const std::string& key : sample.keys) groups.push_back(out.find(key));
    if (out.statistic == PeersStatistic::rank) sample.standings.resize(sample.values.size());
  }
}

/// `use(group, sample, i)`: each value of the instant, always in one order.
template <class Use>
void NodeFitting::each_value(std::size_t instant, const Use& use) {
  for (std::size_t s = 0; s < samples_.size(); ++s) {
    PeersSample& sample = samples_[s];
    if (instant < sample.first) continue;
    const std::size_t own = instant - sample.first;
    for (std::size_t i = sample.begins[own]; i < sample.begins[own + 1]; ++i) {
      const auto local = static_cast<std::size_t>(sample.groups.empty() ? 0 : sample.groups[i]);
      use(static_cast<std::size_t>(groups_[s][local]), sample, i);
    }
  }
}

void NodeFitting::fit(std::size_t instant) {
  if (out_->at.empty()) return;
  std::vector<std::size_t> begins(out_->keys.size() + 1, 0);  // of each group; first how many there are
  each_value(instant, [&](std::size_t group, const PeersSample&, std::size_t) { ++begins[group + 1]; });
  for (std::size_t g = 1; g < begins.size(); ++g) begins[g] += begins[g - 1];
  std::vector<double> values(begins.back());
  std::vector<std::size_t> next = begins;
  each_value(instant, [&](std::size_t group, const PeersSample& sample, std::size_t i) {
    values[next[group]++] = sample.values[i];
  });
  const bool ranks = out_->statistic == PeersStatistic::rank;
  std::vector<Standing> standings(ranks ? values.size() : 0);  // beside `values`
  auto all = std::make_shared<SortedPeers>();
  ValueOrder order;
  std::vector<double> sorted;
  for (std::size_t g = 0; g + 1 < begins.size(); ++g) {
    const auto group = std::span{values}.subspan(begins[g], begins[g + 1] - begins[g]);
    const std::span<const std::uint32_t> places = order.of(group);
    sorted.clear();
    for (const std::uint32_t place : places) sorted.push_back(group[place]);
    all->add_group(sorted);
    if (ranks) stand(sorted, places, std::span{standings}.subspan(begins[g], group.size()));
  }
  out_->at[instant] = {std::move(all), out_->statistic};
  if (!ranks) return;
  next = begins;
  each_value(instant, [&](std::size_t group, PeersSample& sample, std::size_t i) {
    sample.standings[i] = standings[next[group]++];
  });
}

}  // namespace customerhealth::scores
