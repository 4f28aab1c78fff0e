#pragma once

#include <span>
#include <vector>

#include "customerhealth/common/column.hpp"

namespace customerhealth::scores {

/// The numbers of a column, NaN where missing: borrowed where they are doubles, else made in `buffer`. Booleans are
/// 1 and 0; texts and instants are no numbers, so NaN.
[[nodiscard]] std::span<const double> numbers_of(const ColumnView& view, std::vector<double>& buffer);

/// The truths of a boolean column, or of one where all is missing.
[[nodiscard]] std::span<const Truth> truths_of(const ColumnView& view, std::vector<Truth>& buffer);

/// The values of one measure over a block of rows.
struct MeasureValues {
  ColumnView view;
  std::span<const double> numbers;  // see `numbers_of`
};

}  // namespace customerhealth::scores
