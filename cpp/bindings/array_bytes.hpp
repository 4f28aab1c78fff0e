#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customerhealth/storage/arrays.hpp"
#include "released.hpp"

/// Arrays that Python writes to files, and batches that it reads from them.
namespace customerhealth::bindings {

/// The bytes of an array; `owner` keeps them.
[[nodiscard]] pybind11::array array_bytes(const void* data, std::size_t bytes, std::shared_ptr<const void> owner);

template <class T>
[[nodiscard]] pybind11::array array_bytes(std::vector<T> values) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return array_bytes(owner->data(), owner->size() * sizeof(T), owner);
}

/// name, format, bytes of each.
[[nodiscard]] pybind11::list listed(const std::vector<storage::NamedArray>& arrays,
                                    const std::shared_ptr<const void>& owner);

/// Offsets and bytes of texts, as Arrow's large_string has them.
[[nodiscard]] pybind11::tuple texts_of(std::int32_t begin, std::int32_t end, const auto& text) {
  std::vector<std::int64_t> offsets{0};
  std::vector<char> bytes;
  {
    const Released released;
    for (std::int32_t code = begin; code < end; ++code) {
      const std::string_view one = text(code);
      bytes.insert(bytes.end(), one.begin(), one.end());
      offsets.push_back(static_cast<std::int64_t>(bytes.size()));
    }
  }
  return pybind11::make_tuple(array_bytes(std::move(offsets)), array_bytes(std::move(bytes)));
}

/// A record batch, as `__arrow_c_array__` hands it out, and its name for messages.
[[nodiscard]] storage::Arrays arrays_of(const pybind11::handle& from);

}  // namespace customerhealth::bindings
