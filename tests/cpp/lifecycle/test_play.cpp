#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "customerhealth/lifecycle/play.hpp"
#include "model/documents.hpp"

namespace customerhealth::lifecycle {
namespace {

using Flags = std::vector<std::uint8_t>;

std::vector<Truth> truths(const std::string& letters) {
  std::vector<Truth> out;
  for (const char c : letters) out.push_back(c == 'y' ? Truth::yes : c == 'n' ? Truth::no : Truth::missing);
  return out;
}

std::string texts_of(const std::vector<PlayTurn>& turns) {
  std::string out;
  for (const PlayTurn& turn : turns) {
    const char letter = turn.opens ? (turn.is_tick ? 'o' : 'O') : (turn.is_tick ? 'c' : 'C');
    out += (out.empty() ? "" : " ") + std::string{letter} + std::to_string(turn.row);
  }
  return out;
}

/// Each day is a tick unless said otherwise; "o2 c4": opens on day 2, closes on day 4; in capitals at an as-of alone.
std::string walked(const std::string& keys, const std::string& when, const std::string& unless = "",
                   const std::string& closes = "", Flags is_tick = {}, Flags is_present = {}) {
  const model::PlaySpec spec =
      model::model({.more = R"(, "plays": {"p": {"when": "as_of is missing")" + keys + "}}"}).plays.front();
  const auto w = truths(when), u = truths(unless), c = truths(closes);
  std::vector<Instant> instants;
  for (std::size_t k = 0; k < when.size(); ++k) instants.emplace_back(std::chrono::days{k});
  is_tick.resize(when.size(), 1);
  is_present.resize(when.size(), 1);
  const Flags is_asked(when.size(), 1);
  std::vector<PlayTurn> turns;
  const PlayWalk walk{spec, {w, u, c}};
  walk.walk({instants, is_tick, is_asked, is_present}, 0, {}, turns);
  for (const Instant until : instants) {  // the same where the ticks up to a day were walked before
    std::vector<PlayTurn> kept, later, made;
    for (const PlayTurn& turn : turns) (turn.is_tick && turn.at <= until ? kept : later).push_back(turn);
    walk.walk({instants, is_tick, is_asked, is_present, until}, 0, kept, made);
    EXPECT_EQ(texts_of(made), texts_of(later));
  }
  return texts_of(turns);
}
TEST(Play, opens_where_its_rule_is_true_and_closes_where_it_is_false) {
  EXPECT_EQ(walked("", "nyyny"), "o1 c3 o4");
  EXPECT_EQ(walked("", "?y??n"), "o1 c4");  // a rule that is missing neither opens nor closes
}

TEST(Play, does_not_open_unless_allowed) {
  EXPECT_EQ(walked("", "yyy", "yn?"), "o1");
  EXPECT_EQ(walked("", "yyyy", "?yyy"), "o0");  // what holds now does not close it
}

TEST(Play, closes_by_its_own_rule_and_not_at_the_tick_at_which_it_closed_opens_again) {
  EXPECT_EQ(walked(R"(, "closes": "as_of is missing")", "ynyyy", "", "nnynn"), "o0 c2 o3");
}

TEST(Play, rests_until_its_cooldown_is_over) { EXPECT_EQ(walked(R"(, "cooldown": "4d")", "ynyyyy"), "o0 c1 o4"); }

TEST(Play, is_untouched_by_ticks_without_a_panel_row) {
  EXPECT_EQ(walked("", "ynyyn", "", "", {}, {0, 0, 1, 0, 0}), "o2");
}

TEST(Play, shows_at_an_as_of_what_would_happen_and_goes_on_from_the_last_tick) {
  EXPECT_EQ(walked("", "nyyn", "", "", {1, 0, 1, 0}), "O1 o2 C3");
}

}  // namespace
}  // namespace customerhealth::lifecycle
