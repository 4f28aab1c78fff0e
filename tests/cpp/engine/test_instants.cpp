#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "customerhealth/engine/instants.hpp"
#include "model/documents.hpp"

namespace customerhealth {
namespace {

using Dates = std::vector<std::string>;

Instant at(const std::string& date) { return *parse_instant(date); }

Dates shown(const std::vector<Instant>& instants) {
  Dates out;
  for (const Instant t : instants) out.push_back(to_string(t));
  return out;
}

/// A score `s` over one metric `n`, keys added to it; `more`: further scores.
Model model_with(const std::string& keys, const std::string& more = "", const std::string& clock = "7d",
                 const std::string& anchor = "2026-01-05") {
  return model({.metrics = R"({"n": {"from": "usage", "agg": "count"}})",
                .scores = R"({"s": {"measures": {"m": {"value": "n", "identity": true}}, "grades": [{"name": "g"}])" +
                          keys + "}" + more + "}",
                .more = R"(, "clock": {"every": ")" + clock + R"(", "anchor": ")" + anchor + "\"}"});
}

Instants planned(const Model& model, const Dates& as_ofs, const std::string& before_first = "2020-01-01") {
  std::vector<Instant> instants;
  for (const std::string& date : as_ofs) instants.push_back(at(date));
  return plan_instants(model, model.steps, instants, at(before_first));
}

TEST(Ticks, are_those_after_one_instant_and_up_to_another) {
  const Clock weekly{Length{7, Length::Unit::days}, at("2026-01-05")};
  EXPECT_EQ(shown(ticks_between(weekly, at("2026-01-05"), at("2026-01-19"))), (Dates{"2026-01-12", "2026-01-19"}));
  EXPECT_EQ(shown(ticks_between(weekly, at("2026-01-04"), at("2026-01-18"))), (Dates{"2026-01-05", "2026-01-12"}));
  EXPECT_EQ(shown(ticks_between(weekly, at("2026-01-06"), at("2026-01-11"))), Dates{});
}

TEST(Ticks, begin_with_the_anchor) {
  const Clock weekly{Length{7, Length::Unit::days}, at("2026-01-05")};
  EXPECT_EQ(shown(ticks_between(weekly, kFirstInstant, at("2026-01-13"))), (Dates{"2026-01-05", "2026-01-12"}));
  EXPECT_EQ(shown(ticks_between(weekly, kFirstInstant, at("2025-12-31"))), Dates{});
}

TEST(Ticks, are_each_counted_from_the_anchor) {
  const Clock monthly{Length{1, Length::Unit::months}, at("2026-01-31T12:00:00")};
  EXPECT_EQ(shown(ticks_between(monthly, at("2026-01-31T12:00:00"), at("2026-05-01"))),
            (Dates{"2026-02-28T12:00:00Z", "2026-03-31T12:00:00Z", "2026-04-30T12:00:00Z"}));
  const Clock quarterly{Length{1, Length::Unit::quarters}, at("2025-11-30")};
  EXPECT_EQ(shown(ticks_between(quarterly, at("2026-02-27"), at("2026-08-30"))),
            (Dates{"2026-02-28", "2026-05-30", "2026-08-30"}));
}

TEST(Ticks, end_where_instants_do) {
  const Clock rare{Length{10'000, Length::Unit::years}, at("2026-01-05")};
  const auto ticks = ticks_between(rare, at("2026-01-05"), kLastInstant);
  ASSERT_EQ(ticks.size(), 30U);
  EXPECT_EQ(ticks.back(), kLastInstant);
}

TEST(TickFrom, is_the_instant_itself_or_the_first_tick_after_it) {
  const Clock weekly{Length{7, Length::Unit::days}, at("2026-01-05")};
  const Clock monthly{Length{1, Length::Unit::months}, at("2026-01-31")};
  const auto from = [](const Clock& clock, const char* date) { return to_string(tick_from(clock, at(date))); };
  EXPECT_EQ(from(weekly, "2025-12-01"), "2026-01-05");
  EXPECT_EQ(from(weekly, "2026-01-05"), "2026-01-05");
  EXPECT_EQ(from(weekly, "2026-01-06"), "2026-01-12");
  EXPECT_EQ(from(weekly, "2026-01-12"), "2026-01-12");
  EXPECT_EQ(from(weekly, "2026-01-12T00:00:01"), "2026-01-19");
  EXPECT_EQ(from(monthly, "2026-02-28"), "2026-02-28");
  EXPECT_EQ(from(monthly, "2026-03-01"), "2026-03-31");
}

TEST(Instants, are_the_as_ofs_asked_for_where_nothing_looks_back) {
  const Instants instants = planned(model_with(""), {"2026-02-03", "2026-03-01"});
  EXPECT_EQ(shown(instants.all), (Dates{"2026-02-03", "2026-03-01"}));
  EXPECT_TRUE(instants.only_asked());
  EXPECT_TRUE(instants.is_tick.empty());
  EXPECT_TRUE(instants.before[0].empty());
}

TEST(Instants, include_what_a_trend_compares_with) {
  const Instants instants =
      planned(model_with(R"(, "trend": {"over": "1mo"})"), {"2026-03-28", "2026-03-31", "2026-04-28"});
  EXPECT_EQ(shown(instants.all), (Dates{"2026-02-28", "2026-03-28", "2026-03-31", "2026-04-28"}));
  EXPECT_EQ(instants.before[0], (std::vector<std::int32_t>{-1, 0, 0, 1}));  // both ends of March meet in February
  ASSERT_EQ(instants.asked.size(), 1U);
  EXPECT_EQ(instants.asked[0].begin, 1U);
  EXPECT_EQ(instants.asked[0].count, 3U);
  EXPECT_FALSE(instants.only_asked());
}

TEST(Instants, ascend_where_steps_back_over_the_end_of_a_month_do_not) {
  const Instants instants =
      planned(model_with(R"(, "trend": {"over": "1mo"})"), {"2026-03-28T12:00:00", "2026-03-29T00:00:00"});
  EXPECT_EQ(shown(instants.all), (Dates{"2026-02-28", "2026-02-28T12:00:00Z", "2026-03-28T12:00:00Z", "2026-03-29"}));
  EXPECT_EQ(instants.before[0], (std::vector<std::int32_t>{-1, -1, 1, 0}));
}

TEST(Instants, include_the_ticks_from_the_first_panel_row_to_the_last_as_of) {
  const Instants instants =
      planned(model_with(R"(, "hysteresis": {"points": 5})"), {"2026-01-12", "2026-01-20", "2026-01-28"}, "2026-01-06");
  EXPECT_EQ(shown(instants.all), (Dates{"2026-01-12", "2026-01-19", "2026-01-20", "2026-01-26", "2026-01-28"}));
  EXPECT_EQ(instants.is_tick, (std::vector<std::uint8_t>{1, 1, 0, 1, 0}));  // an as-of that is a tick is there once
  ASSERT_EQ(instants.asked.size(), 3U);
  EXPECT_EQ(instants.asked[2].begin, 4U);
}

TEST(Instants, do_not_walk_for_hysteresis_that_holds_nothing) {
  EXPECT_TRUE(planned(model_with(R"(, "hysteresis": {"points": 0}, "trend": {})"), {"2026-02-03"}).only_asked());
}

TEST(Instants, go_back_as_often_as_trends_read_trends) {
  const Model both = model_with(R"(, "trend": {"over": "10d"})",
                                R"(, "t": {"measures": {"m": {"value": "s_change", "identity": true}},
                                          "trend": {"over": "1d"}})");
  const Instants instants = planned(both, {"2026-02-20"});
  EXPECT_EQ(shown(instants.all), (Dates{"2026-02-09", "2026-02-10", "2026-02-19", "2026-02-20"}));
  EXPECT_EQ(instants.before[0], (std::vector<std::int32_t>{-1, -1, 0, 1}));
}

TEST(Instants, go_back_through_metrics) {
  const Model through =
      model({.metrics = R"({"n": {"from": "usage", "agg": "count"}, "f": {"formula": "s_change + 1"}})",
             .scores = R"({"s": {"measures": {"m": {"value": "n", "identity": true}},
                                                   "trend": {"over": "10d"}},
                                             "t": {"measures": {"m": {"value": "f", "identity": true}},
                                                   "trend": {"over": "1d"}}})"});
  EXPECT_EQ(shown(planned(through, {"2026-02-20"}).all),
            (Dates{"2026-02-09", "2026-02-10", "2026-02-19", "2026-02-20"}));
}

TEST(Instants, walk_what_a_held_grade_depends_on) {
  const Model walked = model_with(R"(, "trend": {"over": "3d"})",
                                  R"(, "t": {"measures": {"m": {"value": "s_change", "identity": true}},
                                            "grades": [{"name": "g"}], "hysteresis": {"points": 1}})");
  EXPECT_EQ(shown(planned(walked, {"2026-01-21"}, "2026-01-10").all),
            (Dates{"2026-01-09", "2026-01-12", "2026-01-16", "2026-01-18", "2026-01-19", "2026-01-21"}));
}

TEST(Instants, of_no_as_ofs_are_none) {
  EXPECT_TRUE(planned(model_with(R"(, "hysteresis": {"points": 5}, "trend": {"over": "7d"})"), {}).all.empty());
}

}  // namespace
}  // namespace customerhealth
