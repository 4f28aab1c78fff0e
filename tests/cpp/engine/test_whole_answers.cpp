#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/results.hpp"
#include "engine/worlds.hpp"

// Everything that a panel answers about three customers, and the same about a thousand of each: more than a block of
// accounts has room for.
namespace customerhealth::engine {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

constexpr const char* kBook = R"({"format": 1, "name": "book",
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"},
             "contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "known"},
             "accounts": {"kind": "accounts", "account": "id"}},
  "metrics": {"level": {"from": "usage", "agg": "last", "of": "n"},
              "recent": {"from": "usage", "agg": "count", "window": "14d"},
              "mrr": {"from": "contracts", "agg": "sum", "of": "mrr"},
              "signed": {"from": "contracts", "agg": "first_time", "rows": "started"},
              "begun": {"from": "usage", "agg": "count", "since": "signed", "window": "7d"},
              "segment": {"formula": "accounts.segment"}},
  "scores": {"s": {"measures": {"level": {"value": "level", "weight": 3, "identity": true},
                                "mrr": {"value": "mrr", "curve": [[0, 0], [100, 100]]}},
                   "caps": [{"name": "quiet", "when": "recent < 1", "at_most": 50}],
                   "grades": [{"name": "low"}, {"name": "mid", "from": 40}, {"name": "high", "from": 70}],
                   "hysteresis": {"points": 5}, "trend": {"over": "7d", "flat_within": 2}},
             "h": {"measures": {"s": {"score": "s"},
                                "rank": {"value": "level", "percentile": {}},
                                "begun": {"value": "begun", "bands": [{"below": 1, "points": 0}, {"points": 60}]}},
                   "grades": [{"name": "red"}, {"name": "green", "from": 55}]}},
  "journeys": {"j": {"stages": [{"name": "trial", "enter": "level < 40", "deadline": "7d"},
                                {"name": "active", "enter": "level >= 40", "least": "14d"},
                                {"name": "lost", "enter": "recent < 1"}]}},
  "cohorts": {"paying": {"when": "mrr > 50"}},
  "plays": {"rescue": {"when": "s_grade = 'low'", "cooldown": "21d", "due": "3d", "priority": "100 - level",
                       "owner": "team {segment}", "message": "{level:.1f} since {j_since}", "evidence": ["level", "mrr"]},
            "greet": {"when": "level >= 70", "closes": "level < 45"}}})";

const std::vector<Instant> kDates{day(11), day(15), day(19), day(25), day(33), day(45), day(46)};

/// Of a, b and c `suffixes` of each; ticks are on the days 4, 11, 18, 25, 32, 39 and 46.
Portfolio book(const Lines& suffixes, int threads) {
  Words usage, contracts, accounts, segments;
  Ints at, begins, ends, known;
  Numbers n, mrr;
  const auto add = [&](const std::string& id, std::int64_t time, double value) {
    usage.emplace_back(id);
    at.emplace_back(time);
    n.emplace_back(value);
  };
  const auto sign = [&](const std::string& id, std::int64_t start, std::optional<std::int64_t> end, double amount,
                        std::int64_t learned) {
    contracts.emplace_back(id);
    begins.emplace_back(start);
    ends.push_back(end);
    mrr.emplace_back(amount);
    known.emplace_back(learned);
  };
  for (const std::string& suffix : suffixes) {
    const std::string a = "a" + suffix, b = "b" + suffix, c = "c" + suffix;
    add(a, 1, 50), add(a, 10, 38), add(a, 17, 30), add(a, 24, 75), add(a, 31, 66), add(a, 40, 90);
    add(b, 9, 20), add(b, 33, 80), add(b, 44, 41);
    add(c, 30, 10), add(c, 44, 72);
    sign(a, 5, 30, 40, 5), sign(a, 12, {}, 60, 14), sign(b, 8, 40, 80, 8), sign(c, 28, {}, 100, 33);
    for (const std::string& id : {c, a, b}) accounts.emplace_back(id);
    for (const char* segment : {"small", "large", "small"}) segments.emplace_back(segment);
  }
  return portfolio(shared(kBook),
                   inputs(input("usage", {"id", "at", "n"}, texts(usage), days(at), numbers(n)),
                          input("contracts", {"id", "begins", "ends", "known", "mrr"}, texts(contracts), days(begins),
                                days(ends), days(known), numbers(mrr)),
                          input("accounts", {"id", "segment"}, texts(accounts), texts(segments))),
                   threads);
}

