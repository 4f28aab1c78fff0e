#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "picked.hpp"
#include "places.hpp"

namespace customerhealth::metrics {

/// As-ofs whose buckets lie on one grid: those with one rest of E modulo `every`.
struct BucketGrid {
  std::int64_t every = 1, rest = 0;  // microseconds
  std::vector<std::int32_t> as_ofs;  // ascending
  std::vector<std::int64_t> ends;    // by these: the number of the bucket that begins at E

  struct Place {
    std::int64_t
        number;  // of the bucket that holds the instant: bucket n is [rest + n · every, rest + (n + 1) · every)
    std::int64_t behind;  // microseconds from its begin
  };
  [[nodiscard]] Place place_of(Instant t) const noexcept;
};
[[nodiscard]] std::vector<BucketGrid> bucket_grids(Micros every, std::span<const Instant> edges);

/// The buckets of a grid that hold rows of one account, each worked out once for all as-ofs: a bucket's value is a
/// function of its rows alone.
class BucketList {
 public:
  explicit BucketList(const PickedAggregation& aggregation) : aggregation_{&aggregation} {}

  /// Of entries [first, last).
  void fill(const AccountEntries& entries, std::size_t first, std::size_t last, const BucketGrid& grid);

  [[nodiscard]] std::span<const std::int64_t> numbers() const noexcept { return numbers_; }
  /// NaN: left out.
  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }
  /// By place in the list, and one beyond: how many buckets before it have an undefined value, and how many are left
  /// out.
  [[nodiscard]] std::span<const std::int32_t> undefined_before() const noexcept { return undefined_before_; }
  [[nodiscard]] std::span<const std::int32_t> left_out_before() const noexcept { return left_out_before_; }

 private:
  void number_values(std::span<const std::uint32_t> rows);
  void add(std::int64_t number, std::span<const std::uint32_t> rows, std::size_t first);
  [[nodiscard]] double value_of(std::span<const std::uint32_t> rows, std::size_t first);
  [[nodiscard]] double distinct(std::size_t first, std::size_t count);

  const PickedAggregation* aggregation_;
  std::vector<std::int64_t> numbers_;
  std::vector<double> values_, taken_;
  std::vector<std::int32_t> undefined_before_, left_out_before_;
  Places places_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::int32_t> place_of_, seen_in_;
};

}  // namespace customerhealth::metrics
