#pragma once

#include <memory>
#include <utility>

#include "customerhealth/arrow/result.hpp"

namespace customerhealth::bindings {

/// A finished table as a Python object. (pybind11 keeps no pointers to const, so this holds one.)
struct ResultObject {
  std::shared_ptr<const arrow::ResultTable> table;
  explicit ResultObject(std::shared_ptr<const arrow::ResultTable> finished) noexcept : table{std::move(finished)} {}
};

}  // namespace customerhealth::bindings
