#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth::metrics {

/// Instants, one an as-of, ascending (not strictly: calendar steps may meet at a month's end).
using Edges = std::vector<Instant>;

/// as_of − offset, then − window, for each as-of.
[[nodiscard]] Edges shifted(std::span<const Instant> as_ofs, const std::optional<Length>& offset,
                            const std::optional<Length>& window = std::nullopt);

/// For each time how many edges are at or before it. As an index of as-ofs: the first whose edge lies after the time.
/// Cheapest where neighbouring times are near each other.
void count_edges(std::span<const Instant> edges, std::span<const Instant> times, std::span<std::int32_t> out) noexcept;
[[nodiscard]] std::vector<std::int32_t> count_edges(std::span<const Instant> edges, std::span<const Instant> times);

}  // namespace customerhealth::metrics
