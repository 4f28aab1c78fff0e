#pragma once

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/ledger.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::storage {

/// Whether a ledger that was read from files can be one of this model: every code, place and run lies within what it
/// points into, times ascend in their runs, and columns are of the types that their roles need. A file that was changed
/// may give wrong answers (its checksum tells); it can crash nothing. Throws DataError.
void check_ledger(const model::Model& model, const ledger::Ledger& ledger, const Watch& watch);

}  // namespace customerhealth::storage
