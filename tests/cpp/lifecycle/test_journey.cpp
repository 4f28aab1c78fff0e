#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "customerhealth/common/length.hpp"
#include "customerhealth/lifecycle/journey.hpp"
#include "model/documents.hpp"

namespace customerhealth::lifecycle {
namespace {

using Flags = std::vector<std::uint8_t>;

Instant day(int n) { return Instant{std::chrono::days{n}}; }

model::JourneySpec spec(const std::string& stages, const std::string& more = "") {
  return model::model({.more = R"(, "journeys": {"j": {"stages": )" + stages + more + "}}"}).journeys.front();
}

/// A stage with a rule of no importance: the tests say what rules are.
std::string stage(const std::string& name, const std::string& keys = "") {
  return R"({"name": ")" + name + R"(", "enter": "as_of is missing")" + keys + "}";
}

/// Each day is a tick. `rules`: for each stage a letter a day, y, n or ? (missing); exits likewise, or empty.
struct Walked {
  std::vector<HeldStage> shown;
  std::vector<StageMove> moves;

  Walked(const model::JourneySpec& journey, const std::vector<std::string>& enters, std::vector<std::string> exits = {},
         Flags is_tick = {}, Flags is_present = {}) {
    const std::size_t days = enters.front().size();
    exits.resize(enters.size());
    const auto truths = columns(enters), leaving = columns(exits);
    StageRules rules;
    for (const auto& column : truths) rules.enter.emplace_back(column);
    for (const auto& column : leaving) rules.exit.emplace_back(column);
    std::vector<Instant> instants;
    for (std::size_t k = 0; k < days; ++k) instants.push_back(day(static_cast<int>(k)));
    is_tick.resize(days, 1);
    is_present.resize(days, 1);
    shown.resize(days);
    const JourneyWalk walk{journey, rules};
    walk.walk({instants, is_tick, {}, is_present}, 0, {}, shown, moves);
    for (const Instant until : instants) {  // the same where the ticks up to a day were walked before
      std::vector<StageMove> kept, later, made;
      for (const StageMove& move : moves) (move.at <= until ? kept : later).push_back(move);
      std::vector<HeldStage> again(days);
      walk.walk({instants, is_tick, {}, is_present, until}, 0, kept, again, made);
      expect_same(made, later);
      for (std::size_t k = 0; k < days; ++k) {
        EXPECT_EQ(again[k].stage, shown[k].stage);
        EXPECT_EQ(again[k].previous, shown[k].previous);
        EXPECT_EQ(again[k].since, shown[k].since);
      }
    }
  }

  [[nodiscard]] std::string stages() const {
    std::string out;
    for (const HeldStage& one : shown) out += one.stage < 0 ? '-' : static_cast<char>('a' + one.stage);
    return out;
  }

 private:
  static void expect_same(const std::vector<StageMove>& a, const std::vector<StageMove>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].from, b[i].from);
      EXPECT_EQ(a[i].to, b[i].to);
      EXPECT_EQ(a[i].at, b[i].at);
    }
  }
  static std::vector<std::vector<Truth>> columns(const std::vector<std::string>& letters) {
    std::vector<std::vector<Truth>> out;
    for (const std::string& column : letters) {
      auto& truths = out.emplace_back();
      for (const char c : column) truths.push_back(c == 'y' ? Truth::yes : c == 'n' ? Truth::no : Truth::missing);
    }
    return out;
  }
};

const std::string kThree = "[" + stage("a") + "," + stage("b") + "," + stage("c") + "]";

TEST(Journey, takes_the_stage_furthest_down_whose_rule_is_true) {
  EXPECT_EQ(Walked(spec(kThree), {"nyyy", "nnyy", "nnny"}).stages(), "-abc");
  EXPECT_EQ(Walked(spec(kThree), {"y", "?", "y"}).stages(), "c");
}

TEST(Journey, stays_where_no_rule_is_true) {
  EXPECT_EQ(Walked(spec(kThree), {"nnnn", "ny??", "nnnn"}).stages(), "-bbb");
}

TEST(Journey, closes_a_circle_when_the_late_rules_stop_being_true) {
  EXPECT_EQ(Walked(spec(kThree), {"yyyyy", "nynnn", "nnynn"}).stages(), "abcaa");
}

