#include <pybind11/numpy.h>
#include <pybind11/operators.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "customerhealth/scores/peers.hpp"
#include "registers.hpp"
#include "released.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using Shared = std::shared_ptr<scores::Peers>;

Shared merge(const std::vector<Shared>& parts) {
  const Released released;
  std::vector<const scores::Peers*> pointers;
  for (const Shared& part : parts) pointers.push_back(part.get());
  return std::make_shared<scores::Peers>(scores::Peers::merge(pointers));
}

py::bytes to_bytes(const scores::Peers& self) {
  std::string bytes;
  {
    const Released released;
    bytes = self.to_bytes();
  }
  return bytes;
}

Shared from_bytes(const py::bytes& bytes) {
  const std::string_view view = bytes;  // Python's bytes never change
  const Released released;
  return std::make_shared<scores::Peers>(scores::Peers::from_bytes(view));
}

py::array_t<std::int64_t> as_ofs(const scores::Peers& self) {
  py::array_t<std::int64_t> out{static_cast<py::ssize_t>(self.as_ofs.size())};
  std::ranges::transform(self.as_ofs, out.mutable_data(), [](Instant t) { return t.time_since_epoch().count(); });
  return out;
}

}  // namespace

void register_peers(py::module_& m) {
  py::class_<scores::Peers, Shared>(m, "Peers", "What crosses accounts: fitted level by level, merged, applied.")
      .def_static("merge", &merge, py::arg("parts"))
      .def_static("from_bytes", &from_bytes, py::arg("data"))
      .def("to_bytes", &to_bytes)
      .def_property_readonly("as_ofs", &as_ofs)
      .def_readonly("digest", &scores::Peers::digest)
      .def_readonly("over_time", &scores::Peers::over_time)
      .def_readonly("levels", &scores::Peers::levels)
      .def_readonly("levels_wanted", &scores::Peers::levels_wanted)
      .def_property_readonly("complete", &scores::Peers::complete)
      .def(py::self == py::self);
}

}  // namespace customerhealth::bindings
