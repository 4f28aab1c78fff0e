#include <gtest/gtest.h>

#include "bucket_list.hpp"

namespace customerhealth::metrics {
namespace {

Instant at(std::int64_t micros) { return Instant{Micros{micros}}; }

TEST(BucketGrid, holds_as_ofs_of_one_rest) {
  const std::vector edges = {at(-7), at(3), at(5), at(13), at(kLastInstant.time_since_epoch().count())};
  const auto grids = bucket_grids(Micros{10}, edges);
  ASSERT_EQ(grids.size(), 3U);
  EXPECT_EQ(grids[0].rest, 3);
  EXPECT_EQ(grids[0].as_ofs, (std::vector{0, 1, 3}));
  EXPECT_EQ(grids[0].ends, (std::vector<std::int64_t>{-1, 0, 1}));
  EXPECT_EQ(grids[1].as_ofs, (std::vector{2}));
}

TEST(BucketGrid, knows_the_bucket_of_an_instant) {
  const BucketGrid grid{10, 3, {}, {}};
  EXPECT_EQ(grid.place_of(at(3)).number, 0);
  EXPECT_EQ(grid.place_of(at(2)).number, -1);
  EXPECT_EQ(grid.place_of(at(2)).behind, 9);
  EXPECT_EQ(grid.place_of(at(-8)).behind, 9);
  EXPECT_EQ(grid.place_of(at(-7)).number, -1);
  EXPECT_EQ(grid.place_of(at(12)).number, 0);
}

}  // namespace
}  // namespace customerhealth::metrics
