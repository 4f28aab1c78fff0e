#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "customerhealth/validation/draws.hpp"

namespace customerhealth::validation {
namespace {

using Four = std::array<std::uint32_t, 4>;

TEST(Philox, gives_the_published_words) {  // kat_vectors of Random123
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

/// The counts of one round, drawn word by word.
std::vector<std::uint64_t> plainly(std::uint64_t seed, std::int64_t accounts, std::uint32_t round) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(accounts));
  for (std::uint32_t draw = 0; draw < accounts; ++draw) {
    const auto words =
        philox({draw / 4, round, 0, 0}, {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    ++counts[(static_cast<std::uint64_t>(words[draw % 4]) * counts.size()) >> 32];
  }
  return counts;
}

TEST(Draws, are_those_of_the_generator_whatever_is_drawn_at_once) {
  Draws::Room room;  // of another size each time, and full of the counts before
  for (const std::int64_t accounts : {1, 1000, 2, 5, 255, 256, 259, 1000}) {
    const Counts counts = Draws{0x1'0000'0007, accounts}.of_rounds(16, room);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto expected = plainly(0x1'0000'0007, accounts, static_cast<std::uint32_t>(16 + lane));
      for (std::size_t account = 0; account < expected.size(); ++account) {
        ASSERT_EQ(count_of(counts[account], lane), expected[account]) << accounts << " " << account;
      }
    }
  }
}

TEST(Draws, draw_an_account_as_often_as_a_poisson_count_says) {
  constexpr std::int64_t kAccounts = 20'000;
  Draws::Room room;
  const Counts counts = Draws{1, kAccounts}.of_rounds(0, room);
  double never = 0.0, all = 0.0;
  for (const std::uint64_t word : counts) {
    never += count_of(word, 3) == 0 ? 1.0 : 0.0;
    all += static_cast<double>(count_of(word, 3));
  }
  EXPECT_EQ(all, kAccounts);
  EXPECT_NEAR(never / kAccounts, std::exp(-1.0), 0.01);
}

TEST(AddCounts, sums_more_than_sixteen_bits_of_a_lane_hold) {
  const Counts counts{~std::uint64_t{0}, 0x0100'0000'0000'0002};
  const std::vector<std::int32_t> accounts(1000, 0);
  Lanes<double> sums{};
  add_counts(accounts, counts, sums);
  EXPECT_TRUE(std::ranges::all_of(sums, [](double sum) { return sum == 255'000.0; }));
  add_counts(std::vector<std::int32_t>{1, 1}, counts, sums);
  EXPECT_EQ(sums[0], 255'004.0);
  EXPECT_EQ(sums[1], 255'000.0);
  EXPECT_EQ(sums[7], 255'002.0);
}

}  // namespace
}  // namespace customerhealth::validation
