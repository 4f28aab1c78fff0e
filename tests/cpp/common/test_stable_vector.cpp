#include <gtest/gtest.h>

#include <vector>

#include "customerhealth/common/stable_vector.hpp"

namespace customerhealth {
namespace {

TEST(StableVector, never_moves_what_it_holds) {
  StableVector<std::int32_t> vector;
  std::vector<const std::int32_t*> places;
  for (std::int32_t i = 0; i < 10'000; ++i) {
    vector.push_back(i * 3);
    places.push_back(&vector[i]);
  }
  EXPECT_EQ(vector.size(), 10'000);
  for (std::int32_t i = 0; i < 10'000; ++i) {
    EXPECT_EQ(&vector[i], places[static_cast<std::size_t>(i)]);
    EXPECT_EQ(vector[i], i * 3);
  }
}

}  // namespace
}  // namespace customerhealth
