#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/metrics/visibility.hpp"
#include "places.hpp"

namespace customerhealth::metrics {

/// The rows of each key of an account, as groups.
class KeyGroups {
 public:
  /// Groups rows [begin, end), the rows of one account; each row without a key is a group of its own.
  void group(const Identities& keys, std::int64_t begin, std::int64_t end);
  /// All rows are one group.
  void group_all(std::int64_t begin, std::int64_t end);
  /// Puts each group's rows in order.
  template <class Before>
  void sort(const Before& before) {
    for (std::size_t g = 0; g < count(); ++g) {
      const std::span<std::uint32_t> rows = std::span{order_}.subspan(ends_[g], ends_[g + 1] - ends_[g]);
      if (rows.size() > 1) std::ranges::sort(rows, before);
    }
  }

  [[nodiscard]] std::size_t count() const noexcept { return ends_.size() - 1; }
  /// Rows of the block, in their order or as sorted.
  [[nodiscard]] std::span<const std::uint32_t> rows(std::size_t group) const noexcept {
    return std::span{order_}.subspan(ends_[group], ends_[group + 1] - ends_[group]);
  }

 private:
  Places places_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::int32_t> numbers_;   // of the rows with a key
  std::vector<std::uint32_t> ends_{0};  // of each group in `order_`, after a 0
  std::vector<std::uint32_t> order_;    // rows, group by group
};

}  // namespace customerhealth::metrics
