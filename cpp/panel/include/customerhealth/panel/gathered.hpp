#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/panel/data.hpp"
#include "customerhealth/scores/frame.hpp"

namespace customerhealth::panel {

/// Some rows of a column, as a column of its own.
[[nodiscard]] Column gather(const ColumnView& view, std::span<const std::size_t> rows);

/// A copy of some rows of a panel, side by side. The rows of one as-of lie apart if the panel has several.
class GatheredRows {
 public:
  /// `rows` ascend. Where `slots` are given, the others may be missing.
  GatheredRows(const Panel::Data& data, std::span<const std::size_t> rows,
               std::optional<std::span<const SlotIndex>> slots = std::nullopt);
  GatheredRows(const GatheredRows&) = delete;  // the frame points into it
  GatheredRows& operator=(const GatheredRows&) = delete;

  [[nodiscard]] const scores::Frame& frame() const noexcept { return frame_; }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Reason>> reasons_;
  std::vector<std::int32_t> instants_;
  scores::Frame frame_;
};

}  // namespace customerhealth::panel
