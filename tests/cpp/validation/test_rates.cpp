#include <gtest/gtest.h>

#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/validation/draws.hpp"
#include "customerhealth/validation/rates.hpp"
#include "small_cases.hpp"

namespace customerhealth::validation {
namespace {

struct Counted {
  explicit Counted(std::size_t groups, std::int64_t rounds)
      : cases(groups),
        events(groups),
        cases_draws(groups * static_cast<std::size_t>(rounds)),
        events_draws(cases_draws.size()) {}
  [[nodiscard]] Rates out() { return {cases, events, cases_draws, events_draws}; }
  std::vector<std::int64_t> cases, events;
  std::vector<double> cases_draws, events_draws;
};

TEST(CountGroups, counts_cases_and_events_of_each_group) {
  const SmallCases cases{{1, 0, 1, 1, 0}};
  const std::vector<std::int32_t> groups{0, 2, 2, -1, 0};
  Counted counted{4, 0};
  on(1, [&](const Watch& watch) { count_groups(groups, cases.get(), {}, watch, counted.out()); });
  EXPECT_EQ(counted.cases, (std::vector<std::int64_t>{2, 0, 2, 0}));
  EXPECT_EQ(counted.events, (std::vector<std::int64_t>{1, 0, 1, 0}));
}

TEST(CountGroups, weighs_each_case_by_the_draws_of_its_account) {
  const SmallCases cases{{1, 0, 1, 1, 0, 1}, {0, 1, 2, 2, 1, 3}};
  const std::vector<std::int32_t> groups{0, 0, 1, 1, 1, -1};
  const Rounds rounds{11, 5};
  Counted counted{2, rounds.count};
  on(2, [&](const Watch& watch) { count_groups(groups, cases.get(), rounds, watch, counted.out()); });
  for (std::size_t round = 0; round < 11; ++round) {
    Draws::Room room;
    const Counts& counts = Draws{rounds.seed, 4}.of_rounds(static_cast<std::int64_t>(round / kLanes * kLanes), room);
    const auto drawn = [&](std::size_t account) {
      return static_cast<double>(count_of(counts[account], round % kLanes));
    };
    EXPECT_EQ(counted.cases_draws[round], drawn(0) + drawn(1));
    EXPECT_EQ(counted.events_draws[round], drawn(0));
    EXPECT_EQ(counted.cases_draws[11 + round], 2 * drawn(2) + drawn(1));
    EXPECT_EQ(counted.events_draws[11 + round], 2 * drawn(2));
  }
}

TEST(CountGroups, refuses_a_group_that_there_is_not) {
  const SmallCases cases{{1, 0}};
  Counted counted{2, 0};
  for (const std::int32_t group : {2, -2}) {
    const std::vector<std::int32_t> groups{0, group};
    EXPECT_THROW(on(1, [&](const Watch& watch) { count_groups(groups, cases.get(), {}, watch, counted.out()); }),
                 DataError);
  }
}

}  // namespace
}  // namespace customerhealth::validation