/// Some columns, in the order in which they are asked for.
Lines lines_of(const arrow::ResultTable& table, const Lines& columns) {
  Lines out;
  for (const arrow::ResultTable::Batch& batch : table.batches) {
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      std::string& line = out.emplace_back();
      for (const std::string& name : columns) {
        const auto found = std::ranges::find(batch.columns, name, &arrow::ResultColumn::name);
        line += (line.empty() ? "" : " ") + results::cell(*found, row);
      }
    }
  }
  return out;
}

struct Answers {
  Lines panel, reasons, plays, open, openings, moves, contributions, deep, changes, deep_changes, path, rows;
};

Answers answers_of(const Portfolio& portfolio, int threads) {
  const panel::Panel panel = score(portfolio, kDates, threads);
  const Threads width = Threads::resolve(threads);
  Watch watch;
  Answers all;
  all.panel = results::lines(*panel.table());
  all.reasons = results::lines(*panel.reasons());
  const Lines of_plays{"account_id", "play",  "as_of", "opened",  "due",     "closed",
                       "priority",   "owner", "role",  "channel", "message", "evidence"};
  all.plays = lines_of(*panel.plays(true), of_plays);
  all.open = lines_of(*panel.plays(false), {"account_id", "play", "as_of", "opened", "closed"});
  all.openings = results::lines(*panel.openings());
  all.moves = results::lines(*panel.moves("j", day(4), day(39)));
  all.contributions = results::lines(*panel.contributions("s", false, width, watch));
  all.deep = results::lines(*panel.contributions("h", true, width, watch));
  all.changes = results::lines(*panel.why_changed("s", day(15), day(33), false, width, watch));
  all.deep_changes = results::lines(*panel.why_changed("h", day(25), day(46), true, width, watch));
  all.path = results::lines(*panel.path_to("green", "h", day(33), width, watch));
  all.rows = results::lines(*portfolio.rows("contracts", day(14), width, watch));
  return all;
}

/// The lines of one account.
Lines of(const Lines& lines, char account) {
  Lines out;
  std::ranges::copy_if(lines, std::back_inserter(out), [&](const std::string& line) { return line[0] == account; });
  return out;
}

