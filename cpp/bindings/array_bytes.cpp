#include "array_bytes.hpp"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

std::size_t width_of(storage::ArrayType type) noexcept {
  switch (type) {
    case storage::ArrayType::byte:
      return 1;
    case storage::ArrayType::int32:
    case storage::ArrayType::uint32:
      return 4;
    case storage::ArrayType::int128:
      return 16;
    default:
      return 8;
  }
}

}  // namespace

py::array array_bytes(const void* data, std::size_t bytes, std::shared_ptr<const void> owner) {
  auto* kept = new std::shared_ptr<const void>{std::move(owner)};
  const py::capsule base{kept, [](void* held) { delete static_cast<std::shared_ptr<const void>*>(held); }};
  py::array_t<std::uint8_t> out{{static_cast<py::ssize_t>(bytes)}, {1}, static_cast<const std::uint8_t*>(data), base};
  out.attr("flags").attr("writeable") = false;
  return out;
}

py::list listed(const std::vector<storage::NamedArray>& arrays, const std::shared_ptr<const void>& owner) {
  py::list out;
  for (const storage::NamedArray& each : arrays) {
    out.append(py::make_tuple(each.name, std::string{storage::format_of(each.type)},
                              array_bytes(each.data, each.size * width_of(each.type), owner)));
  }
  return out;
}

storage::Arrays arrays_of(const py::handle& from) {
  const auto [name, batch] = from.cast<std::pair<std::string, py::object>>();
  const auto pair = batch.attr("__arrow_c_array__")().cast<py::tuple>();
  auto* schema = static_cast<ArrowSchema*>(PyCapsule_GetPointer(py::object{pair[0]}.ptr(), "arrow_schema"));
  auto* array = static_cast<ArrowArray*>(PyCapsule_GetPointer(py::object{pair[1]}.ptr(), "arrow_array"));
  if (schema == nullptr || array == nullptr) throw py::error_already_set{};
  return storage::Arrays{*schema, *array, name};
}

}  // namespace customerhealth::bindings
