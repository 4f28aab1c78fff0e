#include "shared_rows.hpp"

namespace customerhealth::metrics {

const SumRows& SharedRows::sums() {
  if (!sums_) sums_.emplace(*entries_, of_->numbers());
  return *sums_;
}

const SquareRows& SharedRows::squares() {
  if (!squares_) squares_.emplace(*entries_, sums());
  return *squares_;
}

const RankRows& SharedRows::ranks() {
  if (!ranks_) ranks_.emplace(*entries_, of_->numbers());
  return *ranks_;
}

const NumberedRows& SharedRows::numbered() {
  if (!numbered_) numbered_.emplace(*entries_, of_->distinct_keys());
  return *numbered_;
}

const ModeRows& SharedRows::modes(const PickedAggregation& aggregation) {
  if (!modes_) modes_.emplace(*entries_, numbered(), aggregation);
  return *modes_;
}

const DecayRows& SharedRows::decayed(Micros half_life) {
  for (const auto& [known, rows] : decayed_) {
    if (known == half_life) return rows;
  }
  decayed_.emplace_back(half_life,
                        DecayRows{*entries_, half_life, of_ == nullptr ? std::span<const double>{} : of_->numbers()});
  return decayed_.back().second;
}

const ExtremeRows& SharedRows::extremes(bool least) {
  auto& rows = least ? least_ : greatest_;
  if (!rows) rows.emplace(*entries_, extreme(least), before_, edge_count_);
  return *rows;
}

const DistinctRows& SharedRows::distinct(std::size_t first_edge) {
  if (!distinct_) distinct_.emplace(*entries_, of_->distinct_keys(), before_, edge_count_, first_edge);
  return *distinct_;
}

}  // namespace customerhealth::metrics
