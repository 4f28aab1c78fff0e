#pragma once

#include <vector>

#include "customerhealth/arrow/table.hpp"

namespace customerhealth::source {

/// One text for the values of each row, the same for the same values and no others: texts with commas and backslashes
/// escaped, numbers by their value (1, 1.0 and a decimal 1.00 are one), instants and truths in words. Missing where one
/// of them is.
[[nodiscard]] arrow::ColumnChunk joined_keys(const std::vector<arrow::ColumnChunk>& parts);

}  // namespace customerhealth::source
