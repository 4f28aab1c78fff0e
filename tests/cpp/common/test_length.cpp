#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "common/dates.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth {
namespace {

Length length(std::string_view text) { return Length::parse(text).value(); }
std::string moved(std::string_view t, std::string_view by, std::int64_t times = 1) {
  return to_string(plus(at(t), length(by), times));
}

TEST(Length, reads_what_it_writes) {
  for (const char* text : {"1h", "28d", "4w", "1mo", "2q", "10000y"}) EXPECT_EQ(length(text).to_string(), text);
}

TEST(Length, tells_how_many_of_which_unit) {
  EXPECT_EQ(length("28d").count(), 28);
  for (const std::string_view unit : {"h", "d", "w", "mo", "q", "y"}) {
    EXPECT_EQ(length("10000" + std::string{unit}).unit(), unit);
  }
}

TEST(Length, refuses_what_is_no_length) {
  for (const char* text : {"", "d", "0d", "01d", "10001d", "99999999999999999999d", "-1d", "1.5d", "1 d", "1m", "1D",
                           "1dd", "d1", "1mo "}) {
    EXPECT_FALSE(Length::parse(text)) << text;
  }
}

TEST(Length, keeps_the_time_of_day) {
  EXPECT_EQ(moved("2026-01-31T12:30:00.5", "1mo"), "2026-02-28T12:30:00.5Z");
  EXPECT_EQ(moved("1960-01-31T23:59:59.999999", "1mo"), "1960-02-29T23:59:59.999999Z");
}

TEST(Length, cuts_the_day_to_the_months_last) {
  EXPECT_EQ(moved("2024-03-31", "1mo", -1), "2024-02-29");
  EXPECT_EQ(moved("2023-03-31", "1mo", -1), "2023-02-28");
  EXPECT_EQ(moved("1900-03-31", "1mo", -1), "1900-02-28");
  EXPECT_EQ(moved("2000-03-31", "1mo", -1), "2000-02-29");
  EXPECT_EQ(moved("2024-02-29", "1y"), "2025-02-28");
  EXPECT_EQ(moved("2024-02-29", "1y", 4), "2028-02-29");
}

TEST(Length, counts_each_step_from_the_start) {
  // Not 28 March, which two steps one after the other would give.
  EXPECT_EQ(moved("2026-01-31", "1mo", 2), "2026-03-31");
}

TEST(Length, steps_by_fixed_units) {
  EXPECT_EQ(moved("2026-01-31", "1w"), "2026-02-07");
  EXPECT_EQ(moved("2026-01-01", "12h", -1), "2025-12-31T12:00:00Z");
  EXPECT_EQ(moved("2026-01-31", "1q"), "2026-04-30");
  EXPECT_EQ(to_string(minus(at("2026-05-31"), length("1q"))), "2026-02-28");
}

TEST(Length, saturates_at_the_ends_of_time) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const char* by : {"10000y", "10000mo", "10000w", "1h"}) {
    EXPECT_EQ(plus(kLastInstant, length(by)), kLastInstant) << by;
    EXPECT_EQ(minus(kFirstInstant, length(by)), kFirstInstant) << by;
    EXPECT_EQ(plus(Instant{}, length(by), kMost), kLastInstant) << by;
    EXPECT_EQ(plus(Instant{}, length(by), -kMost), kFirstInstant) << by;
  }
  EXPECT_EQ(plus_months(kFirstInstant, kMost), kLastInstant);
  EXPECT_EQ(plus(kMissingInstant, length("1mo")), kMissingInstant);
  EXPECT_EQ(plus(kMissingInstant, length("1d")), kMissingInstant);
}

TEST(Length, moves_through_years_that_chrono_cannot_count) {
  const Instant far = plus(at("2000-01-31"), length("10000y"), 20);
  EXPECT_EQ(to_string(far), "+202000-01-31");
  EXPECT_EQ(to_string(plus(far, length("1mo"))), "+202000-02-29");
  EXPECT_EQ(plus(far, length("10000y"), -20), at("2000-01-31"));
}

TEST(MonthsBetween, counts_whole_months) {
  EXPECT_EQ(months_between(at("2026-03-31"), at("2026-01-31")), 2);
  EXPECT_EQ(months_between(at("2026-03-30"), at("2026-01-31")), 1);
  EXPECT_EQ(months_between(at("2026-02-28"), at("2026-01-31")), 1);  // the 31st is cut to the 28th
  EXPECT_EQ(months_between(at("2026-02-27T23:59:59.999999"), at("2026-01-31")), 0);
  EXPECT_EQ(months_between(at("2026-01-30"), at("2026-01-31")), -1);
  EXPECT_EQ(months_between(at("2025-12-31"), at("2026-01-31")), -1);
}

TEST(MonthsBetween, is_the_largest_count_that_does_not_pass) {
  std::mt19937_64 random{7};
  std::uniform_int_distribution<std::int64_t> micros{-3'000'000'000'000'000, 3'000'000'000'000'000};
  for (int i = 0; i < 5'000; ++i) {
    const Instant later{Micros{micros(random)}}, earlier{Micros{micros(random)}};
    const std::int64_t n = months_between(later, earlier);
    EXPECT_LE(plus_months(earlier, n), later);
    EXPECT_GT(plus_months(earlier, n + 1), later);
  }
  EXPECT_EQ(months_between(kLastInstant, kLastInstant), 0);
  EXPECT_GT(months_between(kLastInstant, kFirstInstant), 7'000'000);
}

}  // namespace
}  // namespace customerhealth
