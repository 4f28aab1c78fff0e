#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "customerhealth/common/int128.hpp"

namespace customerhealth {

using Micros = std::chrono::duration<std::int64_t, std::micro>;
using Instant = std::chrono::sys_time<Micros>;  // UTC
using Days = std::chrono::duration<double, std::chrono::days::period>;
inline constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

/// The one value no instant can have: it stands for "no instant here" inside the core.
inline constexpr Instant kMissingInstant{Micros{std::numeric_limits<std::int64_t>::min()}};
inline constexpr Instant kFirstInstant{Micros{std::numeric_limits<std::int64_t>::min() + 1}};
inline constexpr Instant kLastInstant{Micros{std::numeric_limits<std::int64_t>::max()}};

/// The number that stands in a column of instants.
[[nodiscard]] constexpr std::int64_t micros_since_epoch(Instant t) noexcept { return t.time_since_epoch().count(); }

[[nodiscard]] constexpr bool is_missing(Instant t) noexcept { return t == kMissingInstant; }

/// Days from `earlier` to `later`, fractions kept. The difference may not fit 64 bits, so it is taken in 128.
[[nodiscard]] inline double days_between(Instant later, Instant earlier) noexcept {
  std::int64_t near = 0;
  if (!__builtin_sub_overflow(micros_since_epoch(later), micros_since_epoch(earlier), &near)) {
    return static_cast<double>(near) / static_cast<double>(kMicrosPerDay);
  }
  return static_cast<double>(static_cast<Int128>(micros_since_epoch(later)) -
                             static_cast<Int128>(micros_since_epoch(earlier))) /
         static_cast<double>(kMicrosPerDay);
}

}  // namespace customerhealth
