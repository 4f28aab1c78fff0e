#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <span>
#include <string>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/arrow/table.hpp"

namespace customerhealth::bindings {

/// Reads any object that speaks Arrow (`__arrow_c_stream__`, else `__arrow_c_array__`). The GIL is released while the
/// producer is read; it may take it back. An object without either method, pandas without pyarrow, and columns that
/// their owner cannot convert (ids of mixed types) are DataErrors; what else the object raises is passed on.
[[nodiscard]] arrow::ArrowTable read_capsule(pybind11::handle object, const std::string& table_name,
                                             std::span<const std::string> wanted);

/// A capsule named `arrow_array_stream` over the table, which lives as long as any of the arrays handed out.
[[nodiscard]] pybind11::capsule to_capsule(std::shared_ptr<const arrow::ResultTable> table);

}  // namespace customerhealth::bindings
