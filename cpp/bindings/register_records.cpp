#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "customerhealth/records/delimited_marks.hpp"
#include "customerhealth/records/json_table.hpp"
#include "registers.hpp"
#include "released.hpp"
#include "result_object.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

/// {kind: the first row that holds it} of a column; None where no object has it.
py::object kinds_of(const records::JsonColumn& column) {
  static constexpr std::array<const char*, records::kJsonKinds> kNames{"text",    "integer", "real",
                                                                       "boolean", "object",  "list"};
  if (!column.seen) return py::none();
  py::dict out;
  for (std::size_t kind = 0; kind < kNames.size(); ++kind) {
    if (column.first_row[kind] >= 0) out[kNames[kind]] = column.first_row[kind];
  }
  return out;
}

std::string_view bytes_of(const py::buffer_info& bytes) {
  if (bytes.itemsize != 1) throw py::value_error{"text: expected bytes"};
  return {static_cast<const char*>(bytes.ptr), static_cast<std::size_t>(bytes.size)};
}

py::tuple delimited_marks(const py::buffer& block, const py::buffer& before) {
  const py::buffer_info bytes = block.request(), earlier = before.request();
  const std::string_view last = bytes_of(earlier);
  records::DelimitedMarks found;
  {
    const Released released;
    found = records::marks_of(bytes_of(bytes), last.empty() ? '\0' : last.back());
  }
  return py::make_tuple(found.quotes, found.hex);
}

py::dict slice(const py::buffer& text, const std::vector<std::string>& columns,
               const std::vector<std::variant<std::string, std::int64_t>>& rows, const std::string& rows_text,
               bool lines) {
  const py::buffer_info bytes = text.request();
  const std::string_view view = bytes_of(bytes);
  records::JsonTable found;
  {
    const Released released;
    found = records::slice_json(view, {columns, rows, rows_text, lines});
  }
  py::list kinds;
  for (const records::JsonColumn& column : found.columns) kinds.append(kinds_of(column));
  py::dict out;
  out["table"] = ResultObject{found.table};
  out["kinds"] = kinds;
  py::list names;
  for (const std::string& name : found.names) names.append(shown(name));
  out["names"] = names;
  out["rows"] = found.rows;
  out["lines"] = found.lines;
  out["objects"] = found.objects;
  out["fault"] = py::none();
  if (found.fault) {
    out["fault"] =
        py::make_tuple(found.fault->line, found.fault->column, shown(found.fault->words), found.fault->of_path);
  }
  return out;
}

}  // namespace

void register_records(py::module_& m) {
  m.def("delimited_marks", &delimited_marks, py::arg("block"), py::arg("before"),
        "How many quotes a block of delimited text holds, and whether hexadecimal numbers.");
  m.def("slice_json", &slice, py::arg("text"), py::arg("columns"), py::arg("rows"), py::arg("rows_text"),
        py::arg("lines"), "JSON text as columns of texts: an object a row.");
}

}  // namespace customerhealth::bindings
