#pragma once

#include <cstddef>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/lifecycle/journey.hpp"
#include "customerhealth/lifecycle/text.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::panel {

/// A change of stage of one account.
struct AccountMove {
  AccountCode account{0};
  lifecycle::StageMove move;
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
  std::vector<double> priorities;            // of each opening; empty where the play has none
  std::vector<lifecycle::KeptValue> values;  // of each opening as many as PlaySpec::values

  [[nodiscard]] std::size_t openings() const noexcept;
  void append(PlayRecord&& more);
};

/// What happened to some accounts between the as-ofs.
struct LifeRecord {
  std::vector<std::vector<AccountMove>> moves;  // beside Model::journeys, by account
  std::vector<PlayRecord> plays;                // beside Model::plays

  explicit LifeRecord(const model::Model& model) : moves(model.journeys.size()), plays(model.plays.size()) {}
  /// Of accounts that come later in panel order.
  void append(LifeRecord&& more);
};

}  // namespace customerhealth::panel
