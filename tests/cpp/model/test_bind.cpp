#include <gtest/gtest.h>

#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

using Known = std::vector<std::pair<std::string, Type>>;

Lines bind_problems(const Parts& parts, const Known& known) {
  const Model parsed = model(parts);
  TextOverlay texts;
  Lines out;
  try {
    (void)model::bind(parsed, types_with(parsed, known), texts);
  } catch (const ModelError& error) {
    for (const Problem& problem : error.problems()) out.push_back(problem.path + ": " + problem.message);
  }
  return out;
}

Type type_of_metric(const std::string& keys, const Known& known) {
  const Model parsed = model_of_metrics(R"({"m": {)" + keys + "}}");
  TextOverlay texts;
  return model::bind(parsed, types_with(parsed, known), texts).slot_types.at(slot_of(parsed, "m").place());
}

TEST(ModelBind, gives_metrics_their_types) {
  const std::string base = R"("from": "usage", "agg": )";
  EXPECT_EQ(type_of_metric(base + R"("count")", {}), Type::number);
  EXPECT_EQ(type_of_metric(base + R"("last_time")", {}), Type::instant);
  for (const Type type : {Type::any, Type::number, Type::boolean, Type::text, Type::instant}) {
    EXPECT_EQ(type_of_metric(base + R"("last", "of": "x")", {{"usage.x", type}}), type);
    EXPECT_EQ(type_of_metric(base + R"("count_distinct", "of": "x")", {{"usage.x", type}}), Type::number);
    EXPECT_EQ(type_of_metric(R"("formula": "accounts.x")", {{"accounts.x", type}}), type);
    if (type != Type::text) {
      EXPECT_EQ(type_of_metric(base + R"("min", "of": "x")", {{"usage.x", type}}), type);
    }
  }
  EXPECT_EQ(type_of_metric(base + R"("mean", "of": "x")", {{"usage.x", Type::boolean}}), Type::number);
}

TEST(ModelBind, names_the_column_whose_type_does_not_fit) {
  EXPECT_EQ(bind_problems({.metrics = R"({"m": {"from": "usage", "agg": "sum", "of": "amount"}})"},
                          {{"usage.amount", Type::text}}),
            Lines{"metrics.m.of: 'sum' takes numbers and booleans; the column usage.amount is a text\n  amount\n  ^"});
  EXPECT_EQ(bind_problems({.metrics = R"j({"m": {"from": "usage", "agg": "max", "of": "coalesce(x, y)"}})j"},
                          {{"usage.x", Type::text}}),
            Lines{"metrics.m.of: 'max' takes numbers, instants and booleans; this is a text\n  coalesce(x, y)\n  ^"});
}

TEST(ModelBind, says_where_the_types_of_a_formula_come_from) {
  const Lines problems = bind_problems(
      {.metrics =
           R"({"a": {"from": "usage", "agg": "count", "where": "amount > 3"}, "b": {"from": "mood", "agg": "last", "of": "x"},
                      "c": {"formula": "b + accounts.seats"}})",
       .more = R"(, "include": "accounts.seats")"},
      {{"usage.amount", Type::text}, {"mood.x", Type::text}, {"accounts.seats", Type::number}});
  ASSERT_EQ(problems.size(), 3U);  // all of them
  EXPECT_EQ(problems[0].find("metrics.a.where: "), 0U);
  EXPECT_TRUE(problems[0].ends_with("\n(usage.amount is a text)")) << problems[0];
  EXPECT_TRUE(problems[1].ends_with("\n(b is a text, accounts.seats is a number)")) << problems[1];
  EXPECT_EQ(problems[2].find("include: "), 0U);
  EXPECT_TRUE(problems[2].ends_with("\n  accounts.seats\n  ^\n(accounts.seats is a number)")) << problems[2];
}

TEST(ModelBind, keeps_a_formula_problems_position) {
  const Model parsed = model_of_metrics(R"({"a": {"from": "usage", "agg": "count", "where": "n > 1 and t > 3"}})");
  TextOverlay texts;
  try {
    (void)model::bind(parsed, types_with(parsed, {{"usage.n", Type::number}, {"usage.t", Type::text}}), texts);
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_TRUE(error.problems().at(0).position.has_value());
    EXPECT_GE(*error.problems()[0].position, 10);
  }
}

TEST(ModelBind, takes_only_numbers_in_buckets_of_extremes) {
  const Parts parts{
      .metrics = R"({"m": {"from": "usage", "agg": "max", "of": "x", "window": "2d", "every": "1d", "then": "mean"}})"};
  EXPECT_EQ(bind_problems(parts, {{"usage.x", Type::number}}), Lines{});
  for (const Type type : {Type::boolean, Type::instant}) {
    EXPECT_EQ(bind_problems(parts, {{"usage.x", type}}).size(), 1U);
  }
}

TEST(ModelBind, wants_dates_for_since_and_truths_for_rules) {
  const Parts parts{
      .metrics = R"({"m": {"from": "usage", "agg": "count", "since": "accounts.x"}})",
      .scores = R"({"s": {"measures": {"m": {"value": "m", "cases": [{"when": "accounts.y", "points": 1}]}},
                                  "caps": [{"name": "c", "when": "accounts.y", "at_most": "accounts.z"}], "include": "accounts.y"}})"};
  EXPECT_EQ(bind_problems(parts,
                          {{"accounts.x", Type::instant}, {"accounts.y", Type::boolean}, {"accounts.z", Type::number}}),
            Lines{});
  EXPECT_EQ(bind_problems(parts, {{"accounts.x", Type::number}, {"accounts.y", Type::text}, {"accounts.z", Type::text}})
                .size(),
            5U);
}

