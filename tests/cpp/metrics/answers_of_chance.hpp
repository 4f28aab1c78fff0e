#pragma once

#include <gtest/gtest.h>

#include "metrics/entries_of_chance.hpp"
#include "picked.hpp"
#include "running.hpp"

// What a running answer must be: for each as-of the bits that the rows counting there give by themselves.
namespace customerhealth::chance {

constexpr std::int32_t kAsOfs = 12;

/// `run(account, entries, out)` fills the account's cells.
template <class Run>
void expect_picked(const Drawn& drawn, const metrics::PickedAggregation& aggregation, const std::vector<Instant>& edges,
                   const Run& run) {
  for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
    metrics::Cells cells{Type::number, edges.size()};
    const metrics::AccountEntries entries = drawn.account(a);
    run(a, entries, metrics::AccountCells{cells, 0, edges.size()});
    metrics::each_as_of(entries, edges, [&](std::size_t k, const metrics::Picked& picked) {
      const metrics::Answer expected = aggregation(picked);
      EXPECT_EQ(cells.reasons[k], expected.reason) << "as-of " << k;
      if (expected.reason != Reason::none) return;
      EXPECT_EQ(cells.numbers[k], expected.number) << "as-of " << k;
    });
  }
}

}  // namespace customerhealth::chance
