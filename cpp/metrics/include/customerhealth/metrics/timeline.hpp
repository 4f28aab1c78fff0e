#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/metrics/grid.hpp"

namespace customerhealth::metrics {

/// How far back a metric looks from an as-of: [as_of − offset − window, as_of − offset).
struct Reach {
  std::optional<Length> offset, window;  // no window: all history

  friend bool operator==(const Reach&, const Reach&) noexcept = default;
};

/// The begins and ends of all windows of a table's metrics, each instant once. They are the same for every account. One
/// pass over an account's rows, ordered by time, counts the rows before each edge; the rows in a window are then those
/// between two of these counts.
class Timeline {
 public:
  Timeline(std::span<const Reach> reaches, std::span<const Instant> as_ofs);

  /// Ascending, each once; the first lies before all rows.
  [[nodiscard]] std::span<const Instant> edges() const noexcept { return edges_; }

  /// By as-of, the edge at which a window begins and that at which it ends.
  struct Window {
    std::vector<std::int32_t> begin, end;
  };
  /// The window of `reaches[reach]` at each as-of.
  [[nodiscard]] const Window& window(std::size_t reach) const noexcept { return windows_[reach]; }

  /// For each edge the number of an account's times before it; they ascend.
  void count_before(std::span<const Instant> times, std::span<std::int32_t> out) const noexcept;

 private:
  Edges edges_;
  std::int64_t step_ = 0;  // between neighbours from the second edge on, in microseconds; 0: they differ
  std::vector<Window> windows_;
};

/// Divides the indices of the as-ofs (ascending) into lists such that the edges of all reaches ascend within each list:
/// one list, or one for each time of day where calendar lengths would make edges cross.
[[nodiscard]] std::vector<std::vector<std::int32_t>> ascending_parts(std::span<const Reach> reaches,
                                                                     std::span<const Instant> as_ofs);

/// The entries of a window: [first, last) of the account's run, for each account and as-of. Layout [account][as-of].
struct Runs {
  std::size_t as_ofs = 0;
  std::vector<std::int32_t> first, last;
};
/// `before[account][edge]`: the number of entries before the edge.
[[nodiscard]] Runs runs_of(std::span<const std::int32_t> before, std::size_t edges, const Timeline::Window& window);

/// For each edge the number of times before it. Both ascend.
void count_before(std::span<const Instant> times, std::span<const Instant> edges, std::span<std::int32_t> out) noexcept;

}  // namespace customerhealth::metrics
