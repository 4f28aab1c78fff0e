#pragma once

#include <optional>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/column.hpp"
#include "stripe_texts.hpp"

namespace customerhealth::source {

/// The type that formulas take a column of the source for.
[[nodiscard]] Type type_of(arrow::SourceKind kind) noexcept;

/// Whether some cell of the column holds something: one that holds nothing fits any type.
[[nodiscard]] bool has_values(const std::vector<arrow::ColumnChunk>& chunks);

/// The rows of a chunk as formulas read them. A cell that is none is missing; its first row is told.
[[nodiscard]] Column read_values(const arrow::ColumnChunk& chunk, StripeTexts& texts, std::optional<BadCell>& bad);

}  // namespace customerhealth::source
