#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "engine/results.hpp"
#include "engine/worlds.hpp"

// What a panel is asked about: paths, changes between models, and parts of it.
namespace customerhealth::panel {
namespace {

using namespace worlds;
using Lines = std::vector<std::string>;

/// One metric v, the last n, and a score s of it; grades red and green.
std::shared_ptr<const model::Model> model_of(const std::string& measure, const std::string& green = "50",
                                             const std::string& metric = R"("agg": "last", "of": "n")",
                                             const std::string& more = "") {
  return shared(R"({"format": 1, "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"v": {"from": "usage", )" +
                metric + R"(}}, "scores": {"s": {"measures": {"v": {"value": "v", )" + measure + R"(}},
    "grades": [{"name": "red"}, {"name": "green", "from": )" +
                green + "}]" + more + "}}}");
}

engine::Portfolio with(const std::shared_ptr<const model::Model>& model, const Words& ids, const Numbers& n,
                       const Ints& at) {
  return portfolio(model, inputs(input("usage", {"id", "at", "n"}, texts(ids), days(at), numbers(n))));
}

engine::Portfolio with(const std::shared_ptr<const model::Model>& model, const Numbers& n) {
  Words ids;
  for (std::size_t i = 0; i < n.size(); ++i) ids.emplace_back(std::string(1, static_cast<char>('a' + i)));
  return with(model, ids, n, Ints(n.size(), 1));
}

Lines paths(const Panel& panel, std::optional<Instant> as_of = {}, PanelRows of = {}, const char* grade = "green") {
  Watch watch;
  return results::lines(*panel.path_to(grade, "s", as_of, Threads::resolve(2), watch, of));
}

TEST(PathTo, counts_the_peers_that_are_as_low_where_a_value_must_fall) {
  const auto model = model_of(R"("bands": [{"up_to": 2, "points": 100}, {"points": 0}])");
  EXPECT_EQ(paths(score(with(model, {5, 2, 2}), {day(2)})), Lines{"a v 5 2 100 reaches 0.666667 - -"});
  EXPECT_EQ(paths(score(with(model, {5, 2, 1, 3, {}}), {day(2)})),
            (Lines{"a v 5 2 100 reaches 0.5 - -", "d v 3 2 100 reaches 0.5 - -", "e v - 2 - reaches 0.5 - -"}));
}

TEST(PathTo, counts_the_peers_that_are_as_high_where_a_value_must_rise) {
  const auto model = model_of(R"("bands": [{"below": 4, "points": 0}, {"points": 100}])");
  EXPECT_EQ(paths(score(with(model, {1, 4, 5, 3}), {day(2)})),
            (Lines{"a v 1 4 100 reaches 0.5 - -", "d v 3 4 100 reaches 0.5 - -"}));
}

TEST(PathTo, asks_for_no_share_above_the_whole) {
  const auto model = model_of(R"("curve": [[0, 0], [2, 100]])", "80", R"("agg": "top_share", "of": "n")");
  EXPECT_EQ(paths(score(with(model, {"a", "a"}, {1, 2}, {1, 1}), {day(2)})),
            Lines{"a v 0.5 - - alone_not_enough - - -"});
  const auto enough = model_of(R"("curve": [[0, 0], [2, 100]])", "50", R"("agg": "top_share", "of": "n")");
  EXPECT_EQ(paths(score(with(enough, {"a", "a"}, {1, 2}, {1, 1}), {day(2)})), Lines{"a v 0.5 1 25 reaches 0 - -"});
}

TEST(PathTo, is_asked_as_of_the_last_date_of_one_account_or_of_any) {
  const auto model = model_of(R"("identity": true)");
  const Panel panel = score(with(model, {"a", "b", "a", "b"}, {10, 20, 30, 60}, {1, 1, 5, 5}), {day(2), day(6)});
  EXPECT_EQ(paths(panel), Lines{"a v 30 50 20 reaches 0.5 - -"});
  EXPECT_EQ(paths(panel, day(2)), (Lines{"a v 10 50 40 reaches 0 - -", "b v 20 50 30 reaches 0 - -"}));
  EXPECT_EQ(paths(panel, day(2), {2, 2}), Lines{"b v 20 50 30 reaches 0 - -"});
  EXPECT_EQ(paths(panel, day(2), {0, 1}), Lines{"a v 10 50 40 reaches 0 - -"});
  EXPECT_EQ(paths(panel, day(2), {}, "red"), Lines{});
  EXPECT_THROW((void)paths(panel, day(3)), DataError);
  EXPECT_THROW((void)paths(panel, day(2), {}, "blue"), std::out_of_range);
}

TEST(PathTo, names_labels_and_puts_first_what_most_have) {
  const auto model = shared(R"({"format": 1, "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"n": {"from": "usage", "agg": "last", "of": "n"}, "word": {"from": "usage", "agg": "last", "of": "word"}},
    "scores": {"s": {"measures": {"n": {"value": "n", "identity": true},
                                  "word": {"value": "word", "labels": {"good": 90, "fine": 80, "bad": 0}}},
                     "caps": [{"name": "low", "when": "n > 90", "at_most": 30}],
                     "grades": [{"name": "red"}, {"name": "green", "from": 50}]}}})");
  const engine::Portfolio four =
      portfolio(model, inputs(input("usage", {"id", "at", "n", "word"}, texts({"a", "b", "c", "d"}), days({1, 1, 1, 1}),
                                    numbers({20, 30, 95, 30}), texts({"bad", "bad", "good", "good"}))));
  EXPECT_EQ(paths(score(four, {day(2)})), (Lines{"a word - - 40 reaches 0.5 bad fine", "a n 20 100 40 reaches 0 - -",
                                                 "b word - - 40 reaches 0.5 bad fine", "b n 30 100 35 reaches 0 - -",
                                                 "c cap:low 30 - 62.5 held_by_cap - - -"}));
}

TEST(WhyChanged, between_models_puts_the_accounts_of_both_together) {
  const auto one = model_of(R"("identity": true)"), two = model_of(R"("curve": [[0, 10], [100, 60]])");
  const Panel before = score(with(one, {"a", "b", "d"}, {40, 20, 10}, {1, 1, 1}), {day(2)});
  const Panel after = score(with(two, {"b", "c", "d", "e"}, {20, 70, {}, 30}, {1, 1, 1, 1}), {day(2)});
  Watch watch;
  const std::vector<std::string> differences{"scores.s.measures.v.curve"};
  const auto table = before.why_changed("s", day(2), after, differences, false, Threads::resolve(1), watch);
  const auto numbers_of = [&](const char* name) {
    std::vector<std::string> out;
    for (const arrow::ResultColumn& column : table->batches[0].columns) {
      for (std::int64_t row = 0; column.name == name && row < table->batches[0].rows; ++row)
        out.push_back(results::cell(column, row));
    }
    return out;
  };
  EXPECT_EQ(numbers_of("account_id"), (Lines{"a", "c", "d", "e"}));  // that of b is the same
  EXPECT_EQ(numbers_of("from"), (Lines{"40", "-", "10", "-"}));
  EXPECT_EQ(numbers_of("to"), (Lines{"-", "45", "-", "25"}));
  const auto integers_of = [&](const Ints& ids) {
    return score(portfolio(one, inputs(input("usage", {"id", "at", "n"}, integers(ids), days(Ints(ids.size(), 1)),
                                             integers(Ints(ids.size(), 5))))),
                 {day(2)});
  };
  EXPECT_THROW((void)before.why_changed("s", day(2), integers_of({1}), {}, false, Threads::resolve(1), watch),
               DataError);
  const auto lone = integers_of({10, 9}).why_changed("s", day(2), integers_of({9, 10, 100, -1}), {}, false,
                                                     Threads::resolve(1), watch);
  EXPECT_EQ(results::lines(*lone),
            (Lines{"-1 - appeared not in the panel - 5 -", "100 - appeared not in the panel - 5 -"}));
}

TEST(Reasons, contributions_and_changes_of_some_rows_are_those_of_the_whole) {
  const auto model = model_of(R"("identity": true)");
  const Panel panel =
      score(with(model, {"a", "a", "b", "b", "c", "c"}, {{}, 5, {}, 6, {}, 7}, {1, 5, 1, 5, 1, 5}), {day(2), day(6)});
  Watch watch;
  EXPECT_EQ(results::lines(*panel.reasons()).size(), 6U);
  EXPECT_EQ(results::lines(*panel.reasons({2, 1})), (Lines{"b 1970-01-03 v silent", "b 1970-01-03 s coverage"}));
  EXPECT_EQ(results::lines(*panel.reasons({5, 9})), Lines{});
  const auto parts = panel.contributions("s", false, Threads::resolve(1), watch, {3, 2});
  EXPECT_EQ(results::lines(*parts)[0], "b 1970-01-07 v 6 6 1 6 -");
  EXPECT_EQ(results::lines(*parts)[1], "c 1970-01-03 v - - 0 - silent");
  EXPECT_EQ(results::lines(*parts).size(), 2U);
  EXPECT_EQ(parts->batches[0].columns[3].null_count, 1);
  EXPECT_EQ(parts->batches[0].columns[7].null_count, 1);
  EXPECT_EQ(results::lines(*panel.why_changed("s", day(2), day(6), false, Threads::resolve(1), watch, {2, 2})).size(),
            1U);
}

TEST(PanelPart, has_the_columns_that_were_asked_for_and_no_other) {
  const auto model = model_of(R"("identity": true)", "50", R"("agg": "last", "of": "n")",
                              R"(, "trend": {"over": "7d"}}, "t": {"measures": {"s": {"score": "s"}})");
  const engine::Portfolio some = with(model, {"a", "a"}, {40, 60}, {1, 5});
  Watch watch;
  const auto part = [&](const Lines& columns) {
    return some.score(std::vector{day(9)}, nullptr, engine::PanelPart{*model, columns, {}}, Threads::resolve(1), watch)
        .table();
  };
  EXPECT_EQ(results::names(*part({"t"})), (Lines{"account_id", "as_of", "t"}));
  EXPECT_EQ(results::lines(*part({"t"})), Lines{"a 1970-01-10 60"});
  EXPECT_EQ(results::lines(*part({"s_change", "s_grade"})), Lines{"a 1970-01-10 green 20"});
  EXPECT_EQ(results::lines(*part({"v"})), Lines{"a 1970-01-10 60"});
  EXPECT_EQ(results::lines(*part({})), Lines{"a 1970-01-10"});
  EXPECT_THROW((void)part({"x"}), std::out_of_range);
}

TEST(Contributions, keep_whole_attributes_apart_from_those_that_are_missing) {
  const auto model = shared(R"({"format": 1,
    "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}, "accounts": {"kind": "accounts", "account": "id"}},
    "metrics": {"rows": {"from": "usage", "agg": "count"}},
    "scores": {"s": {"measures": {"seats": {"value": "accounts.seats", "identity": true, "missing": 40}}}}})");
  const engine::Portfolio two =
      portfolio(model, inputs(input("usage", {"id", "at"}, texts({"a", "b", "c"}), days({1, 1, 1})),
                              input("accounts", {"id", "seats"}, texts({"a", "b", "c"}), integers({5, {}, 7}))));
  Watch watch;
  EXPECT_EQ(
      results::lines(*score(two, {day(2)}).contributions("s", false, Threads::resolve(1), watch)),
      (Lines{"a 1970-01-03 seats 5 5 1 5 -", "b 1970-01-03 seats - 40 1 40 silent", "c 1970-01-03 seats 7 7 1 7 -"}));
}

TEST(Plays, that_close_between_two_ticks_leave_earlier_openings_as_they_were) {
  const auto model = shared(R"({"format": 1, "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
    "metrics": {"n": {"from": "usage", "agg": "last", "of": "n"}}, "plays": {"p": {"when": "n > 5"}}})");
  const Panel panel = score(with(model, {"a", "a", "a", "a"}, {9, 1, 8, 2}, {3, 10, 17, 19}), {day(18), day(20)});
  Lines found;
  for (const std::string& line : results::lines(*panel.plays(true)))
    found.push_back(line.substr(33, line.find(" - -") - 33));
  EXPECT_EQ(found, (Lines{"1970-01-19 a p 1970-01-05 - 1970-01-12", "1970-01-21 a p 1970-01-05 - 1970-01-12",
                          "1970-01-19 a p 1970-01-19", "1970-01-21 a p 1970-01-19 - 1970-01-21"}));
}

}  // namespace
}  // namespace customerhealth::panel
