#include <gtest/gtest.h>

#include <cmath>

#include "expression/formula_table.hpp"

namespace customerhealth::expression {
namespace {

FormulaTable& with_instant(FormulaTable& table, const char* text) { return table.instants("t", {at(text)}); }

TEST(Time, subtracts_to_days) {
  FormulaTable table;
  with_instant(table, "2026-03-01T12:00:00");
  EXPECT_EQ(table.number("t - date '2026-02-27'"), 2.5);
  EXPECT_EQ(table.number("date '2024-02-28' - date '2024-03-01'"), -2);
}

TEST(Time, adds_days_to_an_instant) {
  FormulaTable table;
  with_instant(table, "2026-01-31");
  EXPECT_EQ(table.instant("t + 1.5"), "2026-02-01T12:00:00Z");
  EXPECT_EQ(table.instant("1 + t"), "2026-02-01");
  EXPECT_EQ(table.instant("t - 31"), "2025-12-31");
  EXPECT_EQ(table.instant("t + 1 - 1 + 0"), "2026-01-31");
}

TEST(Time, takes_days_to_the_nearest_microsecond) {
  FormulaTable table;
  with_instant(table, "2026-01-31");
  EXPECT_EQ(table.instant("t + 0.4 / 86400000000"), "2026-01-31");
  EXPECT_EQ(table.instant("t + 0.6 / 86400000000"), "2026-01-31T00:00:00.000001Z");
  EXPECT_EQ(table.instant("t - 0.6 / 86400000000"), "2026-01-30T23:59:59.999999Z");
  // 2^-14 days are 5,273,437.5 microseconds to the bit: the half goes away from zero.
  EXPECT_EQ(table.instant("t + pow(2, -14)"), "2026-01-31T00:00:05.273438Z");
  EXPECT_EQ(table.instant("t - pow(2, -14)"), "2026-01-30T23:59:54.726562Z");
  EXPECT_EQ(table.instant("t + 1e-300"), "2026-01-31");
  // 1,000,000.1 days as a double are 86,400,008,639,999,997.99 microseconds; as a product of doubles 2 more.
  EXPECT_EQ(table.instant("date '1970-01-01' + 1000000.1"), "4707-11-29T02:23:59.999998Z");
}

TEST(Time, is_missing_beyond_the_range_of_instants) {
  FormulaTable table;
  with_instant(table, "2026-01-31");
  EXPECT_EQ(table.instant("t + 1e9"), "missing");
  EXPECT_EQ(table.instant("t - 1e9"), "missing");
  EXPECT_EQ(table.instant("t + 1e300"), "missing");
  EXPECT_EQ(table.instant("t + 1 / 0"), "missing");
  FormulaTable edges;
  edges.instants("last", {kLastInstant}).instants("first", {kFirstInstant});
  EXPECT_EQ(edges.values<Instant>("last + 0")[0], kLastInstant);
  EXPECT_EQ(edges.values<Instant>("first - 0")[0], kFirstInstant);
  EXPECT_EQ(edges.instant("last + 1 / 86400000000"), "missing");
  EXPECT_EQ(edges.instant("first - 1 / 86400000000"), "missing");
  EXPECT_EQ(edges.number("last - first"), 18446744073709551614.0 / 86400000000.0);
}

TEST(Time, spreads_missing) {
  FormulaTable table;
  table.instants("t", {kMissingInstant}).unknown("u");
  EXPECT_EQ(table.instant("t + 1"), "missing");
  EXPECT_EQ(table.instant("date '2026-01-31' + missing"), "missing");
  for (const std::string formula : {"t - date '2026-01-31'", "year(t)", "month(t)", "weekday(t)", "year(u)",
                                    "months_between(t, date '2026-01-31')", "months_between(date '2026-01-31', t)"}) {
    EXPECT_TRUE(std::isnan(table.number(formula))) << formula;
  }
}

TEST(Time, reads_the_calendar) {
  FormulaTable table;
  EXPECT_EQ(table.number("year(date '2024-02-29T23:59:59.999999')"), 2024);
  EXPECT_EQ(table.number("month(date '2024-02-29T23:59:59.999999')"), 2);
  EXPECT_EQ(table.number("month(date '1969-12-31T23:59:59')"), 12);
  EXPECT_EQ(table.number("year(date '1969-12-31T23:59:59')"), 1969);
  EXPECT_EQ(table.number("weekday(date '1970-01-05')"), 1);  // a Monday
  EXPECT_EQ(table.number("weekday(date '1970-01-01')"), 4);
  EXPECT_EQ(table.number("weekday(date '1969-12-31')"), 3);
  EXPECT_EQ(table.number("weekday(date '2026-02-01')"), 7);
  FormulaTable far;
  far.instants("last", {kLastInstant}).instants("first", {kFirstInstant});
  EXPECT_EQ(far.number("year(last)"), 294247);
  EXPECT_EQ(far.number("year(first)"), -290308);
}

TEST(Time, counts_whole_months) {
  FormulaTable table;
  EXPECT_EQ(table.number("months_between(date '2026-02-28', date '2026-01-31')"), 1);  // the day is cut
  EXPECT_EQ(table.number("months_between(date '2026-02-27', date '2026-01-31')"), 0);
  EXPECT_EQ(table.number("months_between(date '2024-03-30', date '2024-01-31')"), 1);
  EXPECT_EQ(table.number("months_between(date '2026-01-31', date '2026-02-28')"), -1);
  EXPECT_EQ(table.number("months_between(date '2026-07-01', date '2025-01-01')"), 18);
  EXPECT_EQ(table.number("months_between(date '2026-01-31', date '2026-01-31T00:00:01')"), -1);
}

TEST(Time, chooses_among_instants) {
  FormulaTable table;
  with_instant(table, "2026-01-31");
  EXPECT_EQ(table.instant("least(t, date '2025-01-01', date '2027-01-01')"), "2025-01-01");
  EXPECT_EQ(table.instant("greatest(t, missing)"), "missing");
  EXPECT_EQ(table.instant("coalesce(missing, t)"), "2026-01-31");
  EXPECT_EQ(table.instant("if(t > date '2020-01-01', t, missing)"), "2026-01-31");
}

}  // namespace
}  // namespace customerhealth::expression
