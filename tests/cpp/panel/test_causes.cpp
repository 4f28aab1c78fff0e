#include <gtest/gtest.h>

#include <stdexcept>

#include "customerhealth/panel/panel.hpp"
#include "engine/results.hpp"
#include "engine/worlds.hpp"

namespace customerhealth::panel {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

constexpr const char* kModel = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
  "metrics": {"rows": {"from": "usage", "agg": "count", "window": "2d"},
              "word": {"from": "usage", "agg": "last", "of": "word"},
              "n": {"from": "usage", "agg": "last", "of": "n"}},
  "scores": {
    "s": {"measures": {
            "rows": {"value": "rows", "bands": [{"below": 2, "points": 10, "name": "missing: few"}, {"points": 60}]},
            "word": {"value": "word", "labels": {"missing": 0, "signed": 100}}},
          "caps": [{"name": "recap: floor", "when": "rows < 2", "at_least": 20}]},
    "p": {"measures": {"n": {"value": "n", "bands": [{"up_to": 2, "points": 0}, {"points": 80}]}},
          "caps": [{"name": "recap: cap:sev", "when": "n > 50", "at_most": 10}]},
    "q": {"measures": {"use": {"score": "p"}}, "grades": [{"name": "low"}, {"name": "high", "from": 75}]}}})";

/// a has a row on day 1 and two on day 4; b has none before day 4; c has no word before.
Panel panel() {
  const auto usage =
      input("usage", {"id", "at", "word", "n"}, texts({"a", "a", "a", "b", "c", "c"}), days({1, 4, 4, 4, 1, 4}),
            texts({"missing", "signed", "signed", "signed", std::nullopt, "signed"}),
            numbers({1.0, 1.0, 1.0, 60.0, 9.0, 9.0}));
  return score(portfolio(shared(kModel), inputs(usage)), {day(2), day(5)});
}

TEST(PanelCauses, are_those_of_why_changed_in_columns_of_their_own) {
  const auto table = panel().causes("s", day(2), day(5), {});
  EXPECT_EQ(results::names(*table), (Lines{"part", "cap", "cause", "kind", "other", "from_word", "to_word",
                                           "from_reason", "to_reason", "from", "to", "contribution"}));
  EXPECT_EQ(
      results::lines(*table),
      (Lines{"rows - band entries - missing: few from 2 - - 1 2 25", "word - value entries - missing signed - - - - 50",
             "cap:recap: floor recap: floor cap cap_off - - - - - 20 - -15", "- - appeared no_row - - - - - - 55 -",
             "rows - weight part_appeared word - - - - 1 0.5 -5", "word - appeared missing - - - silent - - - 50",
             "cap:recap: floor recap: floor cap cap_holds - - - - - 20 20 -10"}));
}

TEST(PanelCauses, of_some_rows_are_those_of_their_accounts) {
  const auto table = panel().causes("s", day(2), day(5), {3, 2});  // those of c
  EXPECT_EQ(results::lines(*table).front(), "rows - weight part_appeared word - - - - 1 0.5 -5");
  EXPECT_EQ(results::lines(*table).size(), 3U);
  EXPECT_EQ(results::lines(*panel().causes("s", day(5), day(2), {3, 2}))[1],
            "word - vanished missing - - - - silent - - -50");
}

TEST(PanelCauses, of_a_score_that_the_model_does_not_have_are_an_error) {
  EXPECT_THROW((void)panel().causes("t", day(2), day(5), {}), std::out_of_range);
  Watch watch;
  EXPECT_THROW((void)panel().ways("high", "t", day(5), Threads::resolve(1), watch, {}), std::out_of_range);
  EXPECT_THROW((void)panel().ways("best", "q", day(5), Threads::resolve(1), watch, {}), std::out_of_range);
}

TEST(PanelWays, name_the_cap_the_way_to_its_score_and_the_edge_to_be_passed) {
  Watch watch;
  const auto table = panel().ways("high", "q", day(5), Threads::resolve(1), watch, {});
  EXPECT_EQ(results::names(*table), (Lines{"account_id", "part", "from", "to", "gain", "status", "peer_share",
                                           "from_label", "to_label", "cap", "within", "edge"}));
  EXPECT_EQ(results::lines(*table), (Lines{"a use.n 1 2 80 reaches 0.666667 - - - - 2",
                                           "b use.cap:recap: cap:sev 10 - 70 held_by_cap - - - recap: cap:sev use -",
                                           "b use.n 60 - - alone_not_enough - - - - - -"}));
  const auto shown = panel().path_to("high", "q", day(5), Threads::resolve(1), watch);
  EXPECT_EQ(results::names(*shown).size(), 9U);
  EXPECT_EQ(results::lines(*shown)[0], "a use.n 1 2 80 reaches 0.666667 - -");
}

}  // namespace
}  // namespace customerhealth::panel
