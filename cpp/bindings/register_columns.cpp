#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "arrow_capsule.hpp"
#include "customerhealth/ledger/read_columns.hpp"
#include "registers.hpp"
#include "result_object.hpp"
#include "watch.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using NamedRole = std::tuple<std::string, std::string, std::string>;  // column, role, what it is for

ledger::RoleColumn::Role role_of(const std::string& text) {
  if (text == "account") return ledger::RoleColumn::Role::account;
  if (text == "instant") return ledger::RoleColumn::Role::instant;
  if (text == "end") return ledger::RoleColumn::Role::end;
  if (text == "number") return ledger::RoleColumn::Role::number;
  throw py::value_error{"role: expected 'account', 'instant', 'end' or 'number', got '" + text + "'"};
}

ResultObject read(py::handle source, const std::string& table, const std::vector<NamedRole>& roles) {
  std::vector<ledger::RoleColumn> columns;
  std::vector<std::string> wanted;
  for (const auto& [column, role, what] : roles) {
    columns.push_back({column, role_of(role), what});
    wanted.push_back(column);
  }
  const arrow::ArrowTable read = read_capsule(source, table, wanted);
  return ResultObject{watched(0, py::none(), [&](Threads threads, Watch& watch) {
    std::shared_ptr<const arrow::ResultTable> result;
    run(threads, watch, [&] { result = ledger::read_columns(read, table, columns, watch); });
    return result;
  })};
}

}  // namespace

void register_columns(py::module_& m) {
  m.def("read_columns", &read, py::arg("source"), py::arg("table"), py::arg("columns"),
        "Columns of a table that no model reads: (column, role, what it is for) each.");
}

}  // namespace customerhealth::bindings
