#pragma once

#include <cstdint>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/ledger.hpp"

namespace customerhealth::engine {

/// For each account of Ledger::order an instant at or before which it can have no panel row; the last instant where it
/// can have none at all, and the first where it has one whenever. Deletions and `include` may leave fewer rows after
/// it.
[[nodiscard]] std::vector<Instant> first_rows(const model::Model& model, const ledger::Ledger& ledger,
                                              const Watch& watch);

}  // namespace customerhealth::engine
