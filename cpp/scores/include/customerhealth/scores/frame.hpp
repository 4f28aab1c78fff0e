#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/common/reason.hpp"
#include "customerhealth/common/text_pool.hpp"
#include "customerhealth/expression/missing_names.hpp"
#include "customerhealth/scores/peer_values.hpp"

namespace customerhealth::scores {

class Peers;

/// A block of panel rows: one borrowed column a slot of the model, and beside it why values are missing. Reasons are
/// empty where nothing is missing.
struct Frame {
  std::size_t rows = 0;
  std::vector<ColumnView> columns;               // by slot
  std::vector<std::span<const Reason>> reasons;  // by slot
  // Where the model has peers: what is fitted of them, each row's place among their instants, the texts of columns.
  const Peers* peers = nullptr;
  std::span<const std::int32_t> instants = {};
  const Texts* texts = nullptr;
  // How the rows' own values stand among their peers, by node: known where these were fitted with the rows; else empty.
  std::vector<std::span<const Standing>> standings = {};

  [[nodiscard]] Reason reason(SlotIndex slot, std::size_t row) const noexcept {
    const auto& column = reasons[slot.place()];
    return column.empty() ? Reason::none : column[row];
  }
};

/// The reason for which a slot's value is missing at a row: the one stored with it, else `undefined`.
[[nodiscard]] Reason reason_of(SlotIndex slot, const Frame& frame, std::size_t row) noexcept;

/// Why a formula's values are missing: the reason of the first missing name in its text, else `undefined`.
class MissingReasons {
 public:
  MissingReasons(const expression::BoundExpression& formula, const Frame& frame) noexcept
      : names_{formula, frame.columns, frame.rows}, frame_{&frame} {}
  [[nodiscard]] Reason operator[](std::size_t row) const;

 private:
  expression::MissingNames names_;
  const Frame* frame_;
};

/// Rows [begin, begin + count) of a frame.
[[nodiscard]] Frame slice(const Frame& frame, std::size_t begin, std::size_t count);

}  // namespace customerhealth::scores
