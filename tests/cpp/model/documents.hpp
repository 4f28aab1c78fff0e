#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/model/model.hpp"

/// Documents for tests, put together from the parts that a test is about.
namespace customerhealth::model {

inline constexpr const char* kTables = R"({
  "usage":     {"kind": "events", "account": "account_id", "time": "occurred_at", "known": "ingested_at"},
  "contracts": {"kind": "intervals", "account": "account_id", "start": "start_date", "end": "end_date", "key": "id"},
  "tickets":   {"kind": "intervals", "account": "account_id", "start": "opened", "end": "closed", "end_known": "at_end"},
  "mood":      {"kind": "states", "account": "account_id", "time": "set_at"},
  "accounts":  {"kind": "accounts", "account": "id"}})";

struct Parts {
  std::string tables = kTables;
  std::string metrics = "{}";
  std::string scores = "{}";
  std::string more = "";  // further top-level keys, each with a comma before it
};

inline std::string document(const Parts& parts) {
  return R"({"format": 1, "tables": )" + parts.tables + R"(, "metrics": )" + parts.metrics + R"(, "scores": )" +
         parts.scores + parts.more + "}";
}

inline Model model(const Parts& parts) { return Model::parse(document(parts)); }
inline Model model_of_metrics(const std::string& metrics) { return model({.metrics = metrics}); }

/// What is wrong with a document, "path: message" each, sorted; nothing when it is right.
inline std::vector<std::string> problems_of(const std::string& json) {
  std::vector<std::string> out;
  try {
    (void)Model::parse(json);
  } catch (const ModelError& error) {
    for (const Problem& problem : error.problems()) out.push_back(problem.path + ": " + problem.message);
  }
  std::ranges::sort(out);
  return out;
}
inline std::vector<std::string> problems_in(const Parts& parts) { return problems_of(document(parts)); }

/// Of one metric `m`, its keys given.
inline std::vector<std::string> metric_problems(const std::string& keys) {
  return problems_in({.metrics = R"({"m": {)" + keys + "}}"});
}
/// Of one score `s`, its keys given, over the metrics n (a number), t (a text or anything) and p (parts a, b).
inline Parts score_parts(const std::string& keys) {
  return {.metrics = R"({"n": {"from": "usage", "agg": "count"}, "t": {"from": "mood", "agg": "last", "of": "x"},
                         "p": {"from": "usage", "agg": "count", "by": {"column": "f", "values": ["a", "b"]}}})",
          .scores = R"({"s": {)" + keys + "}}"};
}
inline std::vector<std::string> score_problems(const std::string& keys) { return problems_in(score_parts(keys)); }
inline std::vector<std::string> measure_problems(const std::string& keys) {
  return score_problems(R"("measures": {"m": {)" + keys + "}}");
}

using Lines = std::vector<std::string>;

/// The types of the model's table columns: any, but for those named "table.column".
inline TableTypes types_with(const Model& model, const std::vector<std::pair<std::string, Type>>& known) {
  TableTypes types;
  for (const TableSpec& table : model.tables) {
    auto& columns = types.emplace_back();
    for (const std::string& column : table.columns) {
      const auto found = std::ranges::find(known, table.name + "." + column, &std::pair<std::string, Type>::first);
      columns.push_back(found == known.end() ? Type::any : found->second);
    }
  }
  return types;
}

inline SlotIndex slot_of(const Model& model, const std::string& name) {
  const auto found = std::ranges::find(model.slots, name, &Slot::name);
  return found == model.slots.end() ? SlotIndex{}
                                    : SlotIndex::at(static_cast<std::size_t>(found - model.slots.begin()));
}

}  // namespace customerhealth::model
