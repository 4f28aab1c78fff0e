#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/engine/instants.hpp"
#include "customerhealth/lifecycle/journey.hpp"
#include "customerhealth/lifecycle/play.hpp"
#include "customerhealth/lifecycle/text.hpp"
#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/frame.hpp"

/// Journeys, cohorts and plays for a block of accounts. Cells lie [account][instant], at every instant worked at.
namespace customerhealth {

/// A change of stage of one account.
struct AccountMove {
  AccountCode account{0};
  StageMove move;
};

/// What a play did for one account; `opening` counts the openings before it in its record.
struct AccountTurn {
  AccountCode account{0};
  Instant at = kMissingInstant;
  bool opens = true, is_tick = true;
  std::size_t opening = 0;
};

/// What one play did, by account and then in the order of time.
struct PlayRecord {
  std::vector<AccountTurn> turns;
  std::vector<double> priorities;  // of each opening; empty where the play has none
  std::vector<KeptValue> values;   // of each opening as many as PlaySpec::values

  [[nodiscard]] std::size_t openings() const noexcept;
  void append(PlayRecord&& more);
};

/// What happened to some accounts between the as-ofs.
struct LifeRecord {
  std::vector<std::vector<AccountMove>> moves;  // beside Model::journeys, by account
  std::vector<PlayRecord> plays;                // beside Model::plays

  explicit LifeRecord(const Model& model) : moves(model.journeys.size()), plays(model.plays.size()) {}
  /// Of accounts that come later in panel order.
  void append(LifeRecord&& more);
};

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
