#pragma once

#include <span>

#include "running.hpp"
#include "value_slots.hpp"

namespace customerhealth::metrics {

/// The share of what is wanted that the entries that count have: completeness. `slots`: of the wanted values.
void running_wanted(const AccountEntries& entries, const ValueSlots& slots, std::span<const model::Wanted> wanted,
                    RunningScratch& scratch, std::span<double> out);

}  // namespace customerhealth::metrics
