#pragma once

#include <span>

#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/engine/saved_walk.hpp"
#include "customerhealth/model/model.hpp"
#include "kept_walk.hpp"

namespace customerhealth::engine {

/// A walk as columns. `accounts`: the codes that the walk has for the accounts in panel order; missing: it knows none.
[[nodiscard]] SavedWalk saved_walk(const KeptWalk& walk, const model::Model& model,
                                   std::span<const AccountCode> accounts, const Texts& texts);

/// A walk from columns, which may come from anywhere. `accounts`: codes in panel order. A node of which a text is
/// nowhere in `texts` is not kept. Throws DataError where the columns are no walk of this model and so many accounts.
[[nodiscard]] KeptWalk restored_walk(const SavedWalk& saved, const model::Model& model,
                                     std::span<const AccountCode> accounts, const Texts& texts);

}  // namespace customerhealth::engine
