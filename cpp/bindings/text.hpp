#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace customerhealth::bindings {

/// Text for people. It may quote what a caller sent, valid UTF-8 or not, so bad bytes become replacement characters.
inline pybind11::str shown(std::string_view text) {
  return pybind11::reinterpret_steal<pybind11::str>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

}  // namespace customerhealth::bindings
