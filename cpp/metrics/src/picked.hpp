#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/model/model.hpp"
#include "entries.hpp"
#include "values.hpp"

namespace customerhealth::metrics {

/// The rows that count at one as-of, in the order of time, and what an aggregation needs besides.
struct Picked {
  std::span<const std::uint32_t> rows;  // of the block
  std::span<const Instant> times;
  Instant edge;  // E
};

/// A metric's aggregation with all that it reads, to be called with any set of rows.
struct PickedAggregation {
  const model::Aggregate* spec = nullptr;
  Values* of = nullptr;           // null if the metric has no `of`
  std::span<const Instant> ends;  // of the table's rows (days_to_end, days_unbroken)
  std::span<const std::uint8_t> hidden_ends;
  std::vector<std::optional<std::uint64_t>> wanted;  // identity of each Aggregate::wanted; nullopt: no row equals it
  const Texts* texts = nullptr;                      // of the codes in `of`; needed where texts are put in order

  [[nodiscard]] Answer operator()(const Picked& picked) const;
};

// The families, one file each.
[[nodiscard]] Answer picked_statistic(const PickedAggregation& aggregation, const Picked& picked);
[[nodiscard]] Answer picked_place(const PickedAggregation& aggregation, const Picked& picked);
[[nodiscard]] Answer picked_variety(const PickedAggregation& aggregation, const Picked& picked);
[[nodiscard]] Answer picked_span(const PickedAggregation& aggregation, const Picked& picked);

/// Cuts the picked rows into buckets counted back from E, aggregates each, and summarises (`every`, `then`).
/// `first_time`: of the account's first visible row.
[[nodiscard]] Answer picked_buckets(const PickedAggregation& aggregation, const Picked& picked, Instant first_time);

/// Whether the value of one row comes before that of another: false before true, texts in the order of their bytes.
[[nodiscard]] bool comes_before(const PickedAggregation& aggregation, std::uint32_t a, std::uint32_t b);

/// Whether a bucket without rows counts as 0.
[[nodiscard]] bool counts_empty_as_zero(const model::Aggregate& spec) noexcept;
/// The summary of buckets from the oldest; left-out ones are NaN, but not all.
[[nodiscard]] Answer summarise_buckets(const model::Buckets& spec, std::span<const double> buckets);

/// Calls `visit(k, picked entries)` for each as-of.
void each_as_of(const AccountEntries& entries, std::span<const Instant> edges,
                const std::function<void(std::size_t, const Picked&)>& visit);
/// The same of the entries in [start, start + window), where the start of the as-of is not missing.
void each_since(const AccountEntries& entries, std::span<const Instant> edges, std::span<const Instant> starts,
                const std::optional<Length>& window, const std::function<void(std::size_t, const Picked&)>& visit);

/// Least squares, medians and the like over plain numbers: shared by aggregations and by `then`.
[[nodiscard]] double mean_of(std::span<const double> values);
[[nodiscard]] double deviation_of(std::span<const double> values);  // n − 1; two values or more
/// Between which of some numbers in ascending order a quantile lies: at the place (n - 1) share, counted from 0.
struct QuantilePlace {
  std::int64_t below = 0;  // the place of the lower one
  double part = 0;         // of the way to the next; 0: it is the lower one

  QuantilePlace(std::int64_t count, double share) noexcept;
  [[nodiscard]] double between(double low, double high) const noexcept;
};
[[nodiscard]] double quantile_of(std::vector<double>& values, double share);  // one value or more; reorders them

}  // namespace customerhealth::metrics
