#pragma once

#include <algorithm>
#include <cstdint>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/validation/draws.hpp"
#include "customerhealth/validation/rounds.hpp"

namespace customerhealth::validation {

/// Calls body(counts, first, lanes) for rounds first … first + lanes - 1 of all, in parallel inside `run`.
template <class Body>
void each_batch(Rounds rounds, std::int64_t accounts, const Watch& watch, const Body& body) {
  constexpr auto kAtOnce = static_cast<std::int64_t>(kLanes);
  constexpr std::int64_t kATask = 4;  // of batches: they share memory, and 1,000 rounds still feed 32 threads
  const Draws draws{rounds.seed, accounts};
  const std::int64_t batches = (rounds.count + kAtOnce - 1) / kAtOnce;
  for_each((batches + kATask - 1) / kATask, [&](std::int64_t task) {
    Draws::Room room;
    for (std::int64_t batch = task * kATask; batch < std::min(batches, (task + 1) * kATask); ++batch) {
      watch.check();
      const std::int64_t first = batch * kAtOnce;
      body(draws.of_rounds(first, room), static_cast<std::size_t>(first),
           static_cast<std::size_t>(std::min(kAtOnce, rounds.count - first)));
    }
  });
}

}  // namespace customerhealth::validation
