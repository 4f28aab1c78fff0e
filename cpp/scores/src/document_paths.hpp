#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "level.hpp"

/// Finds the paths of a model document that a part of a score depends on.
namespace customerhealth::scores {

/// The paths that a part of a score depends on: its own, and those of the metrics, tables and scores that it reads,
/// directly or through others.
[[nodiscard]] std::vector<std::string> paths_of_part(const model::BoundModel& model, const model::BoundScore& score,
                                                     const LevelPart& part);

/// The paths that a measure with a nested score depends on, without those of the nested score: the measure and both
/// scales.
[[nodiscard]] std::vector<std::string> paths_of_nesting(const model::BoundMeasure& measure);

/// Whether one of the paths lies within the other.
[[nodiscard]] bool overlap(std::string_view a, std::string_view b) noexcept;

/// Whether a path is the weight of a measure of the score.
[[nodiscard]] bool is_weight(std::string_view path, std::string_view score) noexcept;

/// Whether a change at a path changes the shares of the score's measures: it adds or removes a measure, changes a
/// weight, or changes how they are combined.
[[nodiscard]] bool decides_shares(std::string_view path, std::string_view score) noexcept;

/// One line of text: the first few paths, and the number of the others.
[[nodiscard]] std::string listed(std::span<const std::string> paths);

}  // namespace customerhealth::scores