TEST(Answers, of_three_customers_are_these) {
  const Answers all = answers_of(book({""}, 1), 1);
  EXPECT_EQ(
      all.panel,
      (Lines{
          "a 1970-01-12 38 2 40 1970-01-06 1 large 38.5 mid 1 -11.5 down mid 57.833333 green 1 active 1970-01-05 7 - "
          "no no",
          "a 1970-01-16 38 2 100 1970-01-06 1 large 53.5 mid 1 6 up mid 62.833333 green 1 active 1970-01-05 11 - no "
          "yes",
          "a 1970-01-20 30 2 100 1970-01-06 1 large 47.5 mid 1 9 up mid 60.833333 green 1 trial 1970-01-19 1 active no "
          "yes",
          "a 1970-01-26 75 2 100 1970-01-06 1 large 81.25 high 1 33.75 up mid 72.083333 green 1 active 1970-01-26 0 "
          "trial no yes",
          "a 1970-02-03 66 2 60 1970-01-06 1 large 64.5 mid 1 -16.75 down high 69.277778 green 1 active 1970-01-26 8 "
          "trial no yes",
          "a 1970-02-15 90 2 60 1970-01-06 1 large 82.5 high 1 18 up mid 75.277778 green 1 active 1970-01-26 20 trial "
          "no yes",
          "a 1970-02-16 90 1 60 1970-01-06 1 large 82.5 high 1 18 up mid 75.277778 green 1 active 1970-01-26 21 trial "
          "no yes",
          "b 1970-01-12 20 1 80 1970-01-09 1 small 35 low 1 - - - 40 red 1 trial 1970-01-12 0 - no yes",
          "b 1970-01-16 20 1 80 1970-01-09 1 small 35 low 1 - - - 40 red 1 trial 1970-01-12 4 - no yes",
          "b 1970-01-20 20 1 80 1970-01-09 1 small 35 low 1 0 flat low 40 red 1 trial 1970-01-12 8 - yes yes",
          "b 1970-01-26 20 0 80 1970-01-09 1 small 35 low 1 0 flat low 40 red 1 lost 1970-01-26 0 trial no yes",
          "b 1970-02-03 20 0 80 1970-01-09 1 small 35 low 1 0 flat low 48.333333 red 1 lost 1970-01-26 8 trial no yes",
          "b 1970-02-15 41 2 0 1970-01-09 1 small 30.75 low 1 -49.25 down high 35.805556 red 1 active 1970-02-09 6 "
          "lost no no",
          "b 1970-02-16 41 2 0 1970-01-09 1 small 30.75 low 1 -49.25 down high 35.805556 red 1 active 1970-02-09 7 "
          "lost no no",
          "c 1970-02-03 10 1 - - - small 10 low 0.75 - - - 13.333333 red 0.666667 trial 1970-02-02 1 - no no",
          "c 1970-02-15 72 1 100 1970-01-29 1 small 79 high 1 46.5 up low 63 green 1 active 1970-02-15 0 trial no yes",
          "c 1970-02-16 72 1 100 1970-01-29 1 small 79 high 1 46.5 up low 63 green 1 active 1970-02-16 0 trial no "
          "yes"}));
  EXPECT_EQ(all.reasons, (Lines{"c 1970-02-03 mrr never", "c 1970-02-03 signed never", "c 1970-02-03 begun never"}));
  EXPECT_EQ(
      all.plays,
      (Lines{
          "a greet 1970-01-26 1970-01-26 - - - - - - - {}",
          "a greet 1970-02-03 1970-01-26 - - - - - - - {}",
          "a greet 1970-02-15 1970-01-26 - - - - - - - {}",
          "a greet 1970-02-16 1970-01-26 - - - - - - - {}",
          "b greet 1970-02-15 1970-02-09 - 1970-02-15 - - - - - {}",
          "b greet 1970-02-16 1970-02-09 - 1970-02-16 - - - - - {}",
          R"(b rescue 1970-01-12 1970-01-12 1970-01-15 - 80 team small - - 20.0 since 1970-01-12 {"level": 20, "mrr": 80})",
          R"(b rescue 1970-01-16 1970-01-12 1970-01-15 - 80 team small - - 20.0 since 1970-01-12 {"level": 20, "mrr": 80})",
          R"(b rescue 1970-01-20 1970-01-12 1970-01-15 - 80 team small - - 20.0 since 1970-01-12 {"level": 20, "mrr": 80})",
          R"(b rescue 1970-01-26 1970-01-12 1970-01-15 - 80 team small - - 20.0 since 1970-01-12 {"level": 20, "mrr": 80})",
          R"(b rescue 1970-02-03 1970-01-12 1970-01-15 - 80 team small - - 20.0 since 1970-01-12 {"level": 20, "mrr": 80})",
          R"(b rescue 1970-02-15 1970-01-12 1970-01-15 1970-02-09 80 team small - - 20.0 since 1970-01-12 {"level": 20, "mrr": 80})",
          R"(b rescue 1970-02-16 1970-01-12 1970-01-15 1970-02-09 80 team small - - 20.0 since 1970-01-12 {"level": 20, "mrr": 80})",
          R"(b rescue 1970-02-15 1970-02-15 1970-02-18 - 59 team small - - 41.0 since 1970-02-09 {"level": 41, "mrr": 0})",
          R"(b rescue 1970-02-16 1970-02-16 1970-02-19 - 59 team small - - 41.0 since 1970-02-09 {"level": 41, "mrr": 0})",
          "c greet 1970-02-15 1970-02-15 - - - - - - - {}",
          "c greet 1970-02-16 1970-02-16 - - - - - - - {}",
          R"(c rescue 1970-02-03 1970-02-02 1970-02-05 - 90 team small - - 10.0 since 1970-02-02 {"level": 10, "mrr": null})",
          R"(c rescue 1970-02-15 1970-02-02 1970-02-05 1970-02-15 90 team small - - 10.0 since 1970-02-02 {"level": 10, "mrr": null})",
          R"(c rescue 1970-02-16 1970-02-02 1970-02-05 1970-02-16 90 team small - - 10.0 since 1970-02-02 {"level": 10, "mrr": null})"}));
  EXPECT_EQ(
      all.open,
      (Lines{"a greet 1970-01-26 1970-01-26 -", "a greet 1970-02-03 1970-01-26 -", "a greet 1970-02-15 1970-01-26 -",
             "a greet 1970-02-16 1970-01-26 -", "b rescue 1970-01-12 1970-01-12 -", "b rescue 1970-01-16 1970-01-12 -",
             "b rescue 1970-01-20 1970-01-12 -", "b rescue 1970-01-26 1970-01-12 -", "b rescue 1970-02-03 1970-01-12 -",
             "b rescue 1970-02-15 1970-02-15 -", "b rescue 1970-02-16 1970-02-16 -", "c greet 1970-02-15 1970-02-15 -",
             "c greet 1970-02-16 1970-02-16 -", "c rescue 1970-02-03 1970-02-02 -"}));
  EXPECT_EQ(all.openings, (Lines{"b rescue 1970-01-12 1970-02-09 80 team small", "b rescue 1970-02-16 - 59 team small",
                                 "c rescue 1970-02-02 1970-02-16 90 team small", "a greet 1970-01-26 - - -",
                                 "b greet 1970-02-09 1970-02-16 - -", "c greet 1970-02-16 - - -"}));
  EXPECT_EQ(all.moves, (Lines{"a active trial 1970-01-19", "a trial active 1970-01-26", "b - trial 1970-01-12",
                              "b trial lost 1970-01-26", "b lost active 1970-02-09", "c - trial 1970-02-02"}));
}

