#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

const std::string kMetrics = R"x({"n": {"from": "usage", "agg": "count"}, "t": {"formula": "if(n > 1, 'a', 'b')"},
  "p": {"from": "usage", "agg": "count", "by": {"column": "f", "values": ["a", "b"]}}})x";

Lines life_problems(const std::string& more) { return problems_in({.metrics = kMetrics, .more = ", " + more}); }
Lines journey_problems(const std::string& keys) { return life_problems(R"("journeys": {"j": {)" + keys + "}}"); }
Lines play_problems(const std::string& keys) {
  return life_problems(R"("plays": {"p": {"when": "n > 1", )" + keys + "}}");
}

TEST(Lifecycle, reads_every_key) {
  const Model parsed = model({.metrics = kMetrics, .more = R"(, "journeys": {"j": {"stages": [
          {"name": "a", "enter": "n > 0", "exit": "n > 2", "least": "7d", "deadline": "1mo", "owner": "sales",
           "roles": ["user"]}, {"name": "b", "enter": "n > 5"}, {"name": "c", "enter": "k"}],
          "moves": {"a": ["c", "b"], "b": ["a"]}, "start": "a"}},
        "cohorts": {"k": {"when": "n > 3", "label": "many", "revenue": "n"}},
        "plays": {"call": {"when": "j = 'a'", "unless": "k", "closes": "j_stalled", "cooldown": "28d",
          "priority": 3, "due": "2d", "owner": "ann", "role": "user", "channel": "phone", "message": "{n} {n:.1f} {t}",
          "evidence": ["t", "p.a"]}})"});
  const JourneySpec& journey = parsed.journeys.at(0);
  ASSERT_EQ(journey.stages.size(), 3U);
  EXPECT_EQ(journey.stages[0].owner, "sales");
  EXPECT_EQ(journey.stages[0].roles, Lines{"user"});
  EXPECT_EQ(journey.stages[0].least, (Length{7, Length::Unit::days}));
  EXPECT_EQ(journey.next, (std::vector<std::vector<std::int32_t>>{{2, 1, 0}, {1, 0}, {2}}));
  EXPECT_EQ(journey.start, 0);
  EXPECT_EQ(parsed.cohorts.at(0).label, "many");
  EXPECT_EQ(parsed.cohorts.at(0).revenue, MetricIndex{0});
  const PlaySpec& play = parsed.plays.at(0);
  EXPECT_EQ(play.cooldown, (Length{28, Length::Unit::days}));
  ASSERT_EQ(play.values.size(), 3U);
  EXPECT_EQ(play.values[2].expression.text(), "p.a");
  EXPECT_EQ(play.evidence, (std::vector<std::int32_t>{1, 2}));
  ASSERT_EQ(play.message.pieces.size(), 3U);
  EXPECT_EQ(play.message.pieces[1].format, ".1f");
  EXPECT_EQ(play.message.pieces[1].value, 0);
}

TEST(Lifecycle, gives_journeys_five_columns_and_cohorts_one) {
  const Model parsed = model({.more = R"(, "journeys": {"j": {"stages": [{"name": "a", "enter": "as_of > as_of"}]}},
                                           "cohorts": {"k": {"when": "j_stalled"}})"});
  const std::vector<std::pair<const char*, Type>> columns{
      {"j", Type::text},          {"j_since", Type::instant},   {"j_days", Type::number},
      {"j_previous", Type::text}, {"j_stalled", Type::boolean}, {"k", Type::boolean}};
  for (const auto& [name, type] : columns) {
    ASSERT_FALSE(slot_of(parsed, name).is_missing()) << name;
    EXPECT_EQ(parsed.slots[slot_of(parsed, name).place()].type, type) << name;
  }
}

TEST(Lifecycle, says_all_that_is_wrong_with_a_journey) {
  EXPECT_EQ(journey_problems(R"("stages": [])"),
            Lines{"journeys.j.stages: expected a list (each: an object: stage) with one element or more; got an empty "
                  "list"});
  EXPECT_EQ(journey_problems(R"("stages": [{"name": "first", "enter": "n"}, {"name": "first", "enter": "n > 1"},
                                     {"name": "last", "enter": "m > 1"}, {"name": "none", "enter": "1 > 2"}],
                          "moves": {"first": ["lasst"], "firts": ["last"]}, "start": "begin")"),
            (Lines{"journeys.j.moves.first[0]: no stage 'lasst' in the journey; did you mean 'last'?",
                   "journeys.j.moves.firts: no stage 'firts' in the journey; did you mean 'first'?",
                   "journeys.j.stages[0].enter: this formula gives a number, and a boolean is wanted here (compare "
                   "it, as in `x > 0`)\n  n\n  ^\n(n is a number)",
                   "journeys.j.stages[1].name: two stages are named 'first'",
                   "journeys.j.stages[2].enter: unknown name 'm'; expected one of as_of, n, t, p.a, p.b, j, j_since, "
                   "j_days, j_previous, j_stalled\n  m > 1\n  ^",
                   "journeys.j.stages[3].enter: is never true\n  1 > 2\n  ^",
                   "journeys.j.start: no stage 'begin' in the journey; expected one of first, last, none"}));
}

