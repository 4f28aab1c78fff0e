#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "customerhealth/common/code.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/values.hpp"

/// Which of a shape's entries a value fell into, for those who explain a score; scoring itself never asks.
namespace customerhealth::scores {

inline constexpr std::int32_t kNoChoice = -1;

/// The index of the band or the label of each value; kNoChoice where there is none, and in shapes without entries.
/// `labels` as for `shape_points`.
void shape_choices(const model::Shape& shape, const MeasureValues& values, std::span<const TextCode> labels,
                   std::span<std::int32_t> choices);

/// An entry in words: a band's name or else its edge, a label.
[[nodiscard]] std::string choice_text(const model::Shape& shape, std::int32_t choice);

}  // namespace customerhealth::scores
