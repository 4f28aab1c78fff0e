#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bucket_list.hpp"
#include "customerhealth/common/value_order.hpp"
#include "ranks.hpp"

namespace customerhealth::metrics {

/// A metric in buckets (`every`, `then`) over plain entries, answered for an account at all as-ofs: its buckets are
/// worked out once a grid, and summarised by what summaries of neighbouring windows share. The same bits as
/// picked_buckets().
class RunningBuckets {
 public:
  /// Whether the window is cut into whole buckets, as models are checked for.
  [[nodiscard]] static bool can_answer(const model::Aggregate& spec) noexcept;
  /// `edges`: E by as-of. The aggregation must outlive it.
  RunningBuckets(const PickedAggregation& aggregation, std::span<const Instant> edges);

  /// `first_times`: of the account's first visible row, by as-of; missing where there is none.
  void answer(const AccountEntries& entries, std::span<const Instant> first_times, RunningScratch& scratch,
              const AccountCells& out);

 private:
  /// The buckets [begin, end) that an as-of summarises, and which of the list are among them.
  struct Window {
    std::int32_t as_of;
    std::int64_t begin, end;
    std::int32_t first, last;
    std::int64_t zeros;  // buckets without a row, where these count
    [[nodiscard]] std::int64_t kept() const noexcept { return end - begin; }
  };

  void answer_grid(const BucketGrid& grid, const AccountEntries& entries, std::span<const Instant> first_times,
                   RunningScratch& scratch, const AccountCells& out);
  void find_windows(const BucketGrid& grid, std::span<const Instant> first_times, const AccountCells& out);
  [[nodiscard]] std::int64_t there(const Window& window) const noexcept;

  void summarise(RunningScratch& scratch, const AccountCells& out);
  void moments(const AccountCells& out);
  void active(const AccountCells& out);
  void streak(const AccountCells& out);
  void ranked(RunningScratch& scratch, const AccountCells& out);
  static constexpr std::size_t kSide = 4;
  void slope(const AccountCells& out);
  [[nodiscard]] static bool are_alike(std::span<const Window, kSide> windows) noexcept;
  void slopes_side_by_side(std::span<const Window, kSide> windows, const AccountCells& out);
  /// From the buckets of one window in a row.
  void one_by_one(const Window& window, const AccountCells& out);
  [[nodiscard]] double nth_of(const Window& window, std::int64_t n) const noexcept;

  const PickedAggregation* aggregation_;
  const model::Buckets* spec_;
  bool empty_is_zero_;
  std::int64_t per_window_;
  std::vector<BucketGrid> grids_;
  BucketList list_;
  std::vector<Window> windows_;
  std::vector<double> buckets_, sorted_;
  std::vector<Moments> moments_;
  std::vector<std::int32_t> counts_, first_, last_;
  std::vector<std::uint32_t> ranks_;
  std::vector<std::int64_t> begins_;
  ValueOrder order_;
  RankSet set_;
  std::int64_t negatives_ = 0;
};

}  // namespace customerhealth::metrics