TEST(Lifecycle, says_all_that_is_wrong_with_a_play) {
  EXPECT_EQ(play_problems(R"("cooldown": "0d", "message": "{users} are {n:d}, {t:.1f}", "role": "{n * 2}",
                             "owner": "{n", "channel": "}", "evidence": ["n", "q", "n", "1"], "priority": "t")"),
            (Lines{"plays.p.channel: a '}' without its '{'; a brace that stands for itself is doubled; in '}'",
                   "plays.p.cooldown: expected a length such as '12h', '28d', '4w', '1mo', '1q' or '1y'; got the text "
                   "'0d'",
                   "plays.p.evidence[1]: unknown name 'q'; expected one of as_of, n, t, p.a, p.b\n  q\n  ^",
                   "plays.p.evidence[2]: 'n' stands twice",
                   "plays.p.evidence[3]: expected a name, as formulas write it; got the text '1'",
                   "plays.p.message: unknown name 'users'; expected one of as_of, n, t, p.a, p.b\n  users\n  ^",
                   "plays.p.message: {n:d}: numbers are floats: write '.0f'",
                   "plays.p.message: {t:.1f}: a text takes a format such as '>10' or '.20'",
                   "plays.p.owner: a '{' without its '}'; a brace that stands for itself is doubled; in '{n'",
                   "plays.p.priority: this formula gives a text, and a number is wanted here\n  t\n  ^\n(t is a text)",
                   "plays.p.role: expected a name; a metric with this formula would give it one\n  n * 2\n  ^"}));
}

TEST(Lifecycle, knows_the_roles_that_stages_list) {
  const std::string journey =
      R"("journeys": {"j": {"stages": [{"name": "a", "enter": "n > 1", "roles": ["champion", "user", "user"]}]}}, )";
  EXPECT_EQ(life_problems(journey + R"("plays": {"p": {"when": "n > 1", "role": "champoin"}})"),
            (Lines{"journeys.j.stages[0].roles[2]: the role 'user' stands twice",
                   "plays.p.role: no stage has the role 'champoin'; did you mean 'champion'?"}));
}

TEST(Lifecycle, refuses_what_needs_itself) {
  EXPECT_EQ(life_problems(R"("cohorts": {"k": {"when": "n > 1 and k"}})"), Lines{"cohorts.k: needs itself: k -> k"});
  EXPECT_EQ(life_problems(R"("journeys": {"j": {"stages": [{"name": "a", "enter": "k"}]}},
                             "cohorts": {"k": {"when": "m2"}})")
                .size(),
            1U);  // m2 is unknown
  EXPECT_EQ(life_problems(R"("journeys": {"j": {"stages": [{"name": "a", "enter": "j_days > 3"}]}})"),
            Lines{"journeys.j: needs itself: j -> j"});
}

TEST(Lifecycle, keeps_include_and_since_free_of_what_needs_panel_rows) {
  const std::string journey = R"("journeys": {"j": {"stages": [{"name": "a", "enter": "n > 1"}]}},
                                 "cohorts": {"k": {"when": "j = 'a'"}, "big": {"when": "n > 3"}}, )";
  EXPECT_EQ(life_problems(journey + R"("include": "j = 'a'")"),
            Lines{"include: 'j' is a journey's: include may not depend on scores or journeys\n  j = 'a'\n  ^"});
  EXPECT_EQ(life_problems(journey + R"("include": "k")"),
            Lines{"include: include may not depend on scores or journeys: include -> k -> j"});
  EXPECT_EQ(life_problems(journey + R"("include": "big")"), Lines{});
}

TEST(Lifecycle, keeps_names_apart) {
  EXPECT_EQ(life_problems(R"("cohorts": {"n": {"when": "p.a > 1"}})"),
            Lines{"cohorts.n: the name 'n' is taken: metrics.n"});
  EXPECT_EQ(life_problems(R"("journeys": {"j": {"stages": [{"name": "a", "enter": "n > 1"}]}},
                             "cohorts": {"j_stalled": {"when": "n > 1"}})"),
            Lines{"cohorts.j_stalled: the name 'j_stalled' is taken: journeys.j"});
}

TEST(Lifecycle, says_which_metrics_can_be_a_revenue) {
  const auto cohort = [](const std::string& revenue) {
    return life_problems(R"("cohorts": {"k": {"when": "n > 1", "revenue": ")" + revenue + "\"}}");
  };
  EXPECT_EQ(cohort("nn"), Lines{"cohorts.k.revenue: no metric 'nn' in the model; expected one of n, t, p"});
  EXPECT_EQ(cohort("p"), Lines{"cohorts.k.revenue: the metric 'p' is split: a metric with a formula, as sum(p.*), can "
                               "put it together"});
  EXPECT_EQ(cohort("t"), Lines{"cohorts.k.revenue: expected a metric that is a number; 't' is a text"});
}

}  // namespace
}  // namespace customerhealth::model
