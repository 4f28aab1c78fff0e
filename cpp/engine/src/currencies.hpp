#pragma once

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/panel/snapshot.hpp"

namespace customerhealth::engine {

/// Throws DataError for the first metric that adds or averages amounts of several currencies: a `sum` or `mean` over a
/// column of a table with `currency`, of whose rows `where` and `by` leave more than one. Rows of accounts that the
/// accounts table does not have are not looked at.
void refuse_mixed_currencies(const panel::Snapshot& snapshot, const Watch& watch);

}  // namespace customerhealth::engine
