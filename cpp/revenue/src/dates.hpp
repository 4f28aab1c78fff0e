#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "customerhealth/common/instant.hpp"

namespace customerhealth::revenue {

/// Instants that ascend, each once, among which others are looked up many times.
class Dates {
 public:
  explicit Dates(std::vector<Instant> ascending);

  [[nodiscard]] std::size_t size() const noexcept { return instants_.size(); }
  [[nodiscard]] Instant operator[](std::size_t i) const noexcept { return instants_[i]; }
  /// How many of them are at or before an instant.
  [[nodiscard]] std::size_t count_until(Instant at) const noexcept {
    if (instants_.empty() || at < instants_.front()) return 0;
    if (at >= instants_.back()) return instants_.size();
    if (before_.empty()) return search(at);
    const std::size_t before = before_[bucket_of(at)];
    return before + (instants_[before] <= at ? 1 : 0);
  }

 private:
  [[nodiscard]] std::size_t bucket_of(Instant at) const noexcept { return since(instants_.front(), at) >> shift_; }
  [[nodiscard]] std::size_t search(Instant at) const noexcept;
  /// Microseconds from one instant to a later one; unsigned, so that the longest such difference fits.
  [[nodiscard]] static std::uint64_t since(Instant from, Instant to) noexcept {
    return static_cast<std::uint64_t>(to.time_since_epoch().count()) -
           static_cast<std::uint64_t>(from.time_since_epoch().count());
  }

  std::vector<Instant> instants_;
  // Time is cut into buckets of 2^shift_ microseconds, each with at most one of the dates; `before_[bucket]` counts the
  // dates in the buckets before it, so that a look-up is one load and one comparison. Empty where that would take more
  // than 64 buckets a date; then the dates are searched.
  std::vector<std::uint32_t> before_;
  unsigned shift_ = 0;
};

}  // namespace customerhealth::revenue
