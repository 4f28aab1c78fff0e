#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/engine/instants.hpp"
#include "customerhealth/lifecycle/journey.hpp"
#include "customerhealth/lifecycle/play.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/panel/life_record.hpp"
#include "customerhealth/scores/frame.hpp"

/// Journeys, cohorts and plays for a block of accounts. Cells lie [account][instant], at every instant worked at.
namespace customerhealth {

/// The columns of a journey.
struct JourneyCells {
  Cells stage, since, days, previous, stalled;
};

/// Some accounts at every instant worked at, and what is known of them there.
struct LifeBlock {
  const Instants* instants = nullptr;
  std::span<const AccountCode> accounts;
  std::span<const std::uint8_t> present;
  const Frame* frame = nullptr;

  [[nodiscard]] ClockView clock(std::size_t account) const noexcept;
};

[[nodiscard]] JourneyCells journey_cells(const JourneySpec& spec, const BoundJourney& bound, const LifeBlock& block,
                                         std::vector<AccountMove>& moves);
[[nodiscard]] Cells cohort_cells(const BoundCohort& bound, const Frame& frame);
[[nodiscard]] PlayRecord walk_play(const PlaySpec& spec, const BoundPlay& bound, const LifeBlock& block);

}  // namespace customerhealth
