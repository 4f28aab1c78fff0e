#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <span>
#include <string>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/arrow/table.hpp"

namespace customerhealth::bindings {

/// Reads any object that speaks Arrow (`__arrow_c_stream__`, else `__arrow_c_array__`). The GIL is released while the
/// producer is read; it may take it back. What the object itself raises is passed on, but for pandas without pyarrow,
/// whose ImportError becomes a DataError that says what to do, as does an object without either method.
[[nodiscard]] ArrowTable read_capsule(pybind11::handle object, const std::string& table_name,
                                      std::span<const std::string> wanted);

/// A capsule named `arrow_array_stream` over the table, which lives as long as any of the arrays handed out.
[[nodiscard]] pybind11::capsule to_capsule(std::shared_ptr<const ResultTable> table);

}  // namespace customerhealth::bindings
