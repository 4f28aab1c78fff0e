#pragma once

#include "load.hpp"

namespace customerhealth::ledger {

/// Looks at the rows as they were given: marks those that do not exist (no account, no time) with a negative account,
/// and counts what the owner of the data should know.
[[nodiscard]] RowsFound check_rows(Loading& loading, Watch& watch);

}  // namespace customerhealth::ledger
