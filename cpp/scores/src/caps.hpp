#pragma once

#include "customerhealth/model/model.hpp"

/// What happens to a score after its measures. NaN stays NaN.
namespace customerhealth::scores {

[[nodiscard]] double rounded(double score, std::int32_t digits) noexcept;
[[nodiscard]] double clamped(double score, const model::Scale& scale) noexcept;
[[nodiscard]] double capped(model::Cap::Kind kind, double score, double limit) noexcept;

}  // namespace customerhealth::scores
