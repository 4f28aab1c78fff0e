#include "python_zones.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

class PythonZones final : public ZoneLibrary {
 public:
  [[nodiscard]] std::optional<std::string> read(const std::string& name) const override {
    const py::gil_scoped_acquire held;
    const py::object found = module().attr("zone_rules")(name);
    if (found.is_none()) return std::nullopt;
    return std::string{found.cast<py::bytes>()};
  }
  [[nodiscard]] std::vector<std::string> names() const override {
    const py::gil_scoped_acquire held;
    return module().attr("zone_names")().cast<std::vector<std::string>>();
  }

 private:
  [[nodiscard]] static py::module_ module() { return py::module_::import("customerhealth.io.zones"); }
};

}  // namespace

const ZoneLibrary& python_zones() {
  static const PythonZones kZones;
  return kZones;
}

}  // namespace customerhealth::bindings
