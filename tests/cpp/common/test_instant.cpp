#include <gtest/gtest.h>

#include <random>

#include "customerhealth/common/civil.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth {
namespace {

std::string again(std::string_view text) { return to_string(parse_instant(text).value()); }

TEST(Instant, reads_dates_times_and_zones) {
  EXPECT_EQ(again("2026-01-31"), "2026-01-31");
  EXPECT_EQ(again("2026-01-31T00:00"), "2026-01-31");
  EXPECT_EQ(again("2026-01-31 12:30:00.5"), "2026-01-31T12:30:00.5Z");
  EXPECT_EQ(again("2026-01-31T12:30:00Z"), "2026-01-31T12:30:00Z");
  EXPECT_EQ(again("2026-01-31T01:30:00+02:00"), "2026-01-30T23:30:00Z");
  EXPECT_EQ(again("2026-01-31T23:30:00-0130"), "2026-02-01T01:00:00Z");
  EXPECT_EQ(again("2026-01-31T23:30:00+05"), "2026-01-31T18:30:00Z");
  EXPECT_EQ(again("0001-01-01"), "0001-01-01");
  EXPECT_EQ(again("9999-12-31T23:59:59.999999"), "9999-12-31T23:59:59.999999Z");
}

TEST(Instant, floors_what_is_finer_than_a_microsecond) {
  EXPECT_EQ(again("2026-01-31T00:00:00.1234569"), "2026-01-31T00:00:00.123456Z");
  EXPECT_EQ(again("1969-12-31T23:59:59.9999999"), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(parse_instant("1969-12-31T23:59:59.999999"), Instant{Micros{-1}});
}

TEST(Instant, refuses_what_is_no_instant) {
  for (const char* text : {"",
                           "2026",
                           "2026-1-31",
                           "2026-02-29",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-01-00",
                           "0000-01-01",
                           "10000-01-01",
                           "2026-01-31T",
                           "2026-01-31T24:00",
                           "2026-01-31T12:60",
                           "2026-01-31T12:30:60",
                           "2026-01-31T12:30:00.",
                           "2026-01-31T12",
                           "2026-01-31T12:30:00+",
                           "2026-01-31T12:30:00+2:00",
                           "2026-01-31T12:30:00+24:00",
                           "2026-01-31T12:30:00+02:",
                           "2026-01-31Z",
                           "2026-01-31T12:30:00ZZ",
                           "2026-01-31T12:30:00 ",
                           "2026-01-31T12:30:00  Z",
                           "2026-01-31T12:30:00 UT",
                           "2026-01-31T12:30:00 UTC+1",
                           "2026-01-31T12:30:00 CET",
                           "2026-01-31 UTC",
                           " 2026-01-31",
                           "2026-01-31 ",
                           "2026/01/31"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

TEST(Instant, reads_zones_as_warehouses_write_them) {
  for (const auto* text : {"2026-01-31 12:30:00 UTC", "2026-01-31T12:30 UTC", "2026-01-31 12:30:00UTC",
                           "2026-01-31 12:30:00.000 Z", "2026-01-31 12:30:00.000 +0000", "2026-01-31 13:30:00 +0100",
                           "2026-01-31 09:00:00.0 -03:30", "2026-01-31 14:30 +02"}) {
    EXPECT_EQ(parse_instant(text), parse_instant("2026-01-31T12:30:00Z")) << text;
  }
}

TEST(Instant, writes_far_years) {
  EXPECT_EQ(to_string(kLastInstant), "+294247-01-10T04:00:54.775807Z");
  EXPECT_EQ(to_string(kFirstInstant), "-290308-12-21T19:59:05.224193Z");
  EXPECT_EQ(to_string(kMissingInstant), "missing");
}

TEST(Civil, agrees_with_chrono_where_chrono_reaches) {
  std::mt19937_64 random{11};
  std::uniform_int_distribution<int> days{-11'000'000, 11'000'000};
  for (int i = 0; i < 20'000; ++i) {
    const int day = days(random);
    const std::chrono::year_month_day expected{std::chrono::sys_days{std::chrono::days{day}}};
    const Civil civil = civil_of(day);
    EXPECT_EQ(civil.year, static_cast<int>(expected.year()));
    EXPECT_EQ(civil.month, static_cast<int>(static_cast<unsigned>(expected.month())));
    EXPECT_EQ(civil.day, static_cast<int>(static_cast<unsigned>(expected.day())));
    EXPECT_EQ(day_of(civil), day);
  }
}

TEST(DaysBetween, does_not_overflow) {
  EXPECT_DOUBLE_EQ(days_between(kLastInstant, kFirstInstant), 18446744073709551614.0 / 86'400'000'000.0);
  EXPECT_EQ(days_between(Instant{Micros{43'200'000'000}}, Instant{}), 0.5);
}

}  // namespace
}  // namespace customerhealth
