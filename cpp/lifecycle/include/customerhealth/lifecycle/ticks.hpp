#pragma once

#include <cstddef>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::lifecycle {

/// More instants than an account may have to walk: an hourly clock has so many in 114 years.
inline constexpr std::size_t kMostInstants = 1'000'000;

/// The ticks of a clock after one instant and up to another. Throws DataError where they are more than kMostInstants.
[[nodiscard]] std::vector<Instant> ticks_between(const model::Clock& clock, Instant after, Instant until);

/// The first tick of a clock at or after an instant; where there is none, the last instant.
[[nodiscard]] Instant tick_from(const model::Clock& clock, Instant at);

}  // namespace customerhealth::lifecycle
