#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "level.hpp"

/// Which places of a model document something rests on, by path.
namespace customerhealth::scores {

/// What a part of a score rests on: its own place, and the metrics, tables and scores that it reads, with what those
/// read in turn.
[[nodiscard]] std::vector<std::string> paths_of_part(const model::BoundModel& model, const model::BoundScore& score,
                                                     const LevelPart& part);

/// What the points of a measure with a nested score rest on, that score itself aside: the measure and both scales.
[[nodiscard]] std::vector<std::string> paths_of_nesting(const model::BoundMeasure& measure);

/// Whether a path lies within another, or the other way round.
[[nodiscard]] bool overlap(std::string_view a, std::string_view b) noexcept;

/// Whether a path is the weight of a measure of the score.
[[nodiscard]] bool is_weight(std::string_view path, std::string_view score) noexcept;

/// Whether a path decides about the shares of the score's measures: which there are, what they weigh, how they are
/// combined.
[[nodiscard]] bool decides_shares(std::string_view path, std::string_view score) noexcept;

/// In one line: the first few, and how many more there are.
[[nodiscard]] std::string listed(std::span<const std::string> paths);

}  // namespace customerhealth::scores