TEST(ModelBind, compares_listed_values_with_the_column) {
  const Parts by{.metrics = R"({"m": {"from": "usage", "agg": "count", "by": {"column": "f", "values": [1, 2]}}})"};
  EXPECT_EQ(bind_problems(by, {{"usage.f", Type::number}}), Lines{});
  EXPECT_EQ(bind_problems(by, {{"usage.f", Type::text}}),
            Lines{"metrics.m.by: the column usage.f is a text, which '1' is not"});
  const Parts map{.metrics =
                      R"({"m": {"from": "usage", "agg": "completeness", "of": "f", "wanted": {"1": 2, "2.5": 1}}})"};
  EXPECT_EQ(bind_problems(map, {{"usage.f", Type::number}}),
            Lines{});  // keys of a map are texts whatever they stand for
  EXPECT_EQ(bind_problems(map, {{"usage.f", Type::text}}), Lines{});
  EXPECT_EQ(bind_problems(map, {{"usage.f", Type::boolean}}),
            Lines{"metrics.m.wanted: 'of' is a boolean, which '1' is not"});
}

TEST(ModelBind, interns_labels_and_grades) {
  const Model parsed = model(
      {.metrics = R"({"t": {"from": "mood", "agg": "last", "of": "x"}, "b": {"formula": "t = 'red'"}})",
       .scores =
           R"({"s": {"measures": {"m": {"value": "t", "labels": {"red": 1, "green": 2}}, "o": {"value": "b", "labels": {"true": 1}}},
                     "grades": [{"name": "low"}, {"name": "high", "from": 50}]}})"});
  TextOverlay texts;
  const BoundModel bound = model::bind(parsed, types_with(parsed, {{"mood.x", Type::text}}), texts);
  const BoundScore& score = bound.scores.at(0);
  EXPECT_EQ(texts.text(score.measures[0].cases[0].labels.at(0)), "green");
  EXPECT_EQ(texts.text(score.measures[0].cases[0].labels.at(1)), "red");
  EXPECT_TRUE(score.measures[1].cases[0].labels.empty());
  EXPECT_EQ(texts.text(score.grades.at(1)), "high");
  EXPECT_EQ(score.measures[0].value->lone_name(), slot_of(parsed, "t"));
  EXPECT_EQ(bound.model, &parsed);
}

TEST(ModelBind, makes_a_formula_of_a_number) {
  const Model parsed = model({.scores = R"({"s": {"measures": {"m": {"value": "1", "identity": true}}, "caps": [
      {"name": "a", "at_most": 1e20}, {"name": "b", "at_most": -1e-7}, {"name": "c", "at_least": 0.1}]}})"});
  TextOverlay texts;
  const BoundModel bound = model::bind(parsed, {{}, {}, {}, {}, {}}, texts);
  const auto limit = [&](std::size_t i) {
    return std::get<std::span<const double>>(bound.scores[0].caps[i].limit.evaluate({}, 1).view())[0];
  };
  EXPECT_EQ(limit(0), 1e20);
  EXPECT_EQ(limit(1), -1e-7);
  EXPECT_EQ(limit(2), 0.1);
}

TEST(ModelBind, gives_the_slots_of_a_tables_columns) {
  const Model parsed = model_of_metrics(R"({"m": {"from": "usage", "agg": "sum", "of": "a", "where": "b > a"}})");
  TextOverlay texts;
  const BoundModel bound = model::bind(parsed, types_with(parsed, {}), texts);
  const auto& aggregate = std::get<BoundAggregate>(bound.metrics[0]);
  EXPECT_EQ(parsed.tables[0].columns[aggregate.of->lone_name()->place()], "a");
  ASSERT_EQ(aggregate.where->slots().size(), 2U);
  EXPECT_EQ(parsed.tables[0].columns[aggregate.where->slots()[0].place()], "b");
}

TEST(Literal, becomes_a_value_of_its_column) {
  const Literal five{std::int64_t{5}, "5"}, text{std::string{"5"}, "5"}, day{std::string{"2026-01-31"}, "2026-01-31"};
  EXPECT_TRUE(literal_for(five, Type::number, false).has_value());
  EXPECT_FALSE(literal_for(five, Type::text, false).has_value());
  EXPECT_FALSE(literal_for(text, Type::number, false).has_value());
  EXPECT_EQ(std::get<std::int64_t>(literal_for(text, Type::number, true)->value), 5);
  EXPECT_EQ(std::get<std::int64_t>(literal_for({std::string{"5.0"}, "5.0"}, Type::number, true)->value), 5);
  EXPECT_EQ(std::get<double>(literal_for({std::string{"0.5"}, "0.5"}, Type::number, true)->value), 0.5);
  EXPECT_FALSE(literal_for({std::string{"5x"}, "5x"}, Type::number, true).has_value());
  EXPECT_FALSE(literal_for({std::string{"nan"}, "nan"}, Type::number, true).has_value());
  EXPECT_EQ(std::get<bool>(literal_for({std::string{"true"}, "true"}, Type::boolean, true)->value), true);
  EXPECT_TRUE(literal_for(day, Type::instant, false).has_value());
  EXPECT_FALSE(literal_for(text, Type::instant, true).has_value());
  EXPECT_TRUE(literal_for(five, Type::any, false).has_value());
}

}  // namespace
}  // namespace customerhealth::model
