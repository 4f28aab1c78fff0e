#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/engine/saved_walk.hpp"
#include "engine/results.hpp"
#include "engine/worlds.hpp"

namespace customerhealth::engine {
namespace {

using namespace worlds;

constexpr const char* kLives = R"json({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
  "metrics": {"level": {"from": "usage", "agg": "last", "of": "n"}, "word": {"formula": "if(level > 50, 'above', 'b')"}},
  "scores": {"s": {"measures": {"level": {"value": "level", "identity": true}},
                   "grades": [{"name": "low"}, {"name": "high", "from": 40}], "hysteresis": {"points": 5}}},
  "journeys": {"j": {"stages": [{"name": "trial", "enter": "level < 40"}, {"name": "active", "enter": "level >= 40"}]}},
  "plays": {"rescue": {"when": "level < 50", "priority": "100 - level", "message": "{word}",
                       "evidence": ["level", "j_since"]}}})json";

/// Accounts whose level goes up and down; some come late.
ledger::TableInput usage(const Words& names, int rows) {
  Words ids;
  Ints at, n;
  for (int row = 0; row < rows; ++row) {
    for (std::size_t a = 0; a < names.size(); ++a) {
      if (row < 3 * static_cast<int>(a)) continue;
      ids.push_back(names[a]);
      at.emplace_back((5 * row + static_cast<int>(a)) * kDay);
      n.emplace_back((37 * row + 11 * static_cast<int>(a)) % 100);
    }
  }
  return input("usage", {"id", "at", "n"}, texts(ids), micros(at), integers(n));
}

std::string everything(const Portfolio& portfolio, const std::vector<Instant>& as_ofs) {
  const panel::Panel panel = score(portfolio, as_ofs);
  Watch watch;
  return results::bytes(*panel.table()) + results::bytes(*panel.plays(true));
}

struct Lives {
  std::shared_ptr<const model::Model> model = shared(kLives);
  std::vector<ledger::TableInput> one;
  Lives() { one.push_back(usage({"d", "a", "c", "b"}, 20)); }
  [[nodiscard]] SavedWalk walked(Instant until) const {
    const Portfolio first = portfolio(model, one);
    (void)score(first, {until});
    return first.walk();
  }
};

TEST(SavedWalk, goes_on_where_the_other_portfolio_ended) {
  const Lives lives;
  const SavedWalk walk = lives.walked(day(60));
  ASSERT_EQ(walk.nodes.size(), 3U);
  EXPECT_GT(walk.type.size(), 12U);
  Portfolio second = portfolio(lives.model, lives.one);
  second.take_walk(walk);
  ASSERT_EQ(second.reached().size(), 3U);
  for (const auto& node : second.reached()) EXPECT_EQ(node, (Portfolio::Reached{day(60), true}));
  const Portfolio anew = portfolio(lives.model, lives.one);
  for (const auto& as_ofs : {std::vector{day(99)}, std::vector{day(33), day(70)}}) {
    EXPECT_EQ(everything(second, as_ofs), everything(anew, as_ofs));
  }
}

TEST(SavedWalk, comes_back_as_it_was) {
  const Lives lives;
  const SavedWalk walk = lives.walked(day(99));
  Portfolio second = portfolio(lives.model, lives.one);
  second.take_walk(walk);
  const SavedWalk again = second.walk();
  EXPECT_EQ(again.account, walk.account);
  EXPECT_EQ(again.at, walk.at);
  EXPECT_EQ(again.from, walk.from);
  EXPECT_EQ(again.to, walk.to);
  EXPECT_EQ(again.type, walk.type);
  EXPECT_EQ(again.bits, walk.bits);
  EXPECT_EQ(again.text, walk.text);
}

