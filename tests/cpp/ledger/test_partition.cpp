#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "partition.hpp"

namespace customerhealth::ledger {
namespace {

/// Rows by group as a slow sort would bring them; rows of no group last, cut off.
std::vector<std::int64_t> sorted_rows(const std::vector<std::int32_t>& groups) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] >= 0) rows.push_back(static_cast<std::int64_t>(i));
  }
  std::ranges::stable_sort(rows, {}, [&](std::int64_t row) { return groups[static_cast<std::size_t>(row)]; });
  return rows;
}

/// A source that makes the row's own number in the scratch.
const Partition::Source<std::int64_t> kRowNumbers = [](std::int64_t begin, std::span<std::int64_t> scratch) {
  std::iota(scratch.begin(), scratch.end(), begin);
  return static_cast<const std::int64_t*>(scratch.data());
};

void expect_stable_counting_sort(const std::vector<std::int32_t>& groups, std::int32_t group_count, int threads) {
  SCOPED_TRACE(std::to_string(groups.size()) + " rows, " + std::to_string(group_count) + " groups, " +
               std::to_string(threads) + " threads");
  const auto expected = sorted_rows(groups);
  std::vector<std::uint8_t> small(groups.size());
  for (std::size_t i = 0; i < small.size(); ++i) small[i] = static_cast<std::uint8_t>(i * 31);
  Watch watch;
  run(Threads::resolve(threads), watch, [&] {
    const Partition partition{groups, group_count, watch};
    ASSERT_EQ(partition.rows(), static_cast<std::int64_t>(expected.size()));
    ASSERT_EQ(partition.begins().size(), static_cast<std::size_t>(group_count) + 1);
    for (std::int32_t g = 0; g <= group_count; ++g) {
      const auto at = std::ranges::lower_bound(expected, g, {},
                                               [&](std::int64_t row) { return groups[static_cast<std::size_t>(row)]; });
      ASSERT_EQ(partition.begins()[static_cast<std::size_t>(g)], at - expected.begin());
      if (g == group_count) break;
      const bool has_rows = at != expected.end() && groups[static_cast<std::size_t>(*at)] == g;
      ASSERT_EQ(partition.first_rows()[static_cast<std::size_t>(g)], has_rows ? *at : -1);
    }
    EXPECT_TRUE(std::ranges::equal(partition.apply<std::int64_t>(kRowNumbers).span(), expected));
    const auto bytes = partition.apply<std::uint8_t>(
        [&](std::int64_t begin, std::span<std::uint8_t>) { return small.data() + begin; });  // where they lie
    ASSERT_EQ(bytes.size(), expected.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      ASSERT_EQ(bytes[i], small[static_cast<std::size_t>(expected[i])]);
    }
  });
}

TEST(Partition, is_a_stable_counting_sort_for_few_and_many_groups) {
  std::mt19937_64 random{11};
  for (const std::int32_t group_count : {1, 2, 300, 4096, 4097, 65536, 70001}) {
    for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{2049}, std::size_t{20000}}) {
      std::uniform_int_distribution<std::int32_t> any{-1, group_count - 1};
      std::vector<std::int32_t> groups(rows);
      for (auto& group : groups) group = any(random);
      expect_stable_counting_sort(groups, group_count, 2);
    }
  }
}

TEST(Partition, cuts_long_columns_into_stripes_without_changing_the_order) {
  std::mt19937_64 random{12};
  std::vector<std::int32_t> groups(200'000);
  for (const std::int32_t group_count : {7, 5000}) {
    std::geometric_distribution<std::int32_t> skewed{
        std::min(0.5, 20.0 / group_count)};  // a few large groups, many small ones
    for (auto& group : groups) group = std::clamp(skewed(random), 0, group_count) - 1;
    for (const int threads : {1, 3, 7}) expect_stable_counting_sort(groups, group_count, threads);
  }
}

TEST(Partition, takes_rows_that_are_all_left_out_and_groups_that_are_none) {
  expect_stable_counting_sort(std::vector<std::int32_t>(100, -1), 0, 1);
  expect_stable_counting_sort(std::vector<std::int32_t>(100, -1), 5000, 2);
  expect_stable_counting_sort({}, 0, 1);
}

TEST(Partition, stops_when_the_caller_wants_it_to) {
  const std::vector<std::int32_t> groups(1000, 3);
  Watch watch{[](double) { return false; }};
  const auto until_stopped = [&] {
    const Partition partition{groups, 5000, watch};
    for (;;) (void)partition.apply<std::int64_t>(kRowNumbers);
  };
  EXPECT_THROW(run(Threads::resolve(2), watch, until_stopped), Interrupted);
}

}  // namespace
}  // namespace customerhealth::ledger
