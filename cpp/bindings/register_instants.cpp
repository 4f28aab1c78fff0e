#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/length.hpp"
#include "registers.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

std::optional<std::int64_t> parse_micros(const std::string& text) {
  const std::optional<Instant> instant = parse_instant(text);
  if (!instant) return std::nullopt;
  return instant->time_since_epoch().count();
}

std::int64_t add_length(std::int64_t micros, const std::string& length, std::int64_t times) {
  const std::optional<Length> parsed = Length::parse(length);
  if (!parsed) {
    throw py::value_error{"'" + length + "' is no length: write a whole number from 1 to 10000 and a unit, as in " +
                          "'12h', '7d', '4w', '1mo', '1q' or '1y'"};
  }
  return plus(Instant{Micros{micros}}, *parsed, times).time_since_epoch().count();
}

}  // namespace

void register_instants(py::module_& m) {
  m.def("parse_instant", &parse_micros, py::arg("text"), "Microseconds since 1970 in UTC, None when it is no date.");
  m.def(
      "show_instant", [](std::int64_t micros) { return to_string(Instant{Micros{micros}}); }, py::arg("micros"),
      "The date at midnight, else date and time.");
  m.def("add_length", &add_length, py::arg("micros"), py::arg("length"), py::arg("times") = 1,
        "`micros + times * length`; calendar steps keep the time of day.");
  m.def("suggestion", &suggestion, py::arg("given"), py::arg("candidates"),
        "What could have been written instead, as error messages say it.");
}

}  // namespace customerhealth::bindings
