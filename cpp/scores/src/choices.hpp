#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "customerhealth/common/code.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/values.hpp"

/// Finds the band or label that a value falls into. Explanations need it; scoring computes points without it.
namespace customerhealth::scores {

inline constexpr std::int32_t kNoChoice = -1;

/// The index of each value's band or label; kNoChoice if it falls into none, or the shape has neither. `labels` as for
/// `shape_points`.
void shape_choices(const model::Shape& shape, const MeasureValues& values, std::span<const TextCode> labels,
                   std::span<std::int32_t> choices);

/// An entry in words: a band's name or else its edge, a label.
[[nodiscard]] std::string choice_text(const model::Shape& shape, std::int32_t choice);

}  // namespace customerhealth::scores
