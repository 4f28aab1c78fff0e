#include <pybind11/pybind11.h>

#include <cstdint>

#include "arrow_capsule.hpp"
#include "registers.hpp"
#include "result_object.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {

void register_result(py::module_& m) {
  py::class_<ResultObject>(m, "ResultTable", "A finished table, read through the Arrow C stream interface.")
      .def(
          "__arrow_c_stream__", [](const ResultObject& self, const py::object&) { return to_capsule(self.table); },
          py::arg("requested_schema") = py::none(), "A new stream over the table; may be called many times.")
      .def_property_readonly("rows", [](const ResultObject& self) {
        std::int64_t rows = 0;
        for (const arrow::ResultTable::Batch& batch : self.table->batches) rows += batch.rows;
        return rows;
      });
}

}  // namespace customerhealth::bindings
