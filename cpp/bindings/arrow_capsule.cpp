#include "arrow_capsule.hpp"

#include <chrono>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "nanoarrow/nanoarrow.hpp"
#include "released.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

constexpr const char* kStreamName = "arrow_array_stream";
constexpr const char* kSchemaName = "arrow_schema";
constexpr const char* kArrayName = "arrow_array";
constexpr auto kPollEvery = std::chrono::milliseconds{20};

std::string name_of_type(py::handle type) {
  const auto module = py::str(type.attr("__module__")).cast<std::string>();
  const auto name = py::str(type.attr("__qualname__")).cast<std::string>();
  return module == "builtins" ? name : module + "." + name;
}

/// What an object is, for messages.
std::string type_of(py::handle object) {
  if (PyType_Check(object.ptr())) return "the class " + name_of_type(object);
  return name_of_type(py::type::handle_of(object));
}

[[noreturn]] void fail(const std::string& table, const std::string& what) {
  throw DataError{"table '" + table + "': " + what, table, ""};
}

[[noreturn]] void fail_no_arrow(py::handle object, const std::string& table) {
  // a lazy frame knows its rows only when it is asked to compute them, which is for its owner to decide
  const std::string hint =
      py::hasattr(object, "collect") && !PyType_Check(object.ptr()) ? "; call .collect() on it first" : "";
  fail(table,
       "expected an object with __arrow_c_stream__ or __arrow_c_array__ (a pandas, polars or pyarrow table, a "
       "DuckDB relation, a record batch reader), got " +
           type_of(object) + hint);
}

/// What an exception says; pyarrow adds the column in a second argument.
std::string words_of(const py::error_already_set& error) {
  std::string words;
  for (const py::handle part : error.value().attr("args")) {
    words += (words.empty() ? "" : "; ") + py::str(part).cast<std::string>();
  }
  return words;
}

/// Calls the export method. pandas converts its columns there, and needs pyarrow to do so.
py::object call_export(py::handle object, const char* method, const std::string& table) {
  try {
    return object.attr(method)();
  } catch (const py::error_already_set& error) {
    if (error.matches(PyExc_ImportError)) {
      fail(table, type_of(object) + " hands out its columns through pyarrow, which could not be imported (" +
                      words_of(error) + "); install pyarrow, or pass a polars frame or a DuckDB relation");
    }
    const bool is_about_data = error.matches(PyExc_TypeError) || error.matches(PyExc_ValueError);
    if (!is_about_data) throw;
    fail(table, type_of(object) + " could not hand out its columns: " + words_of(error));
  }
}

/// What a capsule holds; it stays in the capsule until somebody moves it out.
template <class T>
T* open_capsule(py::handle capsule, const char* name, py::handle object, const std::string& table) {
  if (PyCapsule_IsValid(capsule.ptr(), name) == 0) {
    fail(table, type_of(object) + " handed out a " + type_of(capsule) + ", not a capsule named '" + name + "'");
  }
  return static_cast<T*>(PyCapsule_GetPointer(capsule.ptr(), name));
}

arrow::ArrowTable read_stream(py::handle object, const std::string& table, std::span<const std::string> wanted) {
  const py::object capsule = call_export(object, "__arrow_c_stream__", table);
  auto* stream = open_capsule<ArrowArrayStream>(capsule, kStreamName, object, table);
  auto polled = std::chrono::steady_clock::now();
  const auto poll = [&polled] {
    const auto now = std::chrono::steady_clock::now();
    if (now - polled < kPollEvery) return;
    polled = now;
    if (is_ending()) throw Interrupted{};
    const py::gil_scoped_acquire held;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set{};
  };
  try {
    const GilReleased released;
    return arrow::ArrowTable::read(*stream, table, wanted, poll);
  } catch (const Interrupted&) {
    const Call refused_at_the_end;
    throw;
  }
}

arrow::ArrowTable read_array(py::handle object, const std::string& table, std::span<const std::string> wanted) {
  const py::object capsules = call_export(object, "__arrow_c_array__", table);
  if (!py::isinstance<py::tuple>(capsules) || py::len(capsules) != 2) {
    fail(table, type_of(object) + ".__arrow_c_array__() did not return two capsules");
  }
  const auto pair = py::reinterpret_borrow<py::tuple>(capsules);
  auto* schema = open_capsule<ArrowSchema>(pair[0], kSchemaName, object, table);
  auto* array = open_capsule<ArrowArray>(pair[1], kArrayName, object, table);
  const GilReleased released;
  return arrow::ArrowTable::read(*schema, *array, table, wanted);
}

/// Runs when the capsule dies, perhaps with an error on its way that must survive.
void close_stream(PyObject* capsule) {
  const py::error_scope kept;
  delete static_cast<nanoarrow::UniqueArrayStream*>(PyCapsule_GetContext(capsule));  // releases it if nobody took it
}

}  // namespace

arrow::ArrowTable read_capsule(py::handle object, const std::string& table_name, std::span<const std::string> wanted) {
  // a class has the methods too, but only as functions waiting for an instance
  if (!PyType_Check(object.ptr())) {
    if (py::hasattr(object, "__arrow_c_stream__")) return read_stream(object, table_name, wanted);
    if (py::hasattr(object, "__arrow_c_array__")) return read_array(object, table_name, wanted);
  }
  fail_no_arrow(object, table_name);
}

py::capsule to_capsule(std::shared_ptr<const arrow::ResultTable> table) {
  auto stream = std::make_unique<nanoarrow::UniqueArrayStream>();
  arrow::export_stream(std::move(table), *stream->get());
  PyObject* const capsule = PyCapsule_New(stream->get(), kStreamName, &close_stream);
  if (capsule == nullptr) throw py::error_already_set{};
  auto owner = py::reinterpret_steal<py::capsule>(capsule);
  if (PyCapsule_SetContext(capsule, stream.get()) != 0) throw py::error_already_set{};
  static_cast<void>(stream.release());  // the capsule's from here on
  return owner;
}

}  // namespace customerhealth::bindings
