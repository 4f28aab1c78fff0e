#include <gtest/gtest.h>

#include "customerhealth/common/end_gap.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth {
namespace {

EndGap gap(const char* end, const char* start) { return end_gap(*parse_instant(end), *parse_instant(start)); }

TEST(EndGap, tells_moments_days_and_neither) {
  EXPECT_EQ(gap("2026-03-01T12:00:00", "2026-03-01T12:00:01"), EndGap::moment);
  EXPECT_EQ(gap("2026-03-01T12:00:00.999", "2026-03-01T12:00:01"), EndGap::moment);
  EXPECT_EQ(gap("2026-03-01T12:00:00", "2026-03-01T12:00:01.000001"), EndGap::none);
  EXPECT_EQ(gap("2026-02-28T23:59:59", "2026-03-01"), EndGap::midnight);
  EXPECT_EQ(gap("2026-02-28T23:59:58.999999", "2026-03-01"), EndGap::rest_of_day);
  EXPECT_EQ(gap("2026-02-28", "2026-03-01"), EndGap::rest_of_day);
  EXPECT_EQ(gap("2026-02-27T23:59:59.999999", "2026-03-01"), EndGap::none);
  EXPECT_EQ(gap("2026-02-28", "2026-03-01T00:00:00.000001"), EndGap::none);
  EXPECT_EQ(gap("1969-12-31T23:59:59.999", "1970-01-01"), EndGap::midnight);
}

TEST(EndGap, is_none_where_nothing_lies_between_or_nothing_ends) {
  EXPECT_EQ(gap("2026-03-01", "2026-03-01"), EndGap::none);
  EXPECT_EQ(gap("2026-03-02", "2026-03-01"), EndGap::none);
  EXPECT_EQ(end_gap(kMissingInstant, *parse_instant("2026-03-01")), EndGap::none);
  EXPECT_EQ(end_gap(*parse_instant("2026-03-01"), kMissingInstant), EndGap::none);
  EXPECT_EQ(end_gap(*parse_instant("2026-03-01"), kLastInstant), EndGap::none);
}

}  // namespace
}  // namespace customerhealth
