#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>

#include "customerhealth/lifecycle/ticks.hpp"
#include "customerhealth/model/column_roles.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/model/parse_like.hpp"
#include "python_zones.hpp"
#include "registers.hpp"
#include "released.hpp"
#include "watch.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

const char* kind_name(model::TableKind kind) noexcept {
  switch (kind) {
    case model::TableKind::accounts:
      return "accounts";
    case model::TableKind::events:
      return "events";
    case model::TableKind::intervals:
      return "intervals";
    case model::TableKind::states:
      return "states";
    case model::TableKind::keys:
      return "keys";
  }
  return "";
}

const char* use_name(model::ColumnRole::Use use) noexcept {
  switch (use) {
    case model::ColumnRole::Use::account:
      return "account";
    case model::ColumnRole::Use::key:
      return "key";
    case model::ColumnRole::Use::value:
      return "value";
  }
  return "";
}

/// The path as it is written, and its steps; nothing where the document itself is the list.
py::object rows_path(const model::RowsPath& path) {
  if (path.steps.empty()) return py::none();
  return py::make_tuple(path.text, path.steps);
}

py::list tables(const model::Model& model) {
  py::list out;
  for (const model::TableSpec& table : model.tables) {
    py::dict entry;
    entry["name"] = table.name;
    entry["kind"] = kind_name(table.kind);
    entry["columns"] = table.source.columns;
    std::vector<std::string> derived;
    for (const model::DerivedColumn& column : table.source.derived) derived.push_back(column.name);
    entry["derived"] = derived;
    entry["each"] = table.source.each ? py::object{py::str(table.source.each->column)} : py::none();
    entry["skip"] = py::make_tuple(table.skip.first, table.skip.below_header, table.skip.last);
    entry["rows"] = rows_path(table.rows);
    out.append(entry);
  }
  return out;
}

/// (use, types, by cells, settled, table of keys) of each column of each table.
py::list roles(const model::Model& model) {
  py::list out;
  for (const auto& table : model::column_roles(model)) {
    py::list columns;
    for (const model::ColumnRole& role : table) {
      py::list types;
      for (const Type type : role.types) types.append(py::str(std::string{to_string(type)}));
      const std::string keys = role.keys ? model.tables[role.keys->place()].name : "";
      columns.append(py::make_tuple(use_name(role.use), py::tuple{types}, role.by_cells, role.settled, keys));
    }
    out.append(columns);
  }
  return out;
}

std::vector<std::string> columns(const model::Model& model) {
  std::vector<std::string> out;
  const auto add = [&](SlotIndex slot) { out.push_back(model.slots[slot.place()].name); };
  for (const model::MetricSpec& metric : model.metrics) {
    for (const SlotIndex slot : metric.slots) add(slot);
  }
  for (const model::ScoreSpec& score : model.scores) {
    add(score.slot);
    if (score.grade_slot) add(*score.grade_slot);
    add(score.coverage_slot);
    for (const auto& slot : {score.change_slot, score.trend_slot, score.grade_before_slot, score.probability_slot,
                             score.low_slot, score.high_slot}) {
      if (slot) add(*slot);
    }
  }
  for (const model::JourneySpec& journey : model.journeys) {
    for (const SlotIndex slot :
         {journey.slot, journey.since_slot, journey.days_slot, journey.previous_slot, journey.stalled_slot}) {
      add(slot);
    }
  }
  for (const model::CohortSpec& cohort : model.cohorts) add(cohort.slot);
  return out;
}

template <class Spec>
std::vector<std::string> names(const std::vector<Spec>& specs) {
  std::vector<std::string> out;
  for (const Spec& spec : specs) out.push_back(spec.name);
  return out;
}

py::list scores(const model::Model& model) {
  py::list out;
  for (const model::ScoreSpec& score : model.scores) {
    py::list grades;
    for (const model::Grade& grade : score.grades) grades.append(grade.name);
    py::list measures;
    py::dict sources;
    for (const model::Measure& measure : score.measures) {
      measures.append(measure.name);
      const auto* nested = std::get_if<model::ScoreIndex>(&measure.source);
      if (nested != nullptr) sources[py::str(measure.name)] = model.scores[nested->place()].name;
    }
    py::dict entry;
    entry["name"] = score.name;
    entry["low"] = score.scale.low;
    entry["high"] = score.scale.high;
    entry["grades"] = grades;
    entry["measures"] = measures;
    entry["sources"] = sources;
    out.append(entry);
  }
  return out;
}

/// Documents below this size are parsed in some 0.1 s, on the thread that asks; longer ones on another, so that Ctrl-C
/// is heard.
constexpr std::size_t kSoonParsed = std::size_t{1} << 20;

template <class Parse>
std::shared_ptr<model::Model> parse_watched(const std::string& text, const Parse& parse) {
  if (text.size() < kSoonParsed) {
    const Released released;
    return std::make_shared<model::Model>(parse(nullptr));
  }
  return watched(1, py::none(), [&](Threads one, Watch& watch) {
    std::shared_ptr<model::Model> parsed;
    run(one, watch, [&] { parsed = std::make_shared<model::Model>(parse(&watch)); });
    return parsed;
  });
}

std::shared_ptr<model::Model> parse(const std::string& text) {
  return parse_watched(text, [&](const Watch* watch) { return model::Model::parse(text, watch, python_zones()); });
}

std::shared_ptr<model::Model> parse_for_tables_of(const std::string& text, const model::Model& other) {
  return parse_watched(text, [&](const Watch* watch) { return model::parse_like(text, other, watch, python_zones()); });
}

}  // namespace

void register_model(py::module_& m) {
  py::class_<model::Model, std::shared_ptr<model::Model>>(m, "Model", "A model document that was read and checked.")
      .def(py::init(&parse), py::arg("text"))
      .def_static("for_tables_of", &parse_for_tables_of, py::arg("text"), py::arg("other"))
      .def_readonly("name", &model::Model::name)
      .def_readonly("description", &model::Model::description)
      .def_readonly("digest", &model::Model::digest)
      .def("to_json", [](const model::Model& self) { return self.canonical; })
      .def_property_readonly("tables", &tables)
      .def_property_readonly("roles", &roles)
      .def_property_readonly("columns", &columns)
      .def_property_readonly("scores", &scores)
      .def_property_readonly("journeys", [](const model::Model& self) { return names(self.journeys); })
      .def_property_readonly("cohorts", [](const model::Model& self) { return names(self.cohorts); })
      .def_property_readonly("plays", [](const model::Model& self) { return names(self.plays); })
      .def(
          "ticks",
          [](const model::Model& self, std::int64_t after, std::int64_t until) {
            std::vector<std::int64_t> micros;
            for (const Instant tick :
                 lifecycle::ticks_between(self.clock, Instant{Micros{after}}, Instant{Micros{until}})) {
              micros.push_back(tick.time_since_epoch().count());
            }
            return micros;
          },
          py::arg("after"), py::arg("until"))
      .def(py::pickle([](const model::Model& self) { return py::make_tuple(self.canonical); },
                      [](const py::tuple& state) { return parse(state[0].cast<std::string>()); }));
  m.def("model_schema", &model::model_schema, "The JSON Schema of a model document, as JSON text.");
  m.def("model_reference", &model::model_reference, "The tables of a document's keys, in Markdown.");
}

}  // namespace customerhealth::bindings
