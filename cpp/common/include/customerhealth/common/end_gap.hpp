#pragma once

#include <chrono>
#include <cstdint>

#include "customerhealth/common/instant.hpp"

namespace customerhealth {

/// By how little an end lies before the start that follows it, where the source means that nothing lies between.
enum class EndGap : std::uint8_t {
  none,
  moment,       // at most a second: the end is the last moment, as history tables write it
  midnight,     // the same, and the start is at midnight: the end may be a last day as well
  rest_of_day,  // more, the start is the midnight after it: the end is a last day
};

/// Of an end and the next start after it.
[[nodiscard]] constexpr EndGap end_gap(Instant end, Instant start) noexcept {
  if (is_missing(end) || is_missing(start) || start <= end) return EndGap::none;
  const auto day = std::chrono::floor<std::chrono::days>(start);
  const bool is_next_midnight = start == day && end >= start - std::chrono::days{1};
  if (end >= start - std::chrono::seconds{1}) return is_next_midnight ? EndGap::midnight : EndGap::moment;
  return is_next_midnight ? EndGap::rest_of_day : EndGap::none;
}

}  // namespace customerhealth
