#pragma once

#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::lifecycle {

/// The ticks of a clock after one instant and up to another.
[[nodiscard]] std::vector<Instant> ticks_between(const model::Clock& clock, Instant after, Instant until);

/// The first tick of a clock at or after an instant; where there is none, the last instant.
[[nodiscard]] Instant tick_from(const model::Clock& clock, Instant at);

}  // namespace customerhealth::lifecycle