TEST(Answers, of_why_scores_are_what_they_are_are_these) {
  const Answers all = answers_of(book({""}, 1), 1);
  EXPECT_EQ(all.contributions.size(), 68U);
  EXPECT_EQ(
      of(all.contributions, 'c'),
      (Lines{"c 1970-02-03 level 10 10 1 10 -", "c 1970-02-15 level 72 72 0.75 54 -",
             "c 1970-02-16 level 72 72 0.75 54 -", "c 1970-02-03 mrr - - 0 0 never",
             "c 1970-02-15 mrr 100 100 0.25 25 -", "c 1970-02-16 mrr 100 100 0.25 25 -",
             "c 1970-02-03 cap:quiet - - - 0 -", "c 1970-02-15 cap:quiet - - - 0 -", "c 1970-02-16 cap:quiet - - - 0 -",
             "c 1970-02-03 clamp - - - 0 -", "c 1970-02-15 clamp - - - 0 -", "c 1970-02-16 clamp - - - 0 -"}));
  EXPECT_EQ(all.deep.size(), 102U);
  EXPECT_EQ(of(all.deep, 'c'),
            (Lines{"c 1970-02-03 s.level 10 10 0.5 5 -", "c 1970-02-15 s.level 72 72 0.25 18 -",
                   "c 1970-02-16 s.level 72 72 0.25 18 -", "c 1970-02-03 s.mrr - - 0 0 never",
                   "c 1970-02-15 s.mrr 100 100 0.083333 8.333333 -", "c 1970-02-16 s.mrr 100 100 0.083333 8.333333 -",
                   "c 1970-02-03 s.cap:quiet - - - 0 -", "c 1970-02-15 s.cap:quiet - - - 0 -",
                   "c 1970-02-16 s.cap:quiet - - - 0 -", "c 1970-02-03 s.clamp - - - 0 -",
                   "c 1970-02-15 s.clamp - - - 0 -", "c 1970-02-16 s.clamp - - - 0 -",
                   "c 1970-02-03 rank 10 16.666667 0.5 8.333333 -", "c 1970-02-15 rank 72 50 0.333333 16.666667 -",
                   "c 1970-02-16 rank 72 50 0.333333 16.666667 -", "c 1970-02-03 begun - - 0 0 never",
                   "c 1970-02-15 begun 1 60 0.333333 20 -", "c 1970-02-16 begun 1 60 0.333333 20 -"}));
  EXPECT_EQ(all.changes,
            (Lines{"a level value - 38 66 21", "a mrr value - 100 60 -10", "c - appeared not in the panel - 10 -"}));
  EXPECT_EQ(all.deep_changes,
            (Lines{"a s.level value - 75 90 3.75", "a s.mrr value - 100 60 -3.333333", "a rank value - 75 90 6.944444",
                   "a rank peers - 75 90 -4.166667", "b s.level value - 20 41 5.25", "b s.mrr value - 80 0 -6.666667",
                   "b rank value - 20 41 6.944444", "b rank peers - 20 41 -9.722222",
                   "c - appeared not in the panel - 63 -"}));
  EXPECT_EQ(all.path, (Lines{"b rank 20 66 11.111111 reaches 0.333333 - -", "b s.level 20 - - alone_not_enough - - -",
                             "b s.mrr 80 - - alone_not_enough - - -", "b begun 1 - - alone_not_enough - - -",
                             "c s.level 10 93.333333 41.666667 reaches 0 - -", "c rank 10 66 41.666667 reaches 0 - -",
                             "c s.mrr - - - alone_not_enough - - -", "c begun - - - alone_not_enough - - -"}));
  EXPECT_EQ(all.rows, (Lines{"a 1970-01-06 1970-01-31 1970-01-06 40", "b 1970-01-09 1970-02-10 1970-01-09 80"}));
}

