#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/validation/cases.hpp"
#include "customerhealth/validation/draws.hpp"

namespace customerhealth::validation {

/// Cases in the order of a column, ascending, missing values last; ties by account, then row.
[[nodiscard]] std::vector<std::int32_t> order_of(std::span<const double> values,
                                                 std::span<const std::int32_t> accounts);

/// Cases that have the same value side by side, as the accounts of those without the event and of those with it.
class Groups {
 public:
  struct Group {
    double value;                    // NaN: missing
    std::size_t begin, events, end;  // positions of the accounts: [begin, events) without the event, [events, end) with
  };

  Groups(std::span<const double> values, const Cases& cases, std::span<const std::int32_t> order);

  [[nodiscard]] std::span<const Group> all() const noexcept { return groups_; }
  [[nodiscard]] std::span<const std::int32_t> spared(const Group& group) const noexcept {
    return std::span{accounts_}.subspan(group.begin, group.events - group.begin);
  }
  [[nodiscard]] std::span<const std::int32_t> lost(const Group& group) const noexcept {
    return std::span{accounts_}.subspan(group.events, group.end - group.events);
  }

 private:
  std::vector<std::int32_t> accounts_;
  std::vector<Group> groups_;
};

}  // namespace customerhealth::validation
