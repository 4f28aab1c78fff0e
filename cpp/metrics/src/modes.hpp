#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "entry_tree.hpp"
#include "frequencies.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {

/// Some values in ascending order: which of them occurs most, of equals the first.
struct ModeNode {
  std::int32_t times = 0, rank = 0;

  [[nodiscard]] static ModeNode joined(const ModeNode& left, const ModeNode& right) noexcept {
    return right.times > left.times ? right : left;
  }
};

/// The different values of each account in ascending order, computed once for all windows.
class ModeRows {
 public:
  ModeRows(const Entries& entries, const NumberedRows& numbered, const PickedAggregation& aggregation);

  /// By number of a value, its rank; by rank, a row with the value.
  [[nodiscard]] std::span<const std::int32_t> ranks(std::size_t account) const noexcept;
  [[nodiscard]] std::span<const std::uint32_t> rows(std::size_t account) const noexcept;

 private:
  std::vector<std::size_t> begins_{0};  // of each account's numbers
  std::vector<std::int32_t> ranks_;
  std::vector<std::uint32_t> rows_;
};

/// Writes for each as-of a row with the most frequent value, of equals the least; -1 where no entry counts.
void running_mode(const AccountEntries& entries, const NumberedRows& numbered, const ModeRows& modes,
                  std::size_t account, EntryTree<ModeNode>& tree, RunningScratch& scratch, std::span<std::int64_t> out);

}  // namespace customerhealth::metrics
