#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/ledger.hpp"

namespace customerhealth::engine {

/// For each account of Ledger::order, how many panel rows it can have at the most: those from the first as-of at which
/// a row of it is visible. Deletions and `include` may leave fewer.
[[nodiscard]] std::vector<std::int32_t> most_rows(const model::Model& model, const ledger::Ledger& ledger,
                                                  std::span<const Instant> as_ofs, Watch& watch);

/// An instant at or before which no account can have a panel row.
[[nodiscard]] Instant before_first_row(const model::Model& model, const ledger::Ledger& ledger, Watch& watch);

}  // namespace customerhealth::engine
