#pragma once

#include <vector>

#include "customerhealth/arrow/table.hpp"

namespace customerhealth::arrow {

/// Whether a column has no value at all (NaN and infinities are none): such a column fits any role, whatever type its
/// source gives it. Looks no further than the first value.
[[nodiscard]] bool is_all_null(const std::vector<ColumnChunk>& chunks);
/// Likewise of ids, where an empty text is none.
[[nodiscard]] bool has_no_ids(const std::vector<ColumnChunk>& chunks);

}  // namespace customerhealth::arrow
