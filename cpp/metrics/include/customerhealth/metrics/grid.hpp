#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth::metrics {

/// One instant for each as-of, ascending; neighbours may be equal, since a month before 30 and before 31 March are both
/// the end of February.
using Edges = std::vector<Instant>;

/// as_of − offset, then − window, for each as-of.
[[nodiscard]] Edges shifted(std::span<const Instant> as_ofs, const std::optional<Length>& offset,
                            const std::optional<Length>& window = std::nullopt);

/// For each time the number of edges at or before it, which is the index of the first as-of whose edge lies after it.
/// The search starts at a guess where edges lie about equally far apart, else at the result of the time before.
void count_edges(std::span<const Instant> edges, std::span<const Instant> times, std::span<std::int32_t> out) noexcept;
[[nodiscard]] std::vector<std::int32_t> count_edges(std::span<const Instant> edges, std::span<const Instant> times);

/// The same for times that ascend within each run: one walk along both. `begins` of each run, and the end of the last.
[[nodiscard]] std::vector<std::int32_t> count_edges_in_order(std::span<const Instant> edges,
                                                             std::span<const Instant> times,
                                                             std::span<const std::int64_t> begins);

/// Raises each count to the number of edges at or before the time, where that is more. A missing time raises none.
void raise_counts(std::span<const Instant> edges, std::span<const Instant> times,
                  std::span<std::int32_t> counts) noexcept;

}  // namespace customerhealth::metrics
