#include <gtest/gtest.h>

#include "customerhealth/common/reason.hpp"

namespace customerhealth {
namespace {

TEST(Reason, reads_what_it_writes) {
  for (int i = 1; i <= static_cast<int>(kLastReason); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_EQ(parse_reason(to_string(reason)), reason);
  }
  EXPECT_EQ(to_string(Reason::too_young), "too_young");
  EXPECT_EQ(to_string(Reason::coverage), "coverage");
}

TEST(Reason, knows_no_name_for_none) {
  EXPECT_EQ(to_string(Reason::none), "");
  EXPECT_FALSE(parse_reason(""));
  EXPECT_FALSE(parse_reason("quiet"));
}

}  // namespace
}  // namespace customerhealth
