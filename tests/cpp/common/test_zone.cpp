#include <gtest/gtest.h>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/zone.hpp"

namespace customerhealth {
namespace {

std::string big_endian(std::int64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU);
  return out;
}

struct Transition {
  std::int64_t at;
  std::int32_t offset;
};

/// A TZif file of version 2: an empty first block, these transitions, this rule.
std::string tzif(std::int32_t first, const std::vector<Transition>& transitions, const std::string& rule) {
  const auto header = [](std::size_t times, std::size_t types) {
    std::string out = "TZif2" + std::string(15, '\0');
    for (const std::size_t count : {std::size_t{0}, std::size_t{0}, std::size_t{0}, times, types, std::size_t{4}}) {
      out += big_endian(static_cast<std::int64_t>(count), 4);
    }
    return out;
  };
  const auto info = [](std::int32_t offset) { return big_endian(offset, 4) + std::string(2, '\0'); };
  std::string out = header(0, 1) + info(0) + std::string("UTC\0", 4);
  out += header(transitions.size(), transitions.size() + 1);
  for (const Transition& transition : transitions) out += big_endian(transition.at, 8);
  for (std::size_t i = 0; i < transitions.size(); ++i) out += static_cast<char>(i + 1);
  out += info(first);
  for (const Transition& transition : transitions) out += info(transition.offset);
  return out + std::string("LMT\0", 4) + "\n" + rule + "\n";
}

Zone zone_of(const std::string& rule) { return Zone::parse(tzif(0, {}, rule)); }

/// What clocks show as an instant, and how often they show it.
std::string utc(const Zone& zone, const char* local) {
  const Zone::Reading reading = zone.to_instant(parse_instant(local)->time_since_epoch());
  const char* const words[] = {"", " twice", " never"};
  return to_string(reading.instant) + words[static_cast<std::size_t>(reading.standing)];
}

TEST(Zone, follows_the_rule_after_its_last_transition) {
  const Zone berlin = zone_of("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(utc(berlin, "2026-01-15T12:00"), "2026-01-15T11:00:00Z");
  EXPECT_EQ(utc(berlin, "2026-07-15T12:00"), "2026-07-15T10:00:00Z");
  EXPECT_EQ(utc(berlin, "2026-03-29T02:30"), "2026-03-29T01:00:00Z never");
  EXPECT_EQ(utc(berlin, "2026-10-25T02:30"), "2026-10-25T00:30:00Z twice");
  EXPECT_EQ(utc(berlin, "2026-10-25T03:00"), "2026-10-25T02:00:00Z");
}

TEST(Zone, repeats_its_rule_with_the_calendar) {
  const Zone berlin = zone_of("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(utc(berlin, "2426-10-25T02:30"), "2426-10-25T00:30:00Z twice");
  EXPECT_EQ(utc(berlin, "9226-07-15T12:00"), "9226-07-15T10:00:00Z");
  EXPECT_EQ(utc(berlin, "9226-03-29T02:30"), "9226-03-29T01:00:00Z never");
}

TEST(Zone, knows_summers_of_the_south_and_of_half_an_hour) {
  const Zone sydney = zone_of("AEST-10AEDT,M10.1.0,M4.1.0/3");
  EXPECT_EQ(utc(sydney, "2026-01-15T12:00"), "2026-01-15T01:00:00Z");
  EXPECT_EQ(utc(sydney, "2026-07-15T12:00"), "2026-07-15T02:00:00Z");
  EXPECT_EQ(utc(sydney, "2026-04-05T02:30"), "2026-04-04T15:30:00Z twice");
  const Zone lord_howe = zone_of("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  EXPECT_EQ(utc(lord_howe, "2026-10-04T02:15"), "2026-10-03T15:30:00Z never");
  EXPECT_EQ(utc(lord_howe, "2026-04-05T01:45"), "2026-04-04T14:45:00Z twice");
}

TEST(Zone, knows_days_of_the_year_and_winters_that_are_set_back) {
  const Zone dublin = zone_of("IST-1GMT0,M10.5.0,M3.5.0/1");
  EXPECT_EQ(utc(dublin, "2026-07-15T12:00"), "2026-07-15T11:00:00Z");
  EXPECT_EQ(utc(dublin, "2026-01-15T12:00"), "2026-01-15T12:00:00Z");
  const Zone always_summer = zone_of("EST5EDT,0/0,J365/25");
  EXPECT_EQ(utc(always_summer, "2026-01-01T00:30"), "2026-01-01T04:30:00Z");
  EXPECT_EQ(utc(always_summer, "2026-12-31T23:30"), "2027-01-01T03:30:00Z");
  const Zone julian = zone_of("XXX0YYY,J60/0,J300/0");
  EXPECT_EQ(utc(julian, "2024-03-01T00:30"), "2024-03-01 never");
}

TEST(Zone, reads_transitions_before_the_rule) {
  const std::int64_t day = 86'400;
  const Zone zone = Zone::parse(tzif(3600, {{100 * day, 7200}, {200 * day, -3600}}, "<-01>1"));
  EXPECT_EQ(utc(zone, "1970-01-02T00:00"), "1970-01-01T23:00:00Z");
  EXPECT_EQ(utc(zone, "1970-04-11T01:30"), "1970-04-11 never");
  EXPECT_EQ(utc(zone, "1970-07-19T23:30:00"), "1970-07-19T21:30:00Z twice");
  EXPECT_EQ(utc(zone, "2026-01-01T00:00"), "2026-01-01T01:00:00Z");
}

TEST(Zone, shows_what_it_reads) {
  const Zone berlin = zone_of("CET-1CEST,M3.5.0,M10.5.0/3");
  for (const char* local : {"1970-05-05T01:00", "2026-03-29T03:00", "2026-10-25T02:59", "2600-07-01T00:00"}) {
    const Micros shown = parse_instant(local)->time_since_epoch();
    EXPECT_EQ(berlin.to_local(berlin.to_instant(shown).instant), shown) << local;
  }
}

TEST(Zone, refuses_files_that_contradict_themselves) {
  const std::string good = tzif(0, {{5, 60}, {9, 120}}, "UTC0");
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_THROW(static_cast<void>(Zone::parse(good.substr(0, length))), Error) << length;
  }
  EXPECT_THROW(static_cast<void>(Zone::parse(tzif(0, {{9, 60}, {5, 120}}, "UTC0"))), Error);
  EXPECT_THROW(static_cast<void>(Zone::parse(tzif(100'000, {}, "UTC0"))), Error);
  for (const char* rule : {"U0", "UTC", "UTC0DST", "UTC0DST,M13.1.0,M1.1.0", "UTC0DST,M1.1.0", "<UTC0", "UTC0 "}) {
    EXPECT_THROW(static_cast<void>(zone_of(rule)), Error) << rule;
  }
}

}  // namespace
}  // namespace customerhealth
