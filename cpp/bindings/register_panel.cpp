#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "customerhealth/panel/panel.hpp"
#include "registers.hpp"
#include "released.hpp"
#include "result_object.hpp"
#include "watch.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using Questions = py::array_t<double, py::array::c_style>;  // a row a question, a column a row of the panel

constexpr std::int64_t kAllRows = panel::PanelRows{}.count;

}  // namespace

void register_panel(py::module_& m) {
  py::class_<panel::Panel>(m, "Panel", "The answers of one call to `Portfolio.score`.")
      .def_property_readonly("rows", &panel::Panel::rows)
      .def_property_readonly("model", &panel::Panel::model, py::return_value_policy::reference_internal)
      .def(
          "table",
          [](const panel::Panel& self, std::int64_t begin, std::int64_t count,
             const std::vector<std::string>& columns) {
            const Released released;
            return ResultObject{self.table({begin, count}, columns)};
          },
          py::arg("begin") = 0, py::arg("count") = kAllRows, py::arg("columns") = std::vector<std::string>{})
      .def(
          "reasons",
          [](const panel::Panel& self, std::int64_t begin, std::int64_t count) {
            return watched_alone([&](const Watch& watch) { return self.reasons({begin, count}, watch); });
          },
          py::arg("begin") = 0, py::arg("count") = kAllRows)
      .def(
          "contributions",
          [](const panel::Panel& self, const std::string& score, bool deep, int threads, py::object progress,
             std::int64_t begin, std::int64_t count) {
            return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
              return ResultObject{self.contributions(score, deep, resolved, watch, {begin, count})};
            });
          },
          py::arg("score"), py::arg("deep") = false, py::arg("threads") = 0, py::arg("progress") = py::none(),
          py::arg("begin") = 0, py::arg("count") = kAllRows)
      .def(
          "points_of",
          [](const panel::Panel& self, const std::string& score, const std::string& measure, const Questions& values,
             std::int64_t begin, std::int64_t count) {
            std::vector<double> points;
            {
              const Released released;
              points = self.points_of(score, measure, {values.data(), static_cast<std::size_t>(values.size())},
                                      {begin, count});
            }
            Questions out{{values.shape(0), values.shape(1)}};
            std::ranges::copy(points, out.mutable_data());
            return out;
          },
          py::arg("score"), py::arg("measure"), py::arg("values").noconvert(), py::arg("begin"), py::arg("count"))
      .def(
          "moves",
          [](const panel::Panel& self, const std::string& journey, std::int64_t after, std::int64_t until) {
            const Released released;
            return ResultObject{self.moves(journey, Instant{Micros{after}}, Instant{Micros{until}})};
          },
          py::arg("journey"), py::arg("after"), py::arg("until"))
      .def(
          "plays",
          [](const panel::Panel& self, bool closed, std::int64_t begin, std::int64_t count) {
            return watched_alone([&](const Watch& watch) { return self.plays(closed, {begin, count}, watch); });
          },
          py::arg("closed") = false, py::arg("begin") = 0, py::arg("count") = kAllRows)
      .def(
          "rows_by_table",
          [](const panel::Panel& self, const std::variant<std::string, std::int64_t>& account) {
            const Released released;
            return self.rows_by_table(account);
          },
          py::arg("account"))
      .def(
          "label_of",
          [](const panel::Panel& self, std::int64_t row) {
            if (row < 0 || row >= self.rows()) throw py::index_error{"the panel has no row " + std::to_string(row)};
            const Released released;
            return self.label_of(static_cast<std::size_t>(row));
          },
          py::arg("row"))
      .def("openings",
           [](const panel::Panel& self) {
             const Released released;
             return ResultObject{self.openings()};
           })
      .def_property_readonly("as_ofs",
                             [](const panel::Panel& self) {
                               py::list micros;
                               for (const Instant at : self.as_ofs()) micros.append(at.time_since_epoch().count());
                               return micros;
                             })
      .def(
          "why_changed",
          [](const panel::Panel& self, const std::string& score, std::int64_t from, std::int64_t to, bool deep,
             int threads, py::object progress, std::int64_t begin, std::int64_t count) {
            return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
              return ResultObject{self.why_changed(score, Instant{Micros{from}}, Instant{Micros{to}}, deep, resolved,
                                                   watch, {begin, count})};
            });
          },
          py::arg("score"), py::arg("start"), py::arg("end"), py::arg("deep") = true, py::arg("threads") = 0,
          py::arg("progress") = py::none(), py::arg("begin") = 0, py::arg("count") = kAllRows)
      .def(
          "causes",
          [](const panel::Panel& self, const std::string& score, std::int64_t from, std::int64_t to, std::int64_t begin,
             std::int64_t count) {
            const Released released;
            return ResultObject{self.causes(score, Instant{Micros{from}}, Instant{Micros{to}}, {begin, count})};
          },
          py::arg("score"), py::arg("start"), py::arg("end"), py::arg("begin"), py::arg("count"))
      .def(
          "why_models_differ",
          [](const panel::Panel& self, const std::string& score, std::int64_t as_of, const panel::Panel& other,
             const std::vector<std::string>& differences, bool deep, int threads, py::object progress) {
            return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
              return ResultObject{
                  self.why_changed(score, Instant{Micros{as_of}}, other, differences, deep, resolved, watch)};
            });
          },
          py::arg("score"), py::arg("as_of"), py::arg("other"), py::arg("differences"), py::arg("deep") = true,
          py::arg("threads") = 0, py::arg("progress") = py::none())
      .def(
          "path_to",
          [](const panel::Panel& self, const std::string& grade, const std::string& score,
             std::optional<std::int64_t> as_of, int threads, py::object progress, std::int64_t begin,
             std::int64_t count) {
            const auto at = as_of ? std::optional{Instant{Micros{*as_of}}} : std::nullopt;
            return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
              return ResultObject{self.path_to(grade, score, at, resolved, watch, {begin, count})};
            });
          },
          py::arg("grade"), py::arg("score"), py::arg("as_of") = py::none(), py::arg("threads") = 0,
          py::arg("progress") = py::none(), py::arg("begin") = 0, py::arg("count") = kAllRows)
      .def(
          "ways",
          [](const panel::Panel& self, const std::string& grade, const std::string& score, std::int64_t as_of,
             int threads, std::int64_t begin, std::int64_t count) {
            return watched(threads, py::none(), [&](Threads resolved, Watch& watch) {
              return ResultObject{self.ways(grade, score, Instant{Micros{as_of}}, resolved, watch, {begin, count})};
            });
          },
          py::arg("grade"), py::arg("score"), py::arg("as_of"), py::arg("threads"), py::arg("begin"), py::arg("count"));
}

}  // namespace customerhealth::bindings
