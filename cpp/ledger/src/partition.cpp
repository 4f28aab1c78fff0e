#include "partition.hpp"

#include <string>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::ledger {

Partition::Partition(std::span<const std::int32_t> groups, std::int32_t group_count, Watch& watch)
    : groups_{groups},
      watch_{&watch},
      source_rows_{static_cast<std::int64_t>(groups.size())},
      stripes_{std::clamp<std::int64_t>(source_rows_ / 65536, 1, worker_count())},
      targets_(groups.size()) {
  if (source_rows_ >= kLeftOut) {
    throw Error{"a table may have fewer than 4,294,967,295 rows, got " + std::to_string(source_rows_) +
                "; append the rest afterwards"};
  }
  count(group_count);
  if (group_count <= kMostDirect) {
    place_in_groups();
  } else {
    int shift = 1;
    while (((group_count - 1) >> shift) >= kBuckets) ++shift;
    place_in_buckets(shift);
  }
  counts_.clear();
}

void Partition::count(std::int32_t group_count) {
  const auto size = static_cast<std::size_t>(group_count);
  counts_.resize(static_cast<std::size_t>(stripes_));
  std::vector<std::vector<std::int64_t>> firsts(counts_.size());
  for_each(stripes_, [&](std::int64_t stripe) {
    auto& counts = counts_[static_cast<std::size_t>(stripe)];
    auto& first = firsts[static_cast<std::size_t>(stripe)];
    counts.assign(size, 0);
    first.assign(size, -1);
    for (std::int64_t row = edge(stripe); row < edge(stripe + 1); ++row) {
      const std::int32_t group = groups_[static_cast<std::size_t>(row)];
      if (group >= 0 && counts[static_cast<std::size_t>(group)]++ == 0) first[static_cast<std::size_t>(group)] = row;
    }
  });
  begins_.assign(size + 1, 0);
  first_rows_.assign(size, -1);
  std::int64_t at = 0;
  for (std::size_t group = 0; group < size; ++group) {
    begins_[group] = at;
    for (std::size_t stripe = 0; stripe < counts_.size(); ++stripe) {
      at += counts_[stripe][group];
      if (first_rows_[group] < 0) first_rows_[group] = firsts[stripe][group];
    }
  }
  begins_.back() = at;
}

void Partition::hand_out(std::vector<std::vector<Place>>&& cursors, int shift) {
  for_each(stripes_, [&](std::int64_t stripe) {
    watch_->check();
    auto& own = cursors[static_cast<std::size_t>(stripe)];
    for (std::int64_t row = edge(stripe); row < edge(stripe + 1); ++row) {
      const std::int32_t group = groups_[static_cast<std::size_t>(row)];
      targets_[static_cast<std::size_t>(row)] = group < 0 ? kLeftOut : own[static_cast<std::size_t>(group >> shift)]++;
    }
  });
}

void Partition::place_in_groups() {
  std::vector<std::vector<Place>> cursors(counts_.size(), std::vector<Place>(begins_.size() - 1));
  for (std::size_t group = 0; group + 1 < begins_.size(); ++group) {
    auto at = static_cast<Place>(begins_[group]);
    for (std::size_t stripe = 0; stripe < counts_.size(); ++stripe) {
      cursors[stripe][group] = at;
      at += counts_[stripe][group];
    }
  }
  hand_out(std::move(cursors), 0);
}

void Partition::place_in_buckets(int shift) {
  const std::size_t size = begins_.size() - 1, buckets = ((size - 1) >> shift) + 1;
  std::vector<std::vector<Place>> cursors(counts_.size(), std::vector<Place>(buckets));
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::size_t first = bucket << shift, last = std::min(size, (bucket + 1) << shift);
    bucket_begins_.push_back(begins_[first]);
    auto at = static_cast<Place>(begins_[first]);
    for (std::size_t stripe = 0; stripe < counts_.size(); ++stripe) {
      cursors[stripe][bucket] = at;
      for (std::size_t group = first; group < last; ++group) at += counts_[stripe][group];
    }
  }
  bucket_begins_.push_back(begins_.back());
  hand_out(std::move(cursors), shift);
  const Buffer<std::int32_t> groups = scatter<std::int32_t>(
      [&](std::int64_t begin, std::span<std::int32_t>) { return &groups_[static_cast<std::size_t>(begin)]; });
  places_ = Buffer<Place>(groups.size());
  for_each(static_cast<std::int64_t>(buckets), [&](std::int64_t bucket) {
    watch_->check();
    const auto first = static_cast<std::size_t>(bucket) << shift;
    std::vector<Place> own;
    for (std::size_t group = first; group < std::min(size, first + (std::size_t{1} << shift)); ++group) {
      own.push_back(static_cast<Place>(begins_[group]));
    }
    for (auto row = static_cast<std::size_t>(bucket_begins_[static_cast<std::size_t>(bucket)]);
         row < static_cast<std::size_t>(bucket_begins_[static_cast<std::size_t>(bucket) + 1]); ++row) {
      places_[row] = own[static_cast<std::size_t>(groups[row]) - first]++;
    }
  });
}

}  // namespace customerhealth::ledger
