#include <gtest/gtest.h>

#include "customerhealth/model/column_roles.hpp"
#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

/// "column: types", with a star where the cells decide; of the events table `u` and the accounts table `accounts`.
std::string words(const std::string& name, const ColumnRole& role) {
  std::string out = name + ":";
  for (const Type type : role.types) out += " " + std::string{to_string(type)};
  return out + (role.by_cells ? " *" : "");
}

std::string role(const Model& model, const std::string& table, const std::string& column) {
  const auto t = model.find_table(table)->place();
  const auto& columns = model.tables[t].columns;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c] == column) return words(column, column_roles(model)[t][c]);
  }
  return "none";
}

constexpr const char* kUsed = R"({"u": {"kind": "events", "account": "id", "time": "at", "key": "k", "deleted": "d"},
                                  "accounts": {"kind": "accounts", "account": "id"}})";

/// The role of u.x, which a metric `m` reads by these keys; `more` are further metrics, `scores` the scores.
std::string role_of_x(const std::string& keys, const std::string& more = "", const std::string& scores = "{}") {
  return role(
      model({.tables = kUsed, .metrics = R"({"m": {"from": "u", )" + keys + "}" + more + "}", .scores = scores}), "u",
      "x");
}

/// The role of the attribute accounts.x.
std::string role_of_attribute(const std::string& metrics, const std::string& scores = "{}",
                              const std::string& more = "") {
  return role(model({.tables = kUsed, .metrics = metrics, .scores = scores, .more = more}), "accounts", "x");
}

TEST(ColumnRoles, of_the_keys_of_a_table) {
  const Model parsed = model({});
  EXPECT_EQ(role(parsed, "contracts", "account_id"), "account_id: text");
  EXPECT_EQ(role(parsed, "contracts", "id"), "id: text");
  for (const char* time : {"start_date", "end_date"}) {
    EXPECT_EQ(role(parsed, "contracts", time), time + std::string{": instant"});
  }
  EXPECT_EQ(role(parsed, "usage", "ingested_at"), "ingested_at: instant");
  EXPECT_EQ(role(model({.tables = kUsed}), "u", "d"), "d: boolean");
}

TEST(ColumnRoles, follow_formulas_over_rows) {
  const auto where = [](const std::string& formula) {
    return role_of_x(R"("agg": "count", "where": ")" + formula + "\"");
  };
  EXPECT_EQ(where("x > 3"), "x: number");
  EXPECT_EQ(where("x = 'a'"), "x: text");
  EXPECT_EQ(where("x in (1, 2)"), "x: number");
  EXPECT_EQ(where("x in ('1', '2')"), "x: text");
  EXPECT_EQ(where("not x"), "x: boolean");
  EXPECT_EQ(where("x = true"), "x: boolean");
  EXPECT_EQ(where("x >= date '2026-01-01'"), "x: instant");
  EXPECT_EQ(where("x between 1 and 2"), "x: number");
  EXPECT_EQ(where("at - x < 3"), "x: instant");
  EXPECT_EQ(where("at - x > at"), "x: number");
  EXPECT_EQ(where("at + x > at"), "x: number");
  EXPECT_EQ(where("x * 2 = 4"), "x: number");
  EXPECT_EQ(where("-x = 4"), "x: number");
  EXPECT_EQ(where("lower(x) = 'a'"), "x: text");
  EXPECT_EQ(where("year(x) = 2026"), "x: instant");
  EXPECT_EQ(where("if(x, 1, 2) = 1"), "x: boolean");
  EXPECT_EQ(where("coalesce(x, 'none') = 'a'"), "x: text");
  EXPECT_EQ(where("coalesce(missing, if(d, x, y)) = 'a'"), "x: text");
  EXPECT_EQ(where("x = y and y > 3"), "x: number");
  EXPECT_EQ(where("x is missing"), "x: text");
  EXPECT_EQ(where("x = y"), "x: text");
  EXPECT_EQ(where("x < y"), "x: number instant *");
  EXPECT_EQ(where("least(x, y) < at"), "x: instant");
}

