#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "customerhealth/common/number.hpp"
#include "customerhealth/scores/peer_values.hpp"

namespace customerhealth::scores {
namespace {

TEST(PeerValues, stand_where_counting_puts_them) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 400; ++round) {
    std::vector<double> sorted(random() % (round < 200 ? 40 : 400));
    for (double& value : sorted) {
      const double whole = static_cast<double>(random() % 50) - 20, part = static_cast<double>(random() % 1000) / 1000;
      const std::vector<double> kinds{whole, std::exp(whole), 1e15 + whole, whole * 1e307, whole + part, part * part};
      value = kinds[static_cast<std::size_t>(round) % kinds.size()];
    }
    std::ranges::sort(sorted);
    auto all = std::make_shared<SortedPeers>();
    all->add_group(sorted);
    all->add_group(sorted);
    const PeerValues values{all, PeersStatistic::rank};
    EXPECT_EQ(values.count(1), std::ssize(sorted));
    std::vector<double> asked = sorted;
    asked.insert(asked.end(), {-kInfinity, -1e308, -3, 0, 0.5, 1e15, 1e16, 1e308, kInfinity});
    for (const double value : asked) {
      const Standing standing = values.standing(1, value);
      EXPECT_EQ(standing.below, std::ranges::count_if(sorted, [&](double peer) { return peer < value; }));
      EXPECT_EQ(standing.equal, std::ranges::count(sorted, value));
    }
  }
}

TEST(PeerValues, lie_alike_whether_they_come_alone_or_with_counts) {
  std::mt19937_64 random{11};
  for (int round = 0; round < 100; ++round) {
    std::vector<double> sorted(1 + random() % 30), distinct;
    for (double& value : sorted) value = static_cast<double>(random() % 25);
    std::ranges::sort(sorted);
    std::vector<std::uint32_t> up_to;
    for (const double value : sorted) {
      if (distinct.empty() || distinct.back() != value) distinct.push_back(value), up_to.push_back(0);
      up_to.back() = static_cast<std::uint32_t>(std::ranges::upper_bound(sorted, value) - sorted.begin());
    }
    SortedPeers alone, counted;
    alone.add_group(sorted);
    counted.add_group(distinct, up_to);
    EXPECT_EQ(alone, counted);
    EXPECT_EQ(alone.group(0).up_to.empty(), 12 * distinct.size() > 8 * sorted.size());
  }
}

}  // namespace
}  // namespace customerhealth::scores
