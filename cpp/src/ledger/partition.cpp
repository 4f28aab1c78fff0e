#include "customerhealth/ledger/partition.hpp"

#include <numeric>

namespace customerhealth {

Partition::Partition(std::span<const std::int32_t> groups, std::int32_t group_count, Watch& watch)
    : groups_{groups},
      watch_{&watch},
      source_rows_{static_cast<std::int64_t>(groups.size())},
      stripes_{std::clamp<std::int64_t>(source_rows_ / 65536, 1, worker_count())} {
  if (group_count > kMostDirect) {
    while (((group_count - 1) >> shift_) >= kBuckets) ++shift_;
  }
  bucket_count_ = group_count == 0 ? 0 : ((group_count - 1) >> shift_) + 1;
  std::vector<std::vector<std::int64_t>> counts(static_cast<std::size_t>(stripes_));
  for_each(stripes_, [&](std::int64_t stripe) {
    auto& count = counts[static_cast<std::size_t>(stripe)];
    count.assign(static_cast<std::size_t>(group_count), 0);
    for (std::int64_t row = edge(stripe); row < edge(stripe + 1); ++row) {
      const std::int32_t group = groups_[static_cast<std::size_t>(row)];
      if (group >= 0) ++count[static_cast<std::size_t>(group)];
    }
  });
  begins_.assign(static_cast<std::size_t>(group_count) + 1, 0);
  positions_.assign(counts.size(), std::vector<std::int64_t>(static_cast<std::size_t>(bucket_count_)));
  std::int64_t at = 0;
  for (std::int64_t bucket = 0; bucket < bucket_count_; ++bucket) {
    const auto first = static_cast<std::size_t>(bucket << shift_);
    const auto last = std::min(static_cast<std::size_t>(group_count), first + (std::size_t{1} << shift_));
    std::int64_t group_at = at;
    for (std::size_t group = first; group < last; ++group) {
      begins_[group] = group_at;
      for (const auto& count : counts) group_at += count[group];
    }
    for (std::size_t stripe = 0; stripe < counts.size(); ++stripe) {
      positions_[stripe][static_cast<std::size_t>(bucket)] = at;
      const auto& count = counts[stripe];
      at = std::accumulate(count.begin() + static_cast<std::ptrdiff_t>(first),
                           count.begin() + static_cast<std::ptrdiff_t>(last), at);
    }
  }
  begins_.back() = at;
  if (bucketed()) {
    bucketed_groups_ = scatter<std::int32_t>(
        [&](std::int64_t begin, std::span<std::int32_t>) { return &groups_[static_cast<std::size_t>(begin)]; });
  }
}

}  // namespace customerhealth
