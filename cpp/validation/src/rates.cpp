#include "customerhealth/validation/rates.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "batches.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "groups.hpp"

namespace customerhealth::validation {
namespace {

/// The groups as a column of numbers, those in none missing. Throws DataError for one that there is not.
std::vector<double> numbers(std::span<const std::int32_t> groups, std::size_t count) {
  std::vector<double> out(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < -1 || (groups[i] >= 0 && static_cast<std::size_t>(groups[i]) >= count)) {
      throw DataError{"groups[" + std::to_string(i) + "]: expected -1 or a group below " + std::to_string(count) +
                          ", got " + std::to_string(groups[i]),
                      "", "groups", static_cast<std::int64_t>(i), 1};
    }
    out[i] = groups[i] < 0 ? kNan : static_cast<double>(groups[i]);
  }
  return out;
}

}  // namespace

void count_groups(std::span<const std::int32_t> groups, const Cases& cases, Rounds rounds, const Watch& watch,
                  const Rates& out) {
  cases.check();
  if (groups.size() != cases.events.size()) {
    throw DataError{
        "groups: " + std::to_string(groups.size()) + " rows where events has " + std::to_string(cases.events.size()),
        "", "groups"};
  }
  const std::vector<double> values = numbers(groups, out.cases.size());
  const Groups grouped{values, cases, order_of(values, cases.accounts)};
  const auto each_group = [&](const auto& body) {
    for (const Groups::Group& group : grouped.all()) {
      if (group.value >= 0.0) body(static_cast<std::size_t>(group.value), grouped.spared(group), grouped.lost(group));
    }
  };
  std::ranges::fill(out.cases, 0);
  std::ranges::fill(out.events, 0);
  std::ranges::fill(out.cases_draws, 0.0);
  std::ranges::fill(out.events_draws, 0.0);
  each_group([&](std::size_t group, auto spared, auto lost) {
    out.cases[group] = static_cast<std::int64_t>(spared.size() + lost.size());
    out.events[group] = static_cast<std::int64_t>(lost.size());
  });
  each_batch(rounds, cases.account_total(), watch, [&](const Counts& counts, std::size_t first, std::size_t lanes) {
    each_group([&](std::size_t group, auto spared, auto lost) {
      Lanes<double> events{};
      add_counts(lost, counts, events);
      Lanes<double> all = events;
      add_counts(spared, counts, all);
      const std::size_t to = group * static_cast<std::size_t>(rounds.count) + first;
      std::copy_n(all.begin(), lanes, out.cases_draws.subspan(to).begin());
      std::copy_n(events.begin(), lanes, out.events_draws.subspan(to).begin());
    });
  });
}

}  // namespace customerhealth::validation
