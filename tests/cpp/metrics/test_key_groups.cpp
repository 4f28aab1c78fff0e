#include <gtest/gtest.h>

#include "key_groups.hpp"

namespace customerhealth::metrics {
namespace {

using Rows = std::vector<std::uint32_t>;

/// Those that hold rows, as they stand.
std::vector<Rows> groups_of(const KeyGroups& groups) {
  std::vector<Rows> found;
  for (std::size_t g = 0; g < groups.count(); ++g) {
    const auto rows = groups.rows(g);
    if (!rows.empty()) found.emplace_back(rows.begin(), rows.end());
  }
  return found;
}

TEST(KeyGroups, give_each_null_a_group_of_its_own) {
  const std::vector<TextCode> codes = {TextCode{4}, TextCode{}, TextCode{2}, TextCode{4}, TextCode{}};
  const Identities keys = identities_of(std::span<const TextCode>{codes});
  KeyGroups groups;
  groups.group(keys, 0, 5);
  EXPECT_EQ(groups_of(groups), (std::vector<Rows>{{2}, {0, 3}, {1}, {4}}));
  groups.group(keys, 2, 4);
  EXPECT_EQ(groups_of(groups), (std::vector<Rows>{{2}, {3}}));
  groups.group(keys, 1, 1);
  EXPECT_TRUE(groups_of(groups).empty());
}

TEST(KeyGroups, hold_keys_that_are_far_apart) {
  const Identities keys{{~std::uint64_t{0}, 0, 1, ~std::uint64_t{0}, 0}, {}};
  KeyGroups groups;
  groups.group(keys, 0, 5);
  EXPECT_EQ(groups_of(groups), (std::vector<Rows>{{0, 3}, {1, 4}, {2}}));
  groups.sort(std::greater{});
  EXPECT_EQ(groups_of(groups), (std::vector<Rows>{{3, 0}, {4, 1}, {2}}));
}

TEST(KeyGroups, may_be_one) {
  KeyGroups groups;
  groups.group_all(2, 5);
  EXPECT_EQ(groups_of(groups), (std::vector<Rows>{{2, 3, 4}}));
}

}  // namespace
}  // namespace customerhealth::metrics
