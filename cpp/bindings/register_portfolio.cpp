#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow_capsule.hpp"
#include "customerhealth/engine/portfolio.hpp"
#include "registers.hpp"
#include "released.hpp"
#include "result_object.hpp"
#include "watch.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using NamedObjects = std::vector<std::pair<std::string, py::object>>;
using InstantArray = py::array_t<std::int64_t, py::array::c_style>;

std::vector<ledger::TableInput> read_tables(const model::Model& model, const NamedObjects& objects) {
  std::vector<ledger::TableInput> out;
  out.reserve(objects.size());
  for (const auto& [name, object] : objects) {
    const auto table = model.find_table(name);
    const std::vector<std::string> none;
    const auto& wanted = table ? model.tables[table->place()].source.columns : none;
    out.push_back({name, read_capsule(object, name, wanted)});
  }
  return out;
}

ledger::Strictness parse_strictness(const std::string& text) {
  if (text == "no") return ledger::Strictness::lenient;
  if (text == "rows") return ledger::Strictness::rows;
  if (text == "all") return ledger::Strictness::all;
  throw py::value_error{"strict: expected 'no', 'rows' or 'all', got '" + text + "'"};
}

std::shared_ptr<engine::Portfolio> load(std::shared_ptr<model::Model> model, const NamedObjects& objects,
                                        const std::string& strict, int threads, py::object progress) {
  const ledger::Strictness strictness = parse_strictness(strict);
  const std::vector<ledger::TableInput> tables = read_tables(*model, objects);
  return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    return std::make_shared<engine::Portfolio>(std::move(model), tables, strictness, resolved, watch);
  });
}

void append(engine::Portfolio& self, const NamedObjects& objects, int threads, py::object progress) {
  const std::vector<ledger::TableInput> tables = read_tables(self.model(), objects);
  watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    self.append(tables, resolved, watch);
    return true;
  });
}

std::shared_ptr<engine::Portfolio> appended(const engine::Portfolio& self, const NamedObjects& objects, int threads,
                                            py::object progress) {
  const std::vector<ledger::TableInput> tables = read_tables(self.model(), objects);
  return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    return std::make_shared<engine::Portfolio>(self.appended(tables, resolved, watch));
  });
}

std::vector<Instant> instants_of(const InstantArray& as_ofs) {
  std::vector<Instant> instants;
  instants.reserve(static_cast<std::size_t>(as_ofs.size()));
  for (py::ssize_t i = 0; i < as_ofs.size(); ++i) instants.emplace_back(Micros{as_ofs.data()[i]});
  return instants;
}

panel::Panel score(const engine::Portfolio& self, const InstantArray& as_ofs, int threads, py::object progress,
                   std::shared_ptr<scores::Peers> peers) {
  const std::vector<Instant> instants = instants_of(as_ofs);
  return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    return self.score(instants, std::move(peers), resolved, watch);
  });
}

panel::Panel score_part(const engine::Portfolio& self, const InstantArray& as_ofs,
                        const std::vector<std::string>& columns, const std::vector<std::string>& plays, int threads,
                        py::object progress, std::shared_ptr<scores::Peers> peers) {
  const std::vector<Instant> instants = instants_of(as_ofs);
  const engine::PanelPart part{self.model(), columns, plays};
  return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    return self.score(instants, std::move(peers), part, resolved, watch);
  });
}

std::shared_ptr<scores::Peers> fit(const engine::Portfolio& self, const InstantArray& as_ofs,
                                   std::shared_ptr<scores::Peers> given, bool over_time, int threads,
                                   py::object progress) {
  const std::vector<Instant> instants = instants_of(as_ofs);
  return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    return std::make_shared<scores::Peers>(*self.peers(instants, std::move(given), over_time, resolved, watch));
  });
}

}  // namespace

void register_portfolio(py::module_& m) {
  py::class_<engine::Portfolio, std::shared_ptr<engine::Portfolio>>(m, "Portfolio", "A model and its tables.")
      .def(py::init(&load), py::arg("model"), py::arg("tables"), py::arg("strict") = "no", py::arg("threads") = 0,
           py::arg("progress") = py::none())
      .def(
          "with_model",
          [](const engine::Portfolio& self, std::shared_ptr<model::Model> model, int threads, py::object progress) {
            return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
              return std::make_shared<engine::Portfolio>(self.with_model(std::move(model), resolved, watch));
            });
          },
          py::arg("model"), py::arg("threads") = 0, py::arg("progress") = py::none())
      .def("append", &append, py::arg("tables"), py::arg("threads") = 0, py::arg("progress") = py::none())
      .def("appended", &appended, py::arg("tables"), py::arg("threads") = 0, py::arg("progress") = py::none())
      .def("quality",
           [](const engine::Portfolio& self) {
             return watched(0, py::none(), [&](Threads resolved, Watch& watch) {
               return ResultObject{self.quality(resolved, watch)};
             });
           })
      .def("accounts",
           [](const engine::Portfolio& self) {
             const Released released;
             return ResultObject{self.accounts()};
           })
      .def(
          "rows",
          [](const engine::Portfolio& self, const std::string& table, std::int64_t as_of, int threads,
             py::object progress) {
            return ResultObject{watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
              return self.rows(table, Instant{Micros{as_of}}, resolved, watch);
            })};
          },
          py::arg("table"), py::arg("as_of"), py::arg("threads") = 0, py::arg("progress") = py::none())
      .def("score", &score, py::arg("as_ofs").noconvert(), py::arg("threads") = 0, py::arg("progress") = py::none(),
           py::arg("peers") = py::none())
      .def("score_part", &score_part, py::arg("as_ofs").noconvert(), py::arg("columns"), py::arg("plays"),
           py::arg("threads") = 0, py::arg("progress") = py::none(), py::arg("peers") = py::none())
      .def("peers", &fit, py::arg("as_ofs").noconvert(), py::arg("given") = py::none(), py::arg("over_time") = false,
           py::arg("threads") = 0, py::arg("progress") = py::none());
}

}  // namespace customerhealth::bindings