TEST(Journey, moves_only_where_it_may) {
  const model::JourneySpec one_way = spec(kThree, R"(, "moves": {"a": ["b"], "b": ["c"]})");
  EXPECT_EQ(Walked(one_way, {"ynny", "nnyy", "nyyn"}).stages(), "aabb");
  EXPECT_EQ(Walked(one_way, {"ynnn", "nynn", "nnyn"}).stages(), "abcc");
  EXPECT_EQ(Walked(one_way, {"nyyy", "nnyy", "yyyy"}).stages(), "cccc");  // c is never left
}

TEST(Journey, is_held_by_least_and_exit) {
  const model::JourneySpec slow = spec("[" + stage("a", R"(, "least": "2d")") + "," + stage("b") + "]");
  EXPECT_EQ(Walked(slow, {"yyyy", "nyyy"}).stages(), "aabb");
  const model::JourneySpec gated = spec("[" + stage("a", R"(, "exit": "as_of is missing")") + "," + stage("b") + "]");
  EXPECT_EQ(Walked(gated, {"yyyy", "nyyy"}, {"n?ny", ""}).stages(), "aaab");
}

TEST(Journey, that_leaves_the_first_of_its_stages_at_once_began_there) {
  const Walked hasty{spec(kThree, R"(, "start": "a")"), {"nn", "yy", "nn"}};
  EXPECT_EQ(hasty.stages(), "bb");
  ASSERT_EQ(hasty.moves.size(), 2U);
  EXPECT_EQ(hasty.moves[0].to, 0);
  EXPECT_EQ(hasty.moves[1].from, 0);
}

TEST(Journey, begins_with_its_start_which_it_may_leave_at_once) {
  const model::JourneySpec begun = spec(kThree, R"(, "start": "b")");
  const Walked quiet{begun, {"nnn", "nnn", "nny"}};
  EXPECT_EQ(quiet.stages(), "bbc");
  EXPECT_EQ(quiet.shown[1].since, day(0));
  EXPECT_EQ(quiet.shown[1].previous, -1);
  const Walked hasty{begun, {"nnn", "nnn", "ynn"}};
  EXPECT_EQ(hasty.stages(), "ccc");
  EXPECT_EQ(hasty.shown[0].previous, 1);
  ASSERT_EQ(hasty.moves.size(), 2U);
  EXPECT_EQ(hasty.moves[0].from, -1);
  EXPECT_EQ(hasty.moves[0].to, 1);
  EXPECT_EQ(hasty.moves[1].from, 1);
  EXPECT_EQ(hasty.moves[1].to, 2);
}

TEST(Journey, remembers_since_when_and_what_was_before) {
  const Walked walked{spec(kThree), {"yyyy", "nnyy", "nnnn"}};
  EXPECT_EQ(walked.shown[1].since, day(0));
  EXPECT_EQ(walked.shown[3].since, day(2));
  EXPECT_EQ(walked.shown[3].previous, 0);
  ASSERT_EQ(walked.moves.size(), 2U);
  EXPECT_EQ(walked.moves[1].from, 0);
  EXPECT_EQ(walked.moves[1].to, 1);
  EXPECT_EQ(walked.moves[1].at, day(2));
}

TEST(Journey, shows_at_an_as_of_what_would_be_held_and_goes_on_from_the_last_tick) {
  const Walked walked{spec(kThree), {"yyyy", "nynn", "nnnn"}, {}, {1, 0, 0, 1}};
  EXPECT_EQ(walked.stages(), "abaa");
  EXPECT_EQ(walked.moves.size(), 1U);
  EXPECT_EQ(walked.shown[1].since, day(1));
}

TEST(Journey, is_untouched_by_ticks_without_a_panel_row) {
  const Walked walked{spec(kThree), {"nyyy", "yynn", "nnnn"}, {}, {}, {0, 0, 1, 1}};
  EXPECT_EQ(walked.stages().substr(2), "aa");
  EXPECT_EQ(walked.shown.back().since, day(2));
  EXPECT_EQ(walked.shown.back().previous, -1);
  EXPECT_EQ(walked.moves.size(), 1U);
}

TEST(Journey, is_stalled_beyond_its_deadline) {
  const model::JourneySpec slow = spec("[" + stage("a", R"(, "deadline": "1mo")") + "," + stage("b") + "]");
  const Instant since = *parse_instant("2026-01-31");
  EXPECT_FALSE(is_stalled(slow, {0, -1, since}, *parse_instant("2026-02-28")));
  EXPECT_TRUE(is_stalled(slow, {0, -1, since}, *parse_instant("2026-02-28T00:00:01")));
  EXPECT_FALSE(is_stalled(slow, {1, -1, since}, *parse_instant("2028-01-01")));
}

}  // namespace
}  // namespace customerhealth::lifecycle
