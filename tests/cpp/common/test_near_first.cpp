#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "customerhealth/common/near_first.hpp"

namespace customerhealth {
namespace {

using Lines = std::vector<std::string>;

TEST(NearFirst, brings_near_spellings_to_the_front_and_keeps_the_others_in_their_order) {
  EXPECT_EQ(near_first("p2", {"P1", "P2", "P3"}), (Lines{"P2", "P1", "P3"}));
  EXPECT_EQ(near_first("entreprise", {"pro", "free", "enterprise"}).front(), "enterprise");
  EXPECT_EQ(near_first("x", {"b", "a", "c"}), (Lines{"b", "a", "c"}));
  EXPECT_EQ(near_first("x", {}), Lines{});
  EXPECT_EQ(near_first(std::string(10'000, 'x'), {"b", "a"}), (Lines{"b", "a"}));  // too long to be compared
}

}  // namespace
}  // namespace customerhealth
