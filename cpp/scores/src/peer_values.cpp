#include "customerhealth/scores/peer_values.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::scores {
namespace {

constexpr std::size_t kValuesPerPart = 4;  // of a guide: a byte a value
constexpr std::size_t kFewestGuided = 64;  // values that a binary search finds as soon

double mean_of(const PeerGroup& group) noexcept {
  if (group.values.empty()) return kNan;
  ExactSum sum;
  for (std::size_t i = 0; i < group.values.size(); i = group.next(i)) sum.add(group.values[i], group.standing(i).equal);
  return sum.mean(group.count());
}

/// Where squares overflow or vanish, distances are measured in the largest of them.
double deviation_of(const PeerGroup& group, double mean) noexcept {
  if (group.values.empty()) return kNan;
  if (group.values.front() == group.values.back()) return 0;
  const double largest = std::max(mean - group.values.front(), group.values.back() - mean);
  for (const double unit : {1.0, largest}) {
    double squares = 0;
    for (std::size_t i = 0; i < group.values.size(); i = group.next(i)) {
      const double distance = (group.values[i] - mean) / unit;
      squares += static_cast<double>(group.standing(i).equal) * (distance * distance);
    }
    if (!std::isnormal(squares)) continue;
    const double deviation = unit * math::sqrt(squares / (static_cast<double>(group.count()) - 1));
    return std::isfinite(deviation) ? deviation : kNan;
  }
  return kNan;
}

}  // namespace

std::size_t PeerGroup::next(std::size_t i) const noexcept {
  if (!up_to.empty() || i + 1 == values.size() || values[i + 1] != values[i]) return i + 1;
  const auto after = std::upper_bound(values.begin() + static_cast<std::ptrdiff_t>(i), values.end(), values[i]);
  return static_cast<std::size_t>(after - values.begin());
}

PeerGroup SortedPeers::group(std::size_t g) const noexcept {
  return {std::span{values_}.subspan(begins_[g], begins_[g + 1] - begins_[g]),
          std::span{up_to_}.subspan(counted_[g], counted_[g + 1] - counted_[g])};
}

Standing SortedPeers::standing(std::size_t g, double value) const noexcept {
  const PeerGroup peers = group(g);
  std::size_t from = 0, until = peers.values.size();
  if (g < guides_.size() && guides_[g].parts_per_unit > 0) {
    const Guide& guide = guides_[g];
    const std::size_t part = value >= guide.low ? guide.part_of(value) : 0;
    from = value >= guide.low ? guide.first[part] : 0;
    until = value >= guide.low ? guide.first[part + 1] : 0;
  }
  const auto within = peers.values.subspan(from, until - from);
  const auto at = from + static_cast<std::size_t>(std::ranges::lower_bound(within, value) - within.begin());
  const bool met = at < peers.values.size() && peers.values[at] == value;
  return met ? peers.standing(at) : Standing{peers.place(at), 0};
}

void SortedPeers::add_group(std::span<const double> sorted) {
  const auto differ = [](double a, double b) { return a != b; };
  std::size_t distinct = sorted.empty() ? 0 : 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) distinct += differ(sorted[i - 1], sorted[i]) ? 1 : 0;
  if (sorted.empty() || !counts(distinct, sorted.size())) {
    values_.insert(values_.end(), sorted.begin(), sorted.end());
    return end_group();
  }
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i + 1 < sorted.size() && !differ(sorted[i], sorted[i + 1])) continue;
    values_.push_back(sorted[i]);
    up_to_.push_back(static_cast<std::uint32_t>(i + 1));
  }
  end_group();
}

void SortedPeers::add_group(std::span<const double> distinct, std::span<const std::uint32_t> up_to) {
  if (!distinct.empty() && counts(distinct.size(), up_to.back())) {
    values_.insert(values_.end(), distinct.begin(), distinct.end());
    up_to_.insert(up_to_.end(), up_to.begin(), up_to.end());
    return end_group();
  }
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    values_.insert(values_.end(), up_to[i] - (i == 0 ? 0 : up_to[i - 1]), distinct[i]);
  }
  end_group();
}

void SortedPeers::end_group() {
  begins_.push_back(static_cast<std::uint32_t>(values_.size()));
  counted_.push_back(static_cast<std::uint32_t>(up_to_.size()));
  const PeerGroup last = group(groups() - 1);
  if (last.values.size() < kFewestGuided) return;
  guides_.resize(groups());
  guides_.back() = guide_of(last);
}

/// Greater values lie in the same part or in a later one.
std::size_t SortedPeers::Guide::part_of(double value) const noexcept {
  const double part = (value - low) * parts_per_unit;
  const auto last = static_cast<double>(first.size() - 2);
  return static_cast<std::size_t>(part < last ? part : last);
}

SortedPeers::Guide SortedPeers::guide_of(const PeerGroup& group) {
  Guide guide;
  const std::size_t count = group.values.size(), parts = count / kValuesPerPart;
  guide.low = group.values.front();
  const double per_unit = static_cast<double>(parts) / (group.values.back() - guide.low);
  if (!std::isfinite(per_unit) || per_unit == 0) return {};  // too near each other, or too far apart
  guide.parts_per_unit = per_unit;
  guide.first.assign(parts + 1, static_cast<std::uint32_t>(count));
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (const std::size_t part = guide.part_of(group.values[i]); next <= part; ++next) {
      guide.first[next] = static_cast<std::uint32_t>(i);
    }
  }
  return guide;
}

PeerValues::PeerValues(std::shared_ptr<const SortedPeers> of, PeersStatistic statistic) : sorted{std::move(of)} {
  if (statistic == PeersStatistic::rank) return;
  for (std::size_t g = 0; g < groups(); ++g) {
    const PeerGroup group = sorted->group(g);
    mean.push_back(mean_of(group));
    if (statistic == PeersStatistic::deviation) deviation.push_back(deviation_of(group, mean.back()));
  }
}

}  // namespace customerhealth::scores
