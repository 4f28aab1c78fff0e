#pragma once

#include "customerhealth/ledger/ledger.hpp"

namespace customerhealth::ledger {

/// Throws DataError for the first finding that `strictness` does not let pass.
void refuse(const model::Model& model, const Ledger& ledger, Strictness strictness);

}  // namespace customerhealth::ledger
