#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/pieces.hpp"
#include "customerhealth/scores/changes.hpp"

/// The rows of two dates or of two panels, side by side, and the causes of what differs between them.
namespace customerhealth::panel {

/// One account's rows on both sides.
struct RowPair {
  static constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);
  std::size_t from = kNoRow, to = kNoRow;
  [[nodiscard]] std::size_t any() const noexcept { return from != kNoRow ? from : to; }
};

/// The accounts that have a row at either date, in panel order.
[[nodiscard]] std::vector<RowPair> pairs_of(const Panel::Data& data, const CutRows& cut, Instant from, Instant to);

/// The accounts that have a row in either panel, by id. Throws DataError when their ids are of two types.
[[nodiscard]] std::vector<RowPair> pairs_of(const Panel::Data& from, const Panel::Data& to, Instant as_of);

/// A panel, and the slot of the score in it.
struct ComparedSide {
  const Panel::Data* data;
  SlotIndex slot;
};

/// Finds the causes of some pairs. It borrows all that it is given.
class CauseFinder {
 public:
  CauseFinder(const scores::Comparison& comparison, ComparedSide from, ComparedSide to,
              std::span<const RowPair> pairs) noexcept
      : comparison_{&comparison}, from_{from}, to_{to}, pairs_{pairs} {}

  /// Account by account; Change::row is the place of the account among all pairs.
  [[nodiscard]] std::vector<scores::Change> find(Piece accounts) const;

 private:
  void add_slice(std::size_t begin, std::size_t count, std::vector<scores::Change>& out) const;
  void add_lone(std::size_t p, std::vector<scores::Change>& out) const;

  const scores::Comparison* comparison_;
  ComparedSide from_, to_;
  std::span<const RowPair> pairs_;
};

}  // namespace customerhealth::panel
