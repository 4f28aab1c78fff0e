#include <gtest/gtest.h>

#include "value_slots.hpp"

namespace customerhealth::metrics {
namespace {

TEST(ValueSlots, number_what_is_given_and_find_it_in_rows) {
  const std::vector<std::optional<std::uint64_t>> given = {7, std::nullopt, 0, 7, ~std::uint64_t{0}};
  const Identities rows{{0, 7, 8, 7, ~std::uint64_t{0}, 0}, {0, 0, 0, 1, 0, 0}};
  const ValueSlots slots{given, rows};
  EXPECT_EQ(slots.slots(), 3U);
  const auto of_given = slots.of_given();
  EXPECT_EQ(std::vector(of_given.begin(), of_given.end()), (std::vector{0, -1, 1, 0, 2}));
  const auto of_rows = slots.of_rows();
  EXPECT_EQ(std::vector(of_rows.begin(), of_rows.end()), (std::vector{1, 0, -1, -1, 2, 1}));
}

TEST(ValueSlots, find_values_that_lie_close_together_and_none_beside_them) {
  const std::vector<std::optional<std::uint64_t>> given = {12, 10, std::nullopt, 12};
  const Identities rows{{9, 10, 11, 12, 13, 0, ~std::uint64_t{0}, 10}, {0, 0, 0, 0, 0, 0, 0, 1}};
  const ValueSlots slots{given, rows};
  const auto of_given = slots.of_given();
  EXPECT_EQ(std::vector(of_given.begin(), of_given.end()), (std::vector{0, 1, -1, 0}));
  const auto of_rows = slots.of_rows();
  EXPECT_EQ(std::vector(of_rows.begin(), of_rows.end()), (std::vector{-1, 1, -1, 0, -1, -1, -1, -1}));
}

TEST(ValueSlots, find_nothing_where_nothing_is_given) {
  const ValueSlots slots{{}, {{0, 1}, {}}};
  EXPECT_EQ(slots.slots(), 0U);
  EXPECT_EQ(slots.of_rows()[0], ValueSlots::kNone);
}

}  // namespace
}  // namespace customerhealth::metrics
