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

/// The edges of all windows that the metrics of a table look through, each instant once. They are the same for every
/// account: one walk along an account's rows, in the order of time, says how many lie before each edge, and every
/// window is a pair of those numbers.
class Timeline {
 public:
  Timeline(std::span<const Reach> reaches, std::span<const Instant> as_ofs);

  /// Ascending, each once; the first lies before all rows.
  [[nodiscard]] std::span<const Instant> edges() const noexcept { return edges_; }

  /// By as-of, the edge at which a window begins and that at which it ends.
  struct Window {
    std::vector<std::int32_t> begin, end;
  };
  /// Of `reaches[reach]`.
  [[nodiscard]] const Window& window(std::size_t reach) const noexcept { return windows_[reach]; }

 private:
  Edges edges_;
  std::vector<Window> windows_;
};

/// Cuts the as-ofs (ascending) into lists of their places, within each of which the edges of all reaches ascend: one
/// list, or where calendar lengths cross, one for each time of day.
[[nodiscard]] std::vector<std::vector<std::int32_t>> ascending_parts(std::span<const Reach> reaches,
                                                                     std::span<const Instant> as_ofs);

/// What a window shows of each account at each as-of: entries [first, last) of its run. Layout [account][as-of].
struct Runs {
  std::size_t as_ofs = 0;
  std::vector<std::int32_t> first, last;
};
/// `before`: by account and edge, how many entries lie before it.
[[nodiscard]] Runs runs_of(std::span<const std::int32_t> before, std::size_t edges, const Timeline::Window& window);

/// For each edge, how many of the times (ascending, as the edges) lie before it.
void count_before(std::span<const Instant> times, std::span<const Instant> edges, std::span<std::int32_t> out) noexcept;

}  // namespace customerhealth::metrics
