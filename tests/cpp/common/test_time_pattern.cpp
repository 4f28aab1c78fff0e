#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "customerhealth/common/length.hpp"
#include "customerhealth/common/time_pattern.hpp"

namespace customerhealth {
namespace {

TimePattern pattern(const std::string& text) {
  std::string problem;
  const auto parsed = TimePattern::parse(text, problem);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << problem;
  return parsed.value();
}

/// The time on its clock in ISO form, "+60" minutes from UTC behind it where it says so; "-" where it does not fit.
std::string read(const std::string& form, const std::string& text) {
  const auto written = pattern(form).read(text);
  if (!written) return "-";
  const std::string local = to_string(Instant{written->local});
  if (!written->offset) return local;
  return local + "+" + std::to_string(std::chrono::duration_cast<std::chrono::minutes>(*written->offset).count());
}

std::string problem_of(const std::string& form) {
  std::string problem;
  return TimePattern::parse(form, problem) ? "" : problem;
}

std::string iso(const std::string& text) { return to_string(parse_instant(text).value()); }

TEST(TimePattern, reads_days_and_times) {
  EXPECT_EQ(read("%Y-%m-%d", "2026-07-31"), iso("2026-07-31"));
  EXPECT_EQ(read("%d.%m.%Y %H:%M", " 31.07.2026 23:59 "), iso("2026-07-31T23:59:00"));
  EXPECT_EQ(read("%m/%d/%Y, %I:%M %p", "7/4/2026, 12:05 AM"), iso("2026-07-04T00:05:00"));
  EXPECT_EQ(read("%m/%d/%Y, %I:%M %p", "7/4/2026, 12:05 pm"), iso("2026-07-04T12:05:00"));
  EXPECT_EQ(read("%d/%b/%y", "01/jun/26"), iso("2026-06-01"));
  EXPECT_EQ(read("%B %d, %Y", "February 29, 2028"), iso("2028-02-29"));
  EXPECT_EQ(read("%Y-%j", "2024-366"), iso("2024-12-31"));
  EXPECT_EQ(read("%Y%m%d", "20260731"), iso("2026-07-31"));
  EXPECT_EQ(read("%Y-%m-%d %H:%M:%S.%f", "2026-07-31 01:02:03.5"), iso("2026-07-31T01:02:03.5"));
}

TEST(TimePattern, takes_two_digits_of_a_year_as_strptime_does) {
  EXPECT_EQ(read("%d.%m.%y", "01.01.68"), iso("2068-01-01"));
  EXPECT_EQ(read("%d.%m.%y", "01.01.69"), iso("1969-01-01"));
}

TEST(TimePattern, tells_offsets) {
  EXPECT_EQ(read("%Y-%m-%dT%H:%M%z", "2026-07-31T12:00+0200"), iso("2026-07-31T12:00:00") + "+120");
  EXPECT_EQ(read("%Y-%m-%dT%H:%M%z", "2026-07-31T12:00-05:30"), iso("2026-07-31T12:00:00") + "+-330");
  EXPECT_EQ(read("%Y-%m-%dT%H:%M%z", "2026-07-31T12:00Z"), iso("2026-07-31T12:00:00") + "+0");
}

TEST(TimePattern, refuses_what_does_not_fit) {
  for (const char* text : {"", " ", "2026-07-32", "2026-02-29", "2026-13-01", "2026-07-31 ", "2026-07-31x",
                           "31.07.2026", "2026-07", "-2026-07-31"}) {
    const bool fits = std::string{text} == "2026-07-31 ";
    EXPECT_EQ(read("%Y-%m-%d", text) != "-", fits) << text;
  }
  EXPECT_EQ(read("%Y-%m-%d %H:%M", "2026-07-31 24:00"), "-");
  EXPECT_EQ(read("%d %b %Y", "1 Jumuary 2026"), "-");
}

TEST(TimePattern, refuses_patterns_that_say_no_day) {
  EXPECT_NE(problem_of("%H:%M"), "");
  EXPECT_NE(problem_of("%Q"), "");
  EXPECT_NE(problem_of("%"), "");
  EXPECT_NE(problem_of(""), "");
  EXPECT_EQ(problem_of("%Y-%m-%d %%"), "");
}

TEST(TimePattern, knows_its_finest_part_and_an_example) {
  EXPECT_EQ(pattern("%Y-%m-%d").step(), Micros{std::chrono::days{1}});
  EXPECT_EQ(pattern("%Y-%m-%d %H:%M").step(), Micros{std::chrono::minutes{1}});
  EXPECT_EQ(pattern("%Y-%m-%d %H:%M:%S").step(), Micros{std::chrono::seconds{1}});
  EXPECT_EQ(pattern("%Y-%m-%d %H:%M:%S.%f").step(), Micros{1});
  for (const char* form : {"%d.%m.%Y %H:%M:%S.%f", "%I:%M:%S.%f %p on %A, %B %d, %Y", "%Y-%j %H:%M:%S.%f", "%F %T"}) {
    EXPECT_TRUE(pattern(form).read(pattern(form).example()).has_value()) << form << " " << pattern(form).example();
  }
}

}  // namespace
}  // namespace customerhealth
