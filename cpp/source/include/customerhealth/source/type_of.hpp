#pragma once

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/column.hpp"

namespace customerhealth::source {

/// The type that formulas take a column of the source for.
[[nodiscard]] Type type_of(arrow::SourceKind kind) noexcept;

}  // namespace customerhealth::source
