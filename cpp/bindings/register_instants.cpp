#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

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

using InstantArray = py::array_t<std::int64_t, py::array::c_style>;

Length length_of(const std::string& text) {
  const std::optional<Length> parsed = Length::parse(text);
  if (!parsed) {
    throw py::value_error{"'" + text + "' is no length: write a whole number from 1 to 10000 and a unit, as in " +
                          "'12h', '7d', '4w', '1mo', '1q' or '1y'"};
  }
  return *parsed;
}

std::int64_t later(std::int64_t micros, const Length& length, std::int64_t times) {
  return plus(Instant{Micros{micros}}, length, times).time_since_epoch().count();
}

std::int64_t add_length(std::int64_t micros, const std::string& length, std::int64_t times) {
  return later(micros, length_of(length), times);
}

InstantArray add_length_to_all(const InstantArray& micros, const std::string& length, std::int64_t times) {
  const Length step = length_of(length);
  InstantArray out{micros.size()};
  std::transform(micros.data(), micros.data() + micros.size(), out.mutable_data(),
                 [&](std::int64_t t) { return later(t, step, times); });
  return out;
}

std::pair<std::int32_t, std::string> parse_length(const std::string& text) {
  const Length length = length_of(text);
  return {length.count(), std::string{length.unit()}};
}

}  // namespace

void register_instants(py::module_& m) {
  m.def("parse_instant", &parse_micros, py::arg("text"), "Microseconds since 1970 in UTC, None when it is no date.");
  m.def(
      "show_instant", [](std::int64_t micros) { return to_string(Instant{Micros{micros}}); }, py::arg("micros"),
      "The date at midnight, else date and time.");
  m.def("add_length", &add_length, py::arg("micros"), py::arg("length"), py::arg("times") = 1,
        "`micros + times * length`; calendar steps keep the time of day.");
  m.def("add_length", &add_length_to_all, py::arg("micros").noconvert(), py::arg("length"), py::arg("times") = 1,
        "The same of each.");
  m.def("parse_length", &parse_length, py::arg("text"), "How many of which unit; ValueError where it is no length.");
  m.def("suggestion", &suggestion, py::arg("given"), py::arg("candidates"),
        "What could have been written instead, as error messages say it.");
}

}  // namespace customerhealth::bindings