/// For each run of lines of one account those of all its likes.
Lines expanded(const Lines& lines, const Lines& suffixes) {
  Lines out;
  for (std::size_t begin = 0; begin < lines.size();) {
    std::size_t end = begin;
    while (end < lines.size() && lines[end][0] == lines[begin][0]) ++end;
    for (const std::string& suffix : suffixes) {
      for (std::size_t i = begin; i < end; ++i) out.push_back(lines[i].substr(0, 1) + suffix + lines[i].substr(1));
    }
    begin = end;
  }
  return out;
}

TEST(Answers, of_thousands_of_their_likes_are_the_same) {
  Lines suffixes;
  for (int i = 0; i < 1100; ++i) suffixes.push_back(std::to_string(10'000 + i));
  const Answers few = answers_of(book({""}, 1), 1);
  for (const int threads : {1, 2}) {
    const Answers many = answers_of(book(suffixes, threads), threads);
    for (const auto lines : {&Answers::panel, &Answers::reasons, &Answers::plays, &Answers::open, &Answers::openings,
                             &Answers::moves, &Answers::contributions, &Answers::deep, &Answers::changes,
                             &Answers::deep_changes, &Answers::path, &Answers::rows}) {
      const Lines expected = expanded(few.*lines, suffixes), &found = many.*lines;
      ASSERT_EQ(found.size(), expected.size()) << expected[0];
      for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], expected[i]) << threads;
    }
  }
}

TEST(Plays, keep_their_id_from_the_day_they_would_open_to_the_tick_at_which_they_do) {
  const auto table = score(book({""}, 1), kDates).plays(true);
  std::map<std::string, std::vector<std::string>> seen;  // by id
  for (const std::string& line : lines_of(*table, {"id", "account_id", "play", "opened"})) {
    EXPECT_EQ(line.find(' '), 32U);
    const std::string rest = line.substr(33);
    if (seen[line.substr(0, 32)].empty() || seen[line.substr(0, 32)].back() != rest)
      seen[line.substr(0, 32)].push_back(rest);
  }
  std::vector<Lines> openings;
  for (const auto& [id, lines] : seen) openings.push_back(lines);
  std::ranges::sort(openings);
  EXPECT_EQ(openings, (std::vector<Lines>{{"a greet 1970-01-26"},
                                          {"b greet 1970-02-09"},
                                          {"b rescue 1970-01-12"},
                                          {"b rescue 1970-02-15", "b rescue 1970-02-16"},
                                          {"c greet 1970-02-15", "c greet 1970-02-16"},
                                          {"c rescue 1970-02-02"}}));
}

TEST(Moves, are_those_after_one_instant_and_up_to_another) {
  const panel::Panel panel = score(book({""}, 1), kDates);
  const auto moves = [&](std::int64_t after, std::int64_t until) {
    return results::lines(*panel.moves("j", day(after), day(until)));
  };
  EXPECT_EQ(moves(25, 39), (Lines{"b lost active 1970-02-09", "c - trial 1970-02-02"}));
  EXPECT_EQ(moves(24, 38), (Lines{"a trial active 1970-01-26", "b trial lost 1970-01-26", "c - trial 1970-02-02"}));
  EXPECT_EQ(moves(3, 4), Lines{"a - active 1970-01-05"});
  EXPECT_THROW((void)panel.moves("k", day(0), day(9)), std::out_of_range);
}

}  // namespace
}  // namespace customerhealth::engine
