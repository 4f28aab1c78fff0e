#pragma once

#include <optional>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/source/type_of.hpp"
#include "stripe_texts.hpp"

namespace customerhealth::source {

/// The rows of a chunk as formulas read them. A cell that is none is missing; its first row is told.
[[nodiscard]] Column read_values(const arrow::ColumnChunk& chunk, StripeTexts& texts, std::optional<BadCell>& bad);

}  // namespace customerhealth::source
