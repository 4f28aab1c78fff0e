#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/storage/id_hashes.hpp"

namespace customerhealth::storage {
namespace {

TEST(IdHashes, AreThoseOfThePublishedFunctionFolded) {
  // FNV-1a of "", "a" and "foobar" as its authors publish them (draft-eastlake-fnv).
  for (const auto& [text, whole] : {std::pair{"", 0xCBF29CE484222325U}, std::pair{"a", 0xAF63DC4C8601EC8CU},
                                    std::pair{"foobar", 0x85944171F73967E8U}}) {
    EXPECT_EQ(id_hash(text), whole ^ (whole >> 32U)) << text;
  }
}

TEST(IdHashes, OfNumbersAreThoseOfTheirTexts) {
  const std::array<std::int64_t, 6> numbers{
      0, 7, -7, 1234567890123, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  const std::vector<std::uint64_t> found = id_hashes(numbers);
  for (std::size_t place = 0; place < numbers.size(); ++place) {
    EXPECT_EQ(found[place], id_hash(std::to_string(numbers[place]))) << numbers[place];
  }
}

TEST(IdHashes, OfTextsFollowTheirOffsets) {
  const std::array<std::int64_t, 4> offsets{1, 3, 3, 6};
  EXPECT_EQ(id_hashes(offsets, "xab\xC3\xBC!y"),
            (std::vector<std::uint64_t>{id_hash("ab"), id_hash(""), id_hash("\xC3\xBC!")}));
  EXPECT_TRUE(id_hashes(std::array<std::int64_t, 1>{0}, "").empty());
}

}  // namespace
}  // namespace customerhealth::storage
