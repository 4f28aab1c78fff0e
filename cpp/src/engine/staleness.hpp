#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/ledger.hpp"

namespace customerhealth {

/// For each table (beside Model::tables): at which as-ofs it is stale as a whole, all accounts' rows considered. Empty
/// for tables without `stale_after`.
[[nodiscard]] std::vector<std::vector<std::uint8_t>> stale_tables(const Model& model, const Ledger& ledger,
                                                                  std::span<const Instant> as_ofs, Watch& watch);

}  // namespace customerhealth