TEST(ColumnRoles, follow_aggregations) {
  for (const char* agg : {"count_distinct", "top_share", "entropy"}) {
    EXPECT_EQ(role_of_x(R"("agg": ")" + std::string{agg} + R"(", "of": "x")"), "x: text") << agg;
  }
  for (const char* agg : {"sum", "mean", "std", "median"}) {
    EXPECT_EQ(role_of_x(R"("agg": ")" + std::string{agg} + R"(", "of": "x")"), "x: number boolean") << agg;
  }
  for (const char* agg : {"first", "last"}) {
    EXPECT_EQ(role_of_x(R"("agg": ")" + std::string{agg} + R"(", "of": "x")"), "x: number instant text *") << agg;
  }
  EXPECT_EQ(role_of_x(R"("agg": "max", "of": "x")"), "x: number instant boolean *");
  EXPECT_EQ(role_of_x(R"("agg": "max", "of": "x", "every": "1d", "window": "7d", "then": "mean")"), "x: number");
  EXPECT_EQ(role_of_x(R"j("agg": "last", "of": "if(d, x, missing)")j"), "x: number instant text *");
  EXPECT_EQ(role_of_x(R"("agg": "last", "of": "x + 1")"), "x: number instant *");
  EXPECT_EQ(role_of_x(R"("agg": "completeness", "of": "x", "wanted": ["a", "b"])"), "x: text");
  EXPECT_EQ(role_of_x(R"("agg": "completeness", "of": "x", "wanted": [1, 2])"), "x: number");
  EXPECT_EQ(role_of_x(R"("agg": "completeness", "of": "x", "wanted": {"1": 2})"), "x: text");
}

TEST(ColumnRoles, follow_the_values_of_by) {
  const auto by = [](const std::string& values) {
    return role_of_x(R"("agg": "count", "by": {"column": "x", "values": )" + values + "}");
  };
  EXPECT_EQ(by(R"(["a", "b"])"), "x: text");
  EXPECT_EQ(by(R"(["1", "2026-01-01"])"), "x: text");
  EXPECT_EQ(by("[1, 2.5]"), "x: number");
  EXPECT_EQ(by("[true]"), "x: boolean");
}

TEST(ColumnRoles, follow_metrics_to_where_they_are_used) {
  const std::string last = R"("agg": "last", "of": "x")";
  const auto formula = [&](const std::string& text) {
    return role_of_x(last, R"(, "n": {"formula": ")" + text + "\"}");
  };
  EXPECT_EQ(formula("m * 2"), "x: number");
  EXPECT_EQ(formula("m + 1"), "x: number instant *");  // a day later
  EXPECT_EQ(formula("if(m = 'a', 1, 0)"), "x: text");
  EXPECT_EQ(formula("as_of - m"), "x: number instant *");
  EXPECT_EQ(formula("months_between(as_of, m)"), "x: instant");
  EXPECT_EQ(role_of_x(last, R"(, "n": {"formula": "m"}, "o": {"formula": "n"}, "p": {"formula": "o * 2"})"),
            "x: number");
  EXPECT_EQ(role_of_x(last, R"(, "n": {"from": "u", "agg": "count", "since": "m", "window": "7d"})"), "x: instant");
  const auto measure = [&](const std::string& shape) {
    return role_of_x(last, "", R"({"s": {"measures": {"a": {"value": "m", )" + shape + "}}}}");
  };
  EXPECT_EQ(measure(R"("curve": [[0, 0], [1, 100]])"), "x: number");
  EXPECT_EQ(measure(R"("labels": {"green": 90, "red": 10})"), "x: text");
  EXPECT_EQ(measure(R"("labels": {"true": 90, "false": 10})"), "x: boolean text *");
}

TEST(ColumnRoles, follow_parts_of_a_split_metric) {
  EXPECT_EQ(role_of_x(R"("agg": "last", "of": "x", "by": {"column": "kind", "values": ["a", "b"]})",
                      R"j(, "n": {"formula": "sum(m.*)"})j"),
            "x: number");
  EXPECT_EQ(role_of_x(R"("agg": "last", "of": "x", "by": {"column": "kind", "values": ["a", "b"]})",
                      R"j(, "n": {"formula": "if(m.b = 'x', 1, 0)"})j"),
            "x: text");
}

