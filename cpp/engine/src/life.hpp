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
#include "walk_block.hpp"

/// Journeys, cohorts and plays for a block of accounts. Cells lie [account][instant], at every instant worked at.
namespace customerhealth::engine {

/// The columns of a journey.
struct JourneyCells {
  metrics::Cells stage, since, days, previous, stalled;
};

/// `moves`: those that are kept of the journey too.
[[nodiscard]] JourneyCells journey_cells(const model::BoundModel& model, std::size_t journey, const WalkBlock& block,
                                         std::vector<panel::AccountMove>& moves);
[[nodiscard]] metrics::Cells cohort_cells(const model::BoundCohort& bound, const scores::Frame& frame);
/// What is kept of the play is part of its record.
[[nodiscard]] panel::PlayRecord walk_play(const model::BoundModel& model, std::size_t play, const WalkBlock& block);

}  // namespace customerhealth::engine