TEST(SavedWalk, of_another_portfolio_serves_the_accounts_that_both_have) {
  const Lives lives;
  const Portfolio more = portfolio(lives.model, lives.one);
  (void)score(more, {day(99)});
  std::vector<ledger::TableInput> fewer;
  fewer.push_back(usage({"b", "c0", "d"}, 20));  // another walk of b and d: what is taken is what was seen
  Portfolio one = portfolio(lives.model, fewer);
  one.take_walk_of(more);
  ASSERT_EQ(one.reached().size(), 3U);
  for (const auto& node : one.reached()) EXPECT_EQ(node, (Portfolio::Reached{day(99), false}));  // c0 was not walked
}

TEST(SavedWalk, of_another_model_is_not_taken) {
  const Lives lives;
  const Portfolio more = portfolio(lives.model, lives.one);
  (void)score(more, {day(99)});
  std::string json = kLives;
  json.replace(json.find("level < 50"), 10, "level < 51");
  Portfolio one = portfolio(shared(json), lives.one);
  one.take_walk_of(more);
  for (const auto& node : one.reached()) EXPECT_EQ(node, Portfolio::Reached{});
}

TEST(SavedWalk, drops_a_node_whose_text_is_nowhere) {
  const Lives lives;
  SavedWalk walk = lives.walked(day(99));
  *std::ranges::find(walk.text, "b") = "who knows";
  Portfolio one = portfolio(lives.model, lives.one);
  one.take_walk(walk);
  EXPECT_EQ(one.reached()[0], (Portfolio::Reached{day(99), true}));
  EXPECT_EQ(one.reached()[2], Portfolio::Reached{});
}

TEST(SavedWalk, that_cannot_be_one_is_refused) {
  const Lives lives;
  const SavedWalk whole = lives.walked(day(99));
  const auto last = [](auto& values) -> auto& { return values.back(); };
  const std::vector<std::function<void(SavedWalk&)>> changes{
      [](SavedWalk& walk) { walk.accounts = 5; },
      [](SavedWalk& walk) { walk.at.pop_back(); },
      [](SavedWalk& walk) { walk.text.pop_back(); },
      [](SavedWalk& walk) { walk.nodes.pop_back(); },
      [](SavedWalk& walk) { walk.nodes[1] = walk.nodes[0]; },
      [](SavedWalk& walk) { walk.nodes[0].kind = "mood"; },
      [](SavedWalk& walk) { walk.nodes[0].name = "t"; },
      [](SavedWalk& walk) { walk.nodes[0].until = kMissingInstant; },
      [](SavedWalk& walk) { walk.nodes[0].until = day(1); },
      [](SavedWalk& walk) { walk.nodes[0].entries = -1; },
      [](SavedWalk& walk) { walk.nodes[0].values = 1; },
      [](SavedWalk& walk) { walk.nodes[2].values -= 1; },
      [](SavedWalk& walk) { walk.account[0] = 3; },
      [](SavedWalk& walk) { walk.account[0] = -1; },
      [&](SavedWalk& walk) { last(walk.account) = 4; },
      [](SavedWalk& walk) { walk.at[1] = kMissingInstant; },
      [](SavedWalk& walk) { std::swap(walk.at[0], walk.at[1]); },
      [](SavedWalk& walk) { walk.to[0] = 2; },
      [](SavedWalk& walk) { walk.to[0] = -1; },
      [](SavedWalk& walk) { walk.from[static_cast<std::size_t>(walk.nodes[0].entries)] = 7; },
      [&](SavedWalk& walk) { last(walk.to) = 1 - last(walk.to); },
      [](SavedWalk& walk) { walk.type[0] = 0; },  // a priority
      [&](SavedWalk& walk) { last(walk.type) = 7; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    SavedWalk walk = whole;
    changes[i](walk);
    Portfolio one = portfolio(lives.model, lives.one);
    EXPECT_THROW(one.take_walk(walk), DataError) << i;
    EXPECT_EQ(one.reached()[0], Portfolio::Reached{}) << i;
  }
}

}  // namespace
}  // namespace customerhealth::engine