TEST(ColumnRoles, follow_attributes) {
  EXPECT_EQ(role_of_attribute(R"({"m": {"formula": "accounts.x"}})"), "x: number instant text *");
  EXPECT_EQ(role_of_attribute(R"({"m": {"formula": "accounts.x * 2"}})"), "x: number");
  EXPECT_EQ(role_of_attribute(R"j({"m": {"formula": "months_between(as_of, accounts.x)"}})j"), "x: instant");
  EXPECT_EQ(role_of_attribute("{}", "{}", R"(, "include": "accounts.x")"), "x: boolean");
  EXPECT_EQ(role_of_attribute(R"({"m": {"formula": "1"}})", R"({"s": {"measures": {"a": {"value": "m",
                              "percentile": {"within": "accounts.x"}}}}})"),
            "x: text");
  EXPECT_EQ(role_of_attribute(R"({"m": {"formula": "accounts.x"}})", R"({"s": {"measures": {"a": {"value": "m",
                              "identity": true}}}})"),
            "x: number");
  EXPECT_EQ(role_of_attribute("{}", R"({"s": {"measures": {"a": {"value": "accounts.y", "identity": true}},
                              "caps": [{"name": "c", "set": "accounts.x"}]}})"),
            "x: number");
  EXPECT_EQ(
      role_of_attribute("{}", "{}", R"(, "plays": {"p": {"when": "accounts.y > 1", "evidence": ["accounts.x"]}})"),
      "x: number instant text *");
  EXPECT_EQ(role_of_attribute("{}", "{}", R"(, "plays": {"p": {"when": "accounts.y > 1", "priority": "accounts.x"}})"),
            "x: number");
}

TEST(ColumnRoles, follow_the_formats_of_texts) {
  const auto message = [](const std::string& text) {
    return role_of_attribute("{}", "{}", R"(, "plays": {"p": {"when": "accounts.y > 1", "message": ")" + text + "\"}}");
  };
  EXPECT_EQ(message("{accounts.x}"), "x: number instant text *");
  EXPECT_EQ(message("{accounts.x:.0f} seats"), "x: number");
}

TEST(ColumnRoles, names_stay_texts_wherever_they_show) {
  const std::string metrics =
      R"({"m": {"from": "u", "agg": "last", "of": "k"}, "n": {"from": "u", "agg": "first", "of": "id"}})";
  const Model parsed = model({.tables = kUsed, .metrics = metrics});
  EXPECT_EQ(role(parsed, "u", "k"), "k: text");
  EXPECT_EQ(role(parsed, "u", "id"), "id: text");
  EXPECT_EQ(column_roles(parsed)[0][0].use, ColumnRole::Use::account);
  EXPECT_EQ(column_roles(parsed)[0][2].use, ColumnRole::Use::key);
}

TEST(ColumnRoles, are_settled_by_types) {
  const auto typed = [](const std::string& types) {
    return model({.tables = R"({"u": {"kind": "events", "account": "id", "time": "at", "types": )" + types + "}}",
                  .metrics = R"({"m": {"from": "u", "agg": "last", "of": "x"}})"});
  };
  for (const char* type : {"number", "text", "boolean", "instant"}) {
    EXPECT_EQ(role(typed(R"({"x": ")" + std::string{type} + "\"}"), "u", "x"), "x: " + std::string{type});
  }
  EXPECT_EQ(role(typed(R"({"id": "number"})"), "u", "id"), "id: number");
  EXPECT_EQ(role(typed(R"({"mrr": "number"})"), "u", "mrr"), "mrr: number");  // named, so read
}

TEST(ColumnRoles, of_a_document_without_end_are_found_in_the_time_it_takes_to_read_it) {
  std::string metrics = R"({"m0": {"from": "u", "agg": "last", "of": "x"})";
  constexpr int kMetrics = 20'000;
  for (int i = 1; i < kMetrics; ++i) {  // each from the next: the last says what all are
    metrics +=
        R"(, "m)" + std::to_string(i) + R"j(": {"formula": "coalesce(m)j" + std::to_string(i - 1) + ", missing)\"}";
  }
  metrics += R"(, "end": {"formula": "m)" + std::to_string(kMetrics - 1) + " * 1\"}}";
  EXPECT_EQ(role(model({.tables = kUsed, .metrics = metrics}), "u", "x"), "x: number");
}

}  // namespace
}  // namespace customerhealth::model
