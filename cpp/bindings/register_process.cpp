#include <pybind11/pybind11.h>

#include <string>

#include "customerhealth/common/parallel.hpp"
#include "ending.hpp"
#include "registers.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "unknown";
#endif
}

py::dict build_info() {
  py::dict info;
  info["compiler"] = compiler();
  info["cpp"] = static_cast<long>(__cplusplus);
  info["tbb"] = scheduler_version();
#ifdef NDEBUG
  info["assertions"] = false;
#else
  info["assertions"] = true;
#endif
  info["flags"] = CUSTOMERHEALTH_FLAGS;
  info["threads"] = Threads::resolve(0).get();
  return info;
}

}  // namespace

void register_process(py::module_& m) {
  // Running calls need the GIL to be watched, so it is given up while waiting for them to end.
  m.def("_before_fork", &before_fork, py::call_guard<py::gil_scoped_release>());
  m.def("_after_fork_in_parent", &after_fork_in_parent);
  m.def("_after_fork_in_child", [] {
    after_fork_in_child();
    forget_calls_of_other_threads();
  });
  m.def("_at_exit", &end_calls);
  m.def("build_info", &build_info, "How this build of the core was made, and the threads a call would use.");
}

}  // namespace customerhealth::bindings
