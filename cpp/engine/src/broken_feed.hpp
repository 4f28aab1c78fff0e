#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/frame.hpp"

namespace customerhealth::engine {

/// Whether something is missing because a feed broke, which says nothing of the customer: a name in it is missing and
/// `stale`, itself, through a formula, or through a score that is missing while one of its measures is.
class BrokenFeed {
 public:
  BrokenFeed(const model::BoundModel& bound, const scores::Frame& frame) : bound_{&bound}, frame_{&frame} {}

  /// Of a formula that is missing at the row.
  [[nodiscard]] bool explains(const expression::BoundExpression& formula, std::size_t row);

  /// Whether anything of the model can be stale.
  [[nodiscard]] static bool is_possible(const model::Model& model) noexcept;

 private:
  [[nodiscard]] bool is_stale(SlotIndex slot, std::size_t row);
  [[nodiscard]] bool is_stale_metric(std::size_t metric, std::size_t row);
  [[nodiscard]] bool is_stale_score(std::size_t score, std::size_t row);
  [[nodiscard]] bool is_stale_journey(std::size_t journey, std::size_t row);
  /// Why each row has no points of a measure.
  [[nodiscard]] const std::vector<Reason>& reasons_of(std::size_t score, std::size_t measure);

  const model::BoundModel* bound_;
  const scores::Frame* frame_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<Reason>> reasons_;  // of the measures that were asked about
};

}  // namespace customerhealth::engine
