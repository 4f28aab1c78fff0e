#pragma once

#include <memory>
#include <span>

#include "customerhealth/common/parallel.hpp"
#include "panel_data.hpp"

namespace customerhealth {

/// Answers the model for every account of the snapshot at every as-of.
[[nodiscard]] std::shared_ptr<const Panel::Data> score(std::shared_ptr<const Snapshot> snapshot,
                                                       std::span<const Instant> as_ofs, Watch& watch);

}  // namespace customerhealth
