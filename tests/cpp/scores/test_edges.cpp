#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "customerhealth/scores/edges.hpp"

namespace customerhealth::scores {
namespace {

std::vector<std::int32_t> passed(const std::vector<double>& values, const std::vector<Edge>& edges) {
  std::vector<std::int32_t> out(values.size());
  count_passed(values, edges, out);
  return out;
}

TEST(Edges, give_what_lies_on_them_to_the_side_that_keeps_it) {
  EXPECT_EQ(passed({1.0, 2.0, 3.0}, {{2.0, false}}), (std::vector<std::int32_t>{0, 1, 1}));
  EXPECT_EQ(passed({1.0, 2.0, 3.0}, {{2.0, true}}), (std::vector<std::int32_t>{0, 0, 1}));
  EXPECT_EQ(passed({1.0, 2.0, 3.0}, {{2.0, false}, {2.0, true}}), (std::vector<std::int32_t>{0, 1, 2}));
}

TEST(Edges, are_not_passed_by_what_is_missing) { EXPECT_EQ(passed({std::nan("")}, {{-1.0}}).front(), 0); }

TEST(Edges, are_counted_alike_in_short_and_long_lists) {
  std::vector<Edge> edges;
  std::vector<double> values{std::nan("")};
  for (int i = 0; i < 40; ++i) {
    edges.push_back({i / 2 * 1.0, i % 2 == 1});
    values.push_back(i / 2.0 - 1);
  }
  const std::vector<std::int32_t> together = passed(values, edges);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int32_t one_by_one = 0;
    for (const Edge& edge : edges) one_by_one += passed({values[i]}, {edge}).front();
    EXPECT_EQ(together[i], one_by_one) << values[i];
  }
}

}  // namespace
}  // namespace customerhealth::scores
