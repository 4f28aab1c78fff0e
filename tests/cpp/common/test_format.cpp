#include <gtest/gtest.h>

#include "customerhealth/common/format.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth {
namespace {

// What Python's format() gives for the same.
TEST(Format, writes_numbers_as_python_does) {
  EXPECT_EQ(format_number(3.14159, ".1f"), "3.1");
  EXPECT_EQ(format_number(1234567.5, ",.0f"), "1,234,568");
  EXPECT_EQ(format_number(0.256, ".0%"), "26%");
  EXPECT_EQ(format_number(-0.04, ".1f"), "-0.0");
  EXPECT_EQ(format_number(2.5, "+.0f"), "+2");
  EXPECT_EQ(format_number(2.5, "08.2f"), "00002.50");
  EXPECT_EQ(format_number(-2.5, "08.2f"), "-0002.50");
  EXPECT_EQ(format_number(2.5, "*^8.1f"), "**2.5***");
  EXPECT_EQ(format_number(12345.678, ".3e"), "1.235e+04");
  EXPECT_EQ(format_number(12345.678, ".3E"), "1.235E+04");
  EXPECT_EQ(format_number(0.00001234, "g"), "1.234e-05");
  EXPECT_EQ(format_number(3, ""), "3");
}

TEST(Format, without_a_type_keeps_to_floats) {
  EXPECT_EQ(format_number(3, ">6"), "   3.0");
  EXPECT_EQ(format_number(1234, ","), "1,234.0");
  EXPECT_EQ(format_number(1e16, ">1"), "1e+16");
  EXPECT_EQ(format_number(1e15, ">1"), "1000000000000000.0");
  EXPECT_EQ(format_number(12, ".2"), "1.2e+01");
  EXPECT_EQ(format_number(12, ".3"), "12.0");
  EXPECT_EQ(format_number(100, ".3"), "1e+02");
  EXPECT_EQ(format_number(0.25, ".1"), "0.2");
}

TEST(Format, pads_and_cuts_texts_by_characters) {
  EXPECT_EQ(format_text("päonie", ".3"), "päo");
  EXPECT_EQ(format_text("ä", ">3"), "  ä");
  EXPECT_EQ(format_text("a", "·<3s"), "a··");
  EXPECT_EQ(format_text("abc", ""), "abc");
}

TEST(Format, writes_dates_by_a_pattern) {
  const Instant day = *parse_instant("2026-03-05T14:07:09");
  EXPECT_EQ(format_instant(day, "%d %B %Y"), "05 March 2026");
  EXPECT_EQ(format_instant(day, "%a %b %y %H:%M:%S %j %%"), "Thu Mar 26 14:07:09 064 %");
  EXPECT_EQ(format_instant(*parse_instant("1969-12-31"), "%A"), "Wednesday");
  EXPECT_EQ(format_instant(*parse_instant("2026-03-05"), ""), "2026-03-05");
}

TEST(Format, says_what_would_have_fitted) {
  EXPECT_EQ(problem_with_format("", FormatOf::number), std::nullopt);
  EXPECT_EQ(problem_with_format(".1f", FormatOf::number), std::nullopt);
  EXPECT_EQ(problem_with_format("d", FormatOf::number), "numbers are floats: write '.0f'");
  EXPECT_EQ(problem_with_format("x", FormatOf::number), "a number takes the types e, E, f, F, g, G and %, not 'x'");
  EXPECT_EQ(problem_with_format("08,.1f", FormatOf::number), "zeros and grouping do not go together");
  for (const char* wrong : {".f", "1001f", ".101f", "ff", "..1f"}) {
    EXPECT_EQ(problem_with_format(wrong, FormatOf::number), "a number takes a format such as '.1f', ',.0f' or '.0%'")
        << wrong;
  }
  for (const char* wrong : {".1f", "=5", "+", ","}) {
    EXPECT_EQ(problem_with_format(wrong, FormatOf::text), "a text takes a format such as '>10' or '.20'") << wrong;
  }
  EXPECT_EQ(problem_with_format("%d %Q", FormatOf::instant),
            "a date takes %Y %y %m %d %H %M %S %b %B %a %A %j and %%, not '%Q'");
  EXPECT_EQ(problem_with_format(".1f", FormatOf::instant), "a date takes a pattern such as '%d %B %Y'");
}

}  // namespace
}  // namespace customerhealth
