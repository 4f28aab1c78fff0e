#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/lifecycle/journey.hpp"
#include "customerhealth/lifecycle/play.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/panel/life_record.hpp"
#include "customerhealth/scores/frame.hpp"
#include "instants.hpp"

/// Journeys, cohorts and plays for a block of accounts. Cells lie [account][instant], at every instant worked at.
namespace customerhealth::engine {

/// The columns of a journey.
struct JourneyCells {
  metrics::Cells stage, since, days, previous, stalled;
};

/// Some accounts at every instant worked at, and what is known of them there.
struct LifeBlock {
  const Instants* instants = nullptr;
  std::span<const AccountCode> accounts;
  std::span<const std::uint8_t> present;
  const scores::Frame* frame = nullptr;

  [[nodiscard]] lifecycle::ClockView clock(std::size_t account) const noexcept;
};

[[nodiscard]] JourneyCells journey_cells(const model::JourneySpec& spec, const model::BoundJourney& bound,
                                         const LifeBlock& block, std::vector<panel::AccountMove>& moves);
[[nodiscard]] metrics::Cells cohort_cells(const model::BoundCohort& bound, const scores::Frame& frame);
[[nodiscard]] panel::PlayRecord walk_play(const model::BoundModel& model, std::size_t play, const LifeBlock& block);

}  // namespace customerhealth::engine
