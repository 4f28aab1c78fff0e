#pragma once

#include <memory>
#include <span>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/engine/panel_part.hpp"
#include "customerhealth/panel/data.hpp"
#include "kept_walk.hpp"

namespace customerhealth::engine {

/// Computes that part of the model for every account of the snapshot at every as-of. Accounts are compared with the
/// given peers, or, if that is null, with those of the snapshot itself. Then it goes on from the walk that is kept of
/// the snapshot, and adds to it; a null pointer: nothing is kept.
[[nodiscard]] std::shared_ptr<const panel::Panel::Data> score(std::shared_ptr<const panel::Snapshot> snapshot,
                                                              std::span<const Instant> as_ofs,
                                                              std::shared_ptr<const scores::Peers> peers,
                                                              const PanelPart& part, KeptWalk* walk, Watch& watch);

/// The next level of peers, fitted on the accounts of the snapshot; `given` holds the levels before (a null pointer:
/// none). The first level goes along with the second where it says nothing. `over_time`: at each tick of the clock up
/// to the last as-of too; after the first level that is as it was `given`.
[[nodiscard]] std::shared_ptr<const scores::Peers> fit_peers(std::shared_ptr<const panel::Snapshot> snapshot,
                                                             std::span<const Instant> as_ofs,
                                                             std::shared_ptr<const scores::Peers> given, bool over_time,
                                                             Watch& watch);

}  // namespace customerhealth::engine
