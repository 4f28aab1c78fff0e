#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <random>

#include "customerhealth/common/value_order.hpp"

namespace customerhealth {
namespace {

std::vector<std::uint32_t> expected(const std::vector<double>& values) {
  std::vector<std::uint32_t> places(values.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::stable_sort(places, {}, [&](std::uint32_t place) { return values[place]; });
  return places;
}

std::vector<std::uint32_t> found(ValueOrder& order, const std::vector<double>& values) {
  const auto places = order.of(values);
  return {places.begin(), places.end()};
}

TEST(ValueOrder, is_that_of_a_stable_sort) {
  std::mt19937_64 random{1};
  ValueOrder order;
  for (const std::size_t size : {0U, 1U, 2U, 47U, 48U, 300U, 3'999U, 4'000U, 9'000U}) {
    for (int kind = 0; kind < 5; ++kind) {
      SCOPED_TRACE(size * 10 + static_cast<std::size_t>(kind));
      std::vector<double> values(size);
      for (double& value : values) {
        const double whole = static_cast<double>(random() % 2'001) - 1'000;
        value = kind == 0   ? whole
                : kind == 1 ? std::ldexp(whole, static_cast<int>(random() % 1'000) - 500)
                : kind == 2 ? 1e15 + whole  // equal in their upper halves
                : kind == 3 ? (whole < 0 ? -0.0 : 0.0)
                            : std::bit_cast<double>((random() & 0x7fef'ffff'ffff'ffffU) | (random() & 1U) << 63);
      }
      EXPECT_EQ(found(order, values), expected(values));
    }
  }
}

TEST(ValueOrder, knows_infinities_and_one_zero) {
  ValueOrder order;
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(found(order, {infinite, 0.0, -infinite, -0.0, -5e-324, 5e-324}), (std::vector{2U, 4U, 1U, 3U, 5U, 0U}));
}

}  // namespace
}  // namespace customerhealth
