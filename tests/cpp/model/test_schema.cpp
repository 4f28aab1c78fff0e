#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "customerhealth/model/aggregations.hpp"
#include "model/documents.hpp"

namespace customerhealth::model {
namespace {

using nlohmann::json;

json schema() { return json::parse(model_schema()); }

/// Every object that a document is made of, by name.
json objects() {
  json all = schema()["$defs"];
  json top = schema();
  top.erase("$defs");
  all["model"] = top;
  return all;
}

TEST(Schema, is_a_json_schema_of_2020) {
  EXPECT_EQ(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema()["required"], json::array({"format"}));
  EXPECT_EQ(schema()["properties"]["format"]["const"], 1);
  EXPECT_EQ(schema()["properties"]["name"]["default"], "model");
}

TEST(Schema, knows_the_objects_and_their_rules) {
  const json defs = objects();
  for (const char* name :
       {"model", "clock", "table", "metric", "by", "score", "measure", "case", "band", "cap", "grade"}) {
    ASSERT_TRUE(defs.contains(name)) << name;
    EXPECT_EQ(defs[name]["additionalProperties"], false) << name;
    EXPECT_TRUE(defs[name]["properties"].contains("description")) << name;
  }
  EXPECT_EQ(defs["metric"]["dependentRequired"]["then"], json::array({"from", "every"}));
  EXPECT_EQ(defs["metric"]["allOf"][0]["oneOf"].size(), 2U);
  EXPECT_EQ(defs["table"]["properties"]["kind"]["enum"].size(), 5U);
  EXPECT_EQ(defs["table"]["allOf"][1]["then"]["required"], json::array({"time"}));
  EXPECT_EQ(defs["metric"]["properties"]["agg"]["enum"].size(), kAggregations);
}

TEST(Schema, points_only_at_what_there_is) {
  const json whole = schema();
  const std::string text = whole.dump();
  for (std::size_t at = text.find("\"$ref\":\""); at != std::string::npos; at = text.find("\"$ref\":\"", at + 1)) {
    const std::size_t begin = at + 9;
    const std::string pointer = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(whole.contains(json::json_pointer{pointer})) << pointer;
  }
}

/// A document made of the schema's own defaults is one that the parser reads, and means what leaving them out means.
TEST(Schema, has_defaults_that_the_parser_reads) {
  const json defs = objects();
  const auto with_defaults = [&](const char* object, json given) {
    for (const auto& [key, property] : defs[object]["properties"].items()) {
      if (property.contains("default") && !given.contains(key)) given[key] = property["default"];
    }
    return given;
  };
  json whole = with_defaults("model", {{"format", 1}});
  whole["clock"] = with_defaults("clock", json::object());
  whole["tables"]["c"] =
      with_defaults("table", {{"kind", "intervals"}, {"account", "a"}, {"start", "s"}, {"end", "e"}});
  whole["metrics"]["m"] = with_defaults("metric", {{"from", "c"}, {"agg", "count"}});
  whole["metrics"]["m"].erase("above");  // goes only with buckets, which contracts that are alive have none of
  whole["scores"]["s"] = with_defaults("score", json::object());
  whole["scores"]["s"]["measures"]["x"] = with_defaults("measure", {{"value", "m"}, {"identity", true}});
  EXPECT_EQ(problems_of(whole.dump()), Lines{});
  EXPECT_EQ(whole["metrics"]["m"]["rows"], "alive");
  EXPECT_EQ(whole["scores"]["s"]["scale"], json::array({0, 100}));
}

TEST(Reference, lists_every_key_of_the_schema) {
  const std::string reference = model_reference();
  const json defs = objects();
  for (const auto& [name, object] : defs.items()) {
    EXPECT_NE(reference.find("### " + name + "\n"), std::string::npos) << name;
    for (const auto& [key, property] : object["properties"].items()) {
      EXPECT_NE(reference.find("| `" + key + "` |"), std::string::npos) << name << "." << key;
    }
  }
  EXPECT_NE(reference.find("| `count_distinct` |"), std::string::npos);
}

TEST(Reference, lists_the_functions_of_formulas_with_what_they_take_and_give) {
  const std::string reference = model_reference();
  for (const char* row : {"| `clip(x, lo, hi)` | numbers | a number | ", "| `lower(s)` | texts | a text | ",
                          "| `if(condition, a, b)` | a boolean; values of one type | as they are | ",
                          "| `round(x[, digits])` | numbers; a whole number written out, -15 to 15 | a number | "}) {
    EXPECT_NE(reference.find(row), std::string::npos) << row;
  }
  for (const expression::FunctionInfo& function : expression::function_infos())
    EXPECT_FALSE(function.meaning.empty()) << function.name;
}

}  // namespace
}  // namespace customerhealth::model
