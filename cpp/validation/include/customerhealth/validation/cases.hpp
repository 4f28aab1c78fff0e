#pragma once

#include <cstdint>
#include <span>

namespace customerhealth::validation {

/// What came of cases, a row each. Borrowed.
struct Cases {
  std::span<const bool> events;
  std::span<const std::int32_t> accounts;  // codes, 0 or more; cases of one account are drawn together

  [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(events.size()); }
  /// One more than the highest code: this many accounts are drawn.
  [[nodiscard]] std::int64_t account_total() const noexcept;
  /// Throws DataError where the columns differ in length, a code is below 0, or there are more cases than sums of their
  /// pairs hold exactly (2^26).
  void check() const;
};

}  // namespace customerhealth::validation
