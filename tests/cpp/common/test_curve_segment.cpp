#include <gtest/gtest.h>

#include "customerhealth/common/curve_segment.hpp"

namespace customerhealth {
namespace {

TEST(CurveSegment, keeps_round_values_round) {
  EXPECT_EQ((CurveSegment{{0, 0}, {0.8, 100}}(0.6)), 75);
  EXPECT_EQ((CurveSegment{{20, 0.5}, {60, 0.25}}(40)), 0.375);
}

TEST(CurveSegment, stays_between_its_ends) {
  const CurveSegment falling{{0, 0.3}, {0.1, 0.1}};
  for (double x = 0; x < 0.1; x += 1.0 / 1024) {
    EXPECT_LE(falling(x), 0.3);
    EXPECT_GE(falling(x), 0.1);
  }
}

TEST(CurveSegment, spans_more_than_a_double_holds) {
  const CurveSegment wide{{-1.5e308, 0}, {1.5e308, 100}};
  EXPECT_EQ(wide(0), 50);
  EXPECT_EQ((CurveSegment{{0, 0}, {1e300, 1e300}}(5e299)), 5e299);
}

}  // namespace
}  // namespace customerhealth
