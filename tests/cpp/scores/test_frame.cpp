#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/scores/frame.hpp"

namespace customerhealth {
namespace {

TEST(ReasonOf, is_that_of_the_first_missing_name) {
  const std::vector<double> a{1, std::nan(""), std::nan("")}, b{std::nan(""), std::nan(""), 2};
  const std::vector<Reason> of_a{Reason::none, Reason::never, Reason::none};
  const std::vector<Reason> of_b{Reason::silent, Reason::silent, Reason::none};
  const Frame frame{3, {std::span<const double>{a}, std::span<const double>{b}}, {of_a, of_b}};
  const std::vector<std::int32_t> slots{0, 1}, turned{1, 0};
  EXPECT_EQ(reason_of(slots, frame, 0), Reason::silent);
  EXPECT_EQ(reason_of(slots, frame, 1), Reason::never);
  EXPECT_EQ(reason_of(turned, frame, 1), Reason::silent);
  EXPECT_EQ(reason_of(slots, frame, 2), Reason::undefined);  // missing without a reason
}

TEST(ReasonOf, is_undefined_when_no_name_is_missing) {
  const std::vector<double> a{0};
  const Frame frame{1, {std::span<const double>{a}}, {{}}};
  const std::vector<std::int32_t> slots{0};
  EXPECT_EQ(reason_of(slots, frame, 0), Reason::undefined);  // 1 / a
}

}  // namespace
}  // namespace customerhealth
