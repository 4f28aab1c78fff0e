#include "dates.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace customerhealth::revenue {
namespace {

constexpr std::uint64_t kMostBucketsPerDate = 64;

}  // namespace

Dates::Dates(std::vector<Instant> ascending) : instants_{std::move(ascending)} {
  if (instants_.size() < 2) return;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = 1; i < instants_.size(); ++i) least = std::min(least, since(instants_[i - 1], instants_[i]));
  shift_ = static_cast<unsigned>(std::bit_width(least) - 1);
  const std::uint64_t buckets = (since(instants_.front(), instants_.back()) >> shift_) + 1;
  if (buckets > kMostBucketsPerDate * instants_.size()) return;
  before_.resize(buckets);
  for (const Instant date : instants_) {
    const std::size_t after = bucket_of(date) + 1;
    if (after < buckets) ++before_[after];
  }
  for (std::size_t bucket = 1; bucket < buckets; ++bucket) before_[bucket] += before_[bucket - 1];
}

std::size_t Dates::search(Instant at) const noexcept {
  return static_cast<std::size_t>(std::ranges::upper_bound(instants_, at) - instants_.begin());
}

}  // namespace customerhealth::revenue
