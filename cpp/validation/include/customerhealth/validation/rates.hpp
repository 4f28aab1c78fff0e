#pragma once

#include <cstdint>
#include <span>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/validation/cases.hpp"
#include "customerhealth/validation/rounds.hpp"

namespace customerhealth::validation {

/// Cases and events of each of some groups: as they are, and of accounts drawn anew.
struct Rates {
  std::span<std::int64_t> cases, events;        // a group each
  std::span<double> cases_draws, events_draws;  // a row a group, a round each
};

/// Fills `out` inside `run`. `groups` says the group of each case, from 0 on and below out.cases.size(); -1: in none.
void count_groups(std::span<const std::int32_t> groups, const Cases& cases, Rounds rounds, const Watch& watch,
                  const Rates& out);

}  // namespace customerhealth::validation
