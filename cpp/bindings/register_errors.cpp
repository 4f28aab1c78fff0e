#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "registers.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

template <class... Args>
void raise(const char* name, Args&&... args) {
  const py::object type = py::module_::import("customerhealth.errors").attr(name);
  const py::object error = type(std::forward<Args>(args)...);
  PyErr_SetObject(type.ptr(), error.ptr());
}

py::list to_python(const std::vector<Problem>& problems) {
  py::list out;
  for (const Problem& problem : problems) {
    const py::object position = problem.position ? py::object{py::int_{*problem.position}} : py::none();
    out.append(py::make_tuple(shown(problem.path), shown(problem.message), position));
  }
  return out;
}

void translate(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const FormulaError& error) {
    raise("FormulaError", shown(error.what()), to_python(error.problems()));
  } catch (const ModelError& error) {
    raise("ModelError", shown(error.what()), to_python(error.problems()));
  } catch (const DataError& error) {
    const py::object row = error.row() < 0 ? py::none() : py::object{py::int_{error.row()}};
    raise("DataError", shown(error.what()), shown(error.table()), shown(error.column()), row, error.rows());
  } catch (const Error& error) {
    raise("Error", shown(error.what()));
  }
}

}  // namespace

void register_errors(py::module_& m) {
  using Row = std::tuple<std::string, std::string, std::optional<std::int64_t>>;
  m.def(
      "list_problems",
      [](const std::vector<Row>& rows) {
        std::vector<Problem> problems;
        for (const auto& [path, message, position] : rows) problems.push_back({path, message, position});
        return shown(ModelError{std::move(problems)}.what());
      },
      py::arg("problems"), "The text of a ModelError with these problems.");
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    if (thrown) translate(thrown);
  });
}

}  // namespace customerhealth::bindings
