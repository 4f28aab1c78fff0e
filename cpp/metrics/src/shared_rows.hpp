#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "decay.hpp"
#include "distinct.hpp"
#include "extremes.hpp"
#include "frequencies.hpp"
#include "modes.hpp"
#include "ranks.hpp"
#include "running_deviation.hpp"
#include "values.hpp"

namespace customerhealth::metrics {

/// What metrics over the same entries and the same `of` share, whatever their windows. Each thing is computed at its
/// first use.
class SharedRows {
 public:
  /// `of` may be null. `before` by account and edge, of plain entries. All must outlive it.
  SharedRows(const Entries& entries, Values* of, std::span<const std::int32_t> before, std::size_t edge_count)
      : entries_{&entries}, of_{of}, before_{before}, edge_count_{edge_count} {}

  [[nodiscard]] Values& of() const noexcept { return *of_; }
  [[nodiscard]] const SumRows& sums();
  [[nodiscard]] const SquareRows& squares();
  [[nodiscard]] const RankRows& ranks();
  [[nodiscard]] const NumberedRows& numbered();
  [[nodiscard]] const ModeRows& modes(const PickedAggregation& aggregation);
  [[nodiscard]] const DecayRows& decayed(Micros half_life);
  /// Of plain entries.
  [[nodiscard]] const ExtremeRows& extremes(bool least);
  /// Of plain entries; no window begins before `first_edge`.
  [[nodiscard]] const DistinctRows& distinct(std::size_t first_edge);
  [[nodiscard]] Extreme extreme(bool least) const { return {of_->order_keys(), least}; }

 private:
  const Entries* entries_;
  Values* of_;
  std::span<const std::int32_t> before_;
  std::size_t edge_count_;
  std::optional<SumRows> sums_;
  std::optional<SquareRows> squares_;
  std::optional<RankRows> ranks_;
  std::optional<NumberedRows> numbered_;
  std::optional<ModeRows> modes_;
  std::optional<ExtremeRows> least_, greatest_;
  std::optional<DistinctRows> distinct_;
  std::deque<std::pair<Micros, DecayRows>> decayed_;
};

}  // namespace customerhealth::metrics
