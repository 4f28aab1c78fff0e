#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/dates.hpp"
#include "instants.hpp"
#include "model/documents.hpp"

namespace customerhealth::engine {
namespace {

/// A score `s` over one metric `n`, keys added to it; `more`: further scores.
model::Model model_with(const std::string& keys, const std::string& more = "", const std::string& clock = "7d",
                        const std::string& anchor = "2026-01-05") {
  return model::model(
      {.metrics = R"({"n": {"from": "usage", "agg": "count"}})",
       .scores = R"({"s": {"measures": {"m": {"value": "n", "identity": true}}, "grades": [{"name": "g"}])" + keys +
                 "}" + more + "}",
       .more = R"(, "clock": {"every": ")" + clock + R"(", "anchor": ")" + anchor + "\"}"});
}

Instants planned(const model::Model& model, const Dates& as_ofs, const std::string& before_first = "2020-01-01",
                 Instant walked_until = kMissingInstant) {
  std::vector<Instant> instants;
  for (const std::string& date : as_ofs) instants.push_back(at(date));
  const Watch watch;
  return plan_instants(model, model.steps, instants, at(before_first), walked_until, watch);
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

TEST(Instants, leave_out_the_ticks_that_were_walked) {
  const model::Model held = model_with(R"(, "hysteresis": {"points": 5}, "trend": {"over": "7d"})");
  const Dates as_ofs{"2026-01-12", "2026-01-20", "2026-02-03"};
  const Instants instants = planned(held, as_ofs, "2026-01-06", at("2026-01-26"));
  EXPECT_EQ(shown(instants.all),
            (Dates{"2026-01-05", "2026-01-12", "2026-01-13", "2026-01-20", "2026-01-27", "2026-02-02", "2026-02-03"}));
  EXPECT_EQ(instants.is_tick, (std::vector<std::uint8_t>{0, 1, 0, 0, 0, 1, 0}));  // 12 January is one, walked or not
  EXPECT_EQ(instants.walked_until, at("2026-01-26"));
}

TEST(Instants, do_not_walk_for_hysteresis_that_holds_nothing) {
  EXPECT_TRUE(planned(model_with(R"(, "hysteresis": {"points": 0}, "trend": {})"), {"2026-02-03"}).only_asked());
}

TEST(Instants, go_back_as_often_as_trends_read_trends) {
  const model::Model both = model_with(R"(, "trend": {"over": "10d"})",
                                       R"(, "t": {"measures": {"m": {"value": "s_change", "identity": true}},
                                          "trend": {"over": "1d"}})");
  const Instants instants = planned(both, {"2026-02-20"});
  EXPECT_EQ(shown(instants.all), (Dates{"2026-02-09", "2026-02-10", "2026-02-19", "2026-02-20"}));
  EXPECT_EQ(instants.before[0], (std::vector<std::int32_t>{-1, -1, 0, 1}));
}

TEST(Instants, go_back_through_metrics) {
  const model::Model through =
      model::model({.metrics = R"({"n": {"from": "usage", "agg": "count"}, "f": {"formula": "s_change + 1"}})",
                    .scores = R"({"s": {"measures": {"m": {"value": "n", "identity": true}},
                                                   "trend": {"over": "10d"}},
                                             "t": {"measures": {"m": {"value": "f", "identity": true}},
                                                   "trend": {"over": "1d"}}})"});
  EXPECT_EQ(shown(planned(through, {"2026-02-20"}).all),
            (Dates{"2026-02-09", "2026-02-10", "2026-02-19", "2026-02-20"}));
}

TEST(Instants, walk_what_a_held_grade_depends_on) {
  const model::Model walked = model_with(R"(, "trend": {"over": "3d"})",
                                         R"(, "t": {"measures": {"m": {"value": "s_change", "identity": true}},
                                            "grades": [{"name": "g"}], "hysteresis": {"points": 1}})");
  EXPECT_EQ(shown(planned(walked, {"2026-01-21"}, "2026-01-10").all),
            (Dates{"2026-01-09", "2026-01-12", "2026-01-16", "2026-01-18", "2026-01-19", "2026-01-21"}));
}

TEST(Instants, from_a_place_on_are_what_an_account_with_a_later_first_row_needs) {
  const model::Model walked = model_with(R"(, "trend": {"over": "7d"}, "hysteresis": {"points": 1})",
                                         R"(, "t": {"measures": {"m": {"score": "s"}}})");
  const Dates as_ofs{"2026-01-12", "2026-02-03", "2026-02-04"};
  const Instants whole = planned(walked, as_ofs, "2025-12-01");
  for (const char* first : {"2025-12-01", "2026-01-10", "2026-01-12", "2026-01-27", "2026-02-03T12:00:00"}) {
    const auto place = static_cast<std::size_t>(std::ranges::upper_bound(whole.all, at(first)) - whole.all.begin());
    const Instants later = instants_from(whole, place);
    EXPECT_EQ(later.all.front(), whole.all[place]);
    EXPECT_EQ(later.all.size() + place, whole.all.size());
    std::size_t asked = 0;
    for (const InstantRun& run : later.asked) asked += run.count;
    EXPECT_EQ(asked, std::ranges::count_if(as_ofs, [&](const std::string& date) { return at(date) > at(first); }));
    for (std::size_t k = 0; k < later.all.size(); ++k) {
      EXPECT_EQ(later.is_tick[k], whole.is_tick[place + k]);
      EXPECT_EQ(later.is_asked[k], whole.is_asked[place + k]);
      const std::int32_t before = later.before[0][k], was = whole.before[0][place + k];
      if (before >= 0)
        EXPECT_EQ(later.all[static_cast<std::size_t>(before)], whole.all[static_cast<std::size_t>(was)]);
      else
        EXPECT_LT(was, static_cast<std::int32_t>(place));
    }
  }
}

TEST(Instants, that_are_too_many_name_the_trend) {
  std::string more;
  Dates overs;
  for (int k = 0; k < 13; ++k) overs.push_back(std::to_string(1 << k) + "h");
  for (int k = 9; k < 14; ++k) overs.push_back(std::to_string(1 << k) + "d");
  for (const char* years : {"50y", "100y", "200y", "400y", "800y"}) overs.emplace_back(years);
  for (std::size_t k = 1; k < overs.size(); ++k) {
    const std::string before = k == 1 ? "s" : "t" + std::to_string(k - 1);
    more += R"(, "t)" + std::to_string(k) + R"(": {"measures": {"m": {"value": ")" + before +
            R"(_change", "identity": true}}, "trend": {"over": ")" + overs[k] + "\"}}";
  }
  const model::Model chained = model_with(R"(, "trend": {"over": "1h"})", more);
  std::string said;
  try {
    (void)planned(chained, {"2026-01-12"});
  } catch (const DataError& error) {
    said = error.what();
  }
  EXPECT_NE(said.find(".trend: with the trends and clocks that read it, it looks at more than 1,000,000 instants"),
            said.npos)
      << said;
}

TEST(Instants, of_no_as_ofs_are_none) {
  EXPECT_TRUE(planned(model_with(R"(, "hysteresis": {"points": 5}, "trend": {"over": "7d"})"), {}).all.empty());
}

}  // namespace
}  // namespace customerhealth::engine
