#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "customerhealth/common/utf8.hpp"

namespace customerhealth {
namespace {

constexpr auto kNone = std::string_view::npos;

TEST(Utf8, finds_the_first_byte_of_no_sequence_wherever_it_stands) {
  EXPECT_EQ(find_not_utf8(""), kNone);
  EXPECT_EQ(find_not_utf8(std::string_view{"a\0b", 3}), kNone);
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string head(before, 'a'), tail(after, 'z');
      for (const char* good :
           {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_EQ(find_not_utf8(head + good + tail), kNone);
        EXPECT_EQ(utf8_length(good + tail), std::string_view{good}.size());
      }
      for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                              "\xF4\x90\x80\x80", "\xF5", "\xFF", "\xE9"}) {
        EXPECT_EQ(find_not_utf8(head + bad + tail), before);
        EXPECT_EQ(utf8_length(bad + tail), 0);
      }
    }
  }
  EXPECT_EQ(find_not_utf8("ab\xE2\x82"), 2);  // cut short
}

}  // namespace
}  // namespace customerhealth
