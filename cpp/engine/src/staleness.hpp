#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/ledger.hpp"
#include "customerhealth/scores/peers.hpp"

namespace customerhealth::engine {

/// For each table (beside Model::tables): whether it has rows at each instant, and new ones, all accounts' considered.
/// Empty for tables without `stale_after`.
[[nodiscard]] std::vector<std::vector<scores::Freshness>> table_freshness(const model::Model& model,
                                                                          const ledger::Ledger& ledger,
                                                                          std::span<const Instant> instants,
                                                                          Watch& watch);

}  // namespace customerhealth::engine
