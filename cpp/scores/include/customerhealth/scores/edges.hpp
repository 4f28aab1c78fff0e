#pragma once

#include <cstdint>
#include <span>

namespace customerhealth::scores {

/// A boundary between two neighbouring ranges of numbers; what lies on it belongs to the upper one, unless the lower
/// one keeps it.
struct Edge {
  double at = 0;
  bool lower_keeps_it = false;

  [[nodiscard]] bool is_passed_by(double value) const noexcept { return lower_keeps_it ? value > at : value >= at; }
};

/// The number of `edges`, which ascend, that each value has passed, and so the index of its range. NaN passes none.
void count_passed(std::span<const double> values, std::span<const Edge> edges, std::span<std::int32_t> out) noexcept;

}  // namespace customerhealth::scores
