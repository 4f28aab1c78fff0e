#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/parallel.hpp"

namespace customerhealth::ledger {

/// Brings rows into groups, keeping their order within each (a stable counting sort), one column at a time.
///
/// The target of each row is worked out once, for all columns. Writing a column is then a scatter with the cache lines
/// of the next kAhead targets prefetched: 2 ns a value, where counting anew for each column took 5. With more than
/// kMostDirect groups the scatter would touch another page with almost every row, so rows go first to at most kBuckets
/// ranges of neighbouring groups, and from there to their group, within memory that fits the cache.
class Partition {
 public:
  /// `groups[row]` is the row's group, 0 <= group < group_count, or negative for a row that is left out. Throws Error
  /// when there are 2^32 - 1 rows or more.
  Partition(std::span<const std::int32_t> groups, std::int32_t group_count, Watch& watch);

  /// Where each group's rows begin, and the end of the last.
  [[nodiscard]] const std::vector<std::int64_t>& begins() const noexcept { return begins_; }
  [[nodiscard]] std::int64_t rows() const noexcept { return begins_.back(); }
  /// The first row of each group in the source; -1: it has none.
  [[nodiscard]] const std::vector<std::int64_t>& first_rows() const noexcept { return first_rows_; }

  /// Gives rows [begin, begin + scratch.size()) of the source: in `scratch`, or where they lie already.
  template <class T>
  using Source = std::function<const T*(std::int64_t begin, std::span<T> scratch)>;

  template <class T>
  [[nodiscard]] Buffer<T> apply(const Source<T>& source) const {
    if (bucket_begins_.empty()) return scatter<T>(source);
    const Buffer<T> coarse = scatter<T>(source);
    Buffer<T> out(coarse.size());
    for_each(std::ssize(bucket_begins_) - 1, [&](std::int64_t bucket) {
      watch_->check();
      const auto begin = static_cast<std::size_t>(bucket_begins_[static_cast<std::size_t>(bucket)]);
      const auto end = static_cast<std::size_t>(bucket_begins_[static_cast<std::size_t>(bucket) + 1]);
      for (std::size_t row = begin; row < end; ++row) out[places_[row]] = coarse[row];
    });
    return out;
  }

 private:
  using Place = std::uint32_t;
  static constexpr Place kLeftOut = std::numeric_limits<Place>::max();
  static constexpr std::int64_t kBuckets = 256;
  static constexpr std::int32_t kMostDirect = 4096;  // groups whose write positions still lie in the second-level cache
  static constexpr std::int64_t kBlock = 2048;       // rows decoded at a time
  static constexpr std::size_t kAhead = 64;          // rows between fetching a place and writing to it

  [[nodiscard]] std::int64_t edge(std::int64_t stripe) const noexcept { return source_rows_ * stripe / stripes_; }
  void count(std::int32_t group_count);
  void place_in_groups();
  void place_in_buckets(int shift);
  /// Fills `targets_`: the rows of a stripe that share a bucket (`group >> shift`) get the places from
  /// `cursors[stripe][bucket]` on, in their order. Stripes are filled in parallel.
  void hand_out(std::vector<std::vector<Place>>&& cursors, int shift);

  /// Writes each row of the source to its target: its final place, or one in its bucket where there are buckets.
  template <class T>
  [[nodiscard]] Buffer<T> scatter(const Source<T>& source) const {
    Buffer<T> out(static_cast<std::size_t>(rows()));
    for_each(stripes_, [&](std::int64_t stripe) {
      std::array<T, kBlock> scratch;
      for (std::int64_t begin = edge(stripe); begin < edge(stripe + 1); begin += kBlock) {
        if (begin % (kBlock * 64) < kBlock) watch_->check();
        const auto count = static_cast<std::size_t>(std::min(kBlock, edge(stripe + 1) - begin));
        const T* values = source(begin, std::span{scratch}.first(count));
        const Place* targets = &targets_[static_cast<std::size_t>(begin)];
        for (std::size_t i = 0; i < count; ++i) {
          if (i + kAhead < count) __builtin_prefetch(out.data() + targets[i + kAhead], 1);
          if (targets[i] != kLeftOut) out[targets[i]] = values[i];
        }
      }
    });
    return out;
  }

  std::span<const std::int32_t> groups_;
  Watch* watch_;
  std::int64_t source_rows_, stripes_;
  std::vector<std::vector<Place>> counts_;  // by stripe and group; only while the places are worked out
  std::vector<std::int64_t> begins_, first_rows_;
  Buffer<Place> targets_;                    // of each row, or kLeftOut
  std::vector<std::int64_t> bucket_begins_;  // empty: targets are final
  Buffer<Place> places_;                     // of each row as it lies in its bucket
};

}  // namespace customerhealth::ledger
