#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/dates.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/lifecycle/ticks.hpp"

namespace customerhealth::lifecycle {
namespace {

TEST(Ticks, are_those_after_one_instant_and_up_to_another) {
  const model::Clock weekly{Length{7, Length::Unit::days}, at("2026-01-05")};
  EXPECT_EQ(shown(ticks_between(weekly, at("2026-01-05"), at("2026-01-19"))), (Dates{"2026-01-12", "2026-01-19"}));
  EXPECT_EQ(shown(ticks_between(weekly, at("2026-01-04"), at("2026-01-18"))), (Dates{"2026-01-05", "2026-01-12"}));
  EXPECT_EQ(shown(ticks_between(weekly, at("2026-01-06"), at("2026-01-11"))), Dates{});
}

TEST(Ticks, begin_with_the_anchor) {
  const model::Clock weekly{Length{7, Length::Unit::days}, at("2026-01-05")};
  EXPECT_EQ(shown(ticks_between(weekly, kFirstInstant, at("2026-01-13"))), (Dates{"2026-01-05", "2026-01-12"}));
  EXPECT_EQ(shown(ticks_between(weekly, kFirstInstant, at("2025-12-31"))), Dates{});
}

TEST(Ticks, are_each_counted_from_the_anchor) {
  const model::Clock monthly{Length{1, Length::Unit::months}, at("2026-01-31T12:00:00")};
  EXPECT_EQ(shown(ticks_between(monthly, at("2026-01-31T12:00:00"), at("2026-05-01"))),
            (Dates{"2026-02-28T12:00:00Z", "2026-03-31T12:00:00Z", "2026-04-30T12:00:00Z"}));
  const model::Clock quarterly{Length{1, Length::Unit::quarters}, at("2025-11-30")};
  EXPECT_EQ(shown(ticks_between(quarterly, at("2026-02-27"), at("2026-08-30"))),
            (Dates{"2026-02-28", "2026-05-30", "2026-08-30"}));
}

TEST(Ticks, end_where_instants_do) {
  const model::Clock rare{Length{10'000, Length::Unit::years}, at("2026-01-05")};
  const auto ticks = ticks_between(rare, at("2026-01-05"), kLastInstant);
  ASSERT_EQ(ticks.size(), 30U);
  EXPECT_EQ(ticks.back(), kLastInstant);
}

TEST(Ticks, that_are_too_many_are_refused_with_the_clock_and_the_dates) {
  const model::Clock hourly{Length{1, Length::Unit::hours}, at("1970-01-05")};
  EXPECT_EQ(
      ticks_between(hourly, at("1970-01-05"), plus(at("1970-01-05"), Length{1'000'000, Length::Unit::hours}, 1)).size(),
      kMostInstants);
  std::string said;
  try {
    (void)ticks_between(hourly, at("2023-11-14"), at("9999-12-31"));
  } catch (const DataError& error) {
    said = error.what();
  }
  EXPECT_EQ(said.substr(0, 122),
            "clock: every 1h there are more than 1,000,000 ticks from 2023-11-14 (the first row, where an account is "
            "walked) to "
            "9999-12");
}

TEST(TickFrom, is_the_instant_itself_or_the_first_tick_after_it) {
  const model::Clock weekly{Length{7, Length::Unit::days}, at("2026-01-05")};
  const model::Clock monthly{Length{1, Length::Unit::months}, at("2026-01-31")};
  const auto from = [](const model::Clock& clock, const char* date) { return to_string(tick_from(clock, at(date))); };
  EXPECT_EQ(from(weekly, "2025-12-01"), "2026-01-05");
  EXPECT_EQ(from(weekly, "2026-01-05"), "2026-01-05");
  EXPECT_EQ(from(weekly, "2026-01-06"), "2026-01-12");
  EXPECT_EQ(from(weekly, "2026-01-12"), "2026-01-12");
  EXPECT_EQ(from(weekly, "2026-01-12T00:00:01"), "2026-01-19");
  EXPECT_EQ(from(monthly, "2026-02-28"), "2026-02-28");
  EXPECT_EQ(from(monthly, "2026-03-01"), "2026-03-31");
}

}  // namespace
}  // namespace customerhealth::lifecycle
