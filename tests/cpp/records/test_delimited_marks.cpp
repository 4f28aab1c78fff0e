#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "customerhealth/records/delimited_marks.hpp"

namespace customerhealth::records {
namespace {

TEST(DelimitedMarks, CountEveryQuoteWhereverItStands) {
  for (const std::size_t size : {1, 2, 254, 255, 256, 257, 511, 1024}) {
    const std::string quotes(size, '"');
    EXPECT_EQ(marks_of(quotes).quotes, static_cast<std::int64_t>(size));
    for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
      std::string text(size, 'a');
      text[at] = '"';
      EXPECT_EQ(marks_of(text).quotes, 1) << size << " bytes, at " << at;
    }
  }
  EXPECT_EQ(marks_of("").quotes, 0);
}

TEST(DelimitedMarks, FindHexadecimalNumbersOnEveryEdge) {
  for (std::size_t at = 0; at + 1 < 600; ++at) {
    std::string text(600, ',');
    text.replace(at, 2, at % 2 == 0 ? "0x" : "0X");
    EXPECT_TRUE(marks_of(text).hex) << at;
    text[at + 1] = 'y';
    EXPECT_FALSE(marks_of(text).hex) << at;
  }
}

TEST(DelimitedMarks, SeeAcrossTheEdgeOfTwoBlocks) {
  EXPECT_TRUE(marks_of("x1", '0').hex);
  EXPECT_FALSE(marks_of("x1").hex);
  EXPECT_FALSE(marks_of("1x", '0').hex);
  EXPECT_FALSE(marks_of("", '0').hex);
}

}  // namespace
}  // namespace customerhealth::records
