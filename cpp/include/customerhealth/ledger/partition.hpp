#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/parallel.hpp"

namespace customerhealth {

/// Brings rows into groups, keeping their order within each (a stable counting sort), one column at a time.
///
/// With many groups, writing straight to each one's place would touch a page a row. So rows go first to at most
/// kBuckets neighbouring ranges of groups, and from there, in cache, to their group.
class Partition {
 public:
  /// `groups[row]` is the row's group, 0 <= group < group_count, or negative for a row that is left out.
  Partition(std::span<const std::int32_t> groups, std::int32_t group_count, Watch& watch);

  /// Where each group's rows begin, and the end of the last.
  [[nodiscard]] const std::vector<std::int64_t>& begins() const noexcept { return begins_; }
  [[nodiscard]] std::int64_t rows() const noexcept { return begins_.back(); }

  /// Gives rows [begin, begin + scratch.size()) of the source: in `scratch`, or where they lie already.
  template <class T>
  using Source = std::function<const T*(std::int64_t begin, std::span<T> scratch)>;

  template <class T>
  [[nodiscard]] Buffer<T> apply(const Source<T>& source) const {
    if (!bucketed()) return scatter<T>(source);
    const Buffer<T> coarse = scatter<T>(source);
    Buffer<T> out(coarse.size());
    for_each(bucket_count_, [&](std::int64_t bucket) {
      watch_->check();
      const std::int64_t first = bucket << shift_;
      const std::int64_t last =
          std::min<std::int64_t>(first + (std::int64_t{1} << shift_), static_cast<std::int64_t>(begins_.size()) - 1);
      std::vector<std::int64_t> cursors(begins_.begin() + first, begins_.begin() + last);
      const auto begin = begins_[static_cast<std::size_t>(first)], end = begins_[static_cast<std::size_t>(last)];
      for (std::int64_t row = begin; row < end; ++row) {
        const auto group = bucketed_groups_[static_cast<std::size_t>(row)] - first;
        out[static_cast<std::size_t>(cursors[static_cast<std::size_t>(group)]++)] =
            coarse[static_cast<std::size_t>(row)];
      }
    });
    return out;
  }

 private:
  static constexpr std::int64_t kBuckets = 256;
  static constexpr std::int32_t kMostDirect = 4096;  // groups whose write positions still lie in the second-level cache
  static constexpr std::int64_t kBlock = 2048;       // rows decoded at a time

  [[nodiscard]] bool bucketed() const noexcept { return shift_ > 0; }
  [[nodiscard]] std::int64_t edge(std::int64_t stripe) const noexcept { return source_rows_ * stripe / stripes_; }

  /// To buckets (which are the groups, where they are few).
  template <class T>
  [[nodiscard]] Buffer<T> scatter(const Source<T>& source) const {
    Buffer<T> out(static_cast<std::size_t>(rows()));
    for_each(stripes_, [&](std::int64_t stripe) {
      std::vector<std::int64_t> cursors = positions_[static_cast<std::size_t>(stripe)];
      std::array<T, kBlock> scratch;
      for (std::int64_t begin = edge(stripe); begin < edge(stripe + 1); begin += kBlock) {
        if (begin % (kBlock * 64) < kBlock) watch_->check();
        const auto count = static_cast<std::size_t>(std::min(kBlock, edge(stripe + 1) - begin));
        const T* values = source(begin, std::span{scratch}.first(count));
        const std::int32_t* groups = &groups_[static_cast<std::size_t>(begin)];
        for (std::size_t i = 0; i < count; ++i) {
          if (groups[i] < 0) continue;
          out[static_cast<std::size_t>(cursors[static_cast<std::size_t>(groups[i] >> shift_)]++)] = values[i];
        }
      }
    });
    return out;
  }

  std::span<const std::int32_t> groups_;
  Watch* watch_;
  std::int64_t source_rows_, stripes_;
  int shift_ = 0;
  std::int64_t bucket_count_ = 0;
  std::vector<std::vector<std::int64_t>> positions_;  // by stripe, by bucket: where its next row goes
  std::vector<std::int64_t> begins_;
  Buffer<std::int32_t> bucketed_groups_;
};

}  // namespace customerhealth
