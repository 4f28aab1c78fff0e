#include "customerhealth/storage/arrays.hpp"

#include <utility>

#include "customerhealth/common/errors.hpp"
#include "nanoarrow/nanoarrow.hpp"

namespace customerhealth::storage {
namespace {

struct Owned {
  nanoarrow::UniqueSchema schema;
  nanoarrow::UniqueArray array;
  nanoarrow::UniqueArrayView view;
};

}  // namespace

std::string_view format_of(ArrayType type) noexcept {
  switch (type) {
    case ArrayType::number:
      return "g";
    case ArrayType::int64:
      return "l";
    case ArrayType::instant:
      return "tsu:UTC";
    case ArrayType::int32:
      return "i";
    case ArrayType::uint32:
      return "I";
    case ArrayType::byte:
      return "C";
    case ArrayType::int128:
      return "w:16";
    case ArrayType::text:
      return "U";
  }
  return "";
}

Arrays::Arrays(ArrowSchema& schema, ArrowArray& array, std::string file) : file_{std::move(file)} {
  auto owned = std::make_shared<Owned>();
  ArrowSchemaMove(&schema, owned->schema.get());
  ArrowArrayMove(&array, owned->array.get());
  ArrowError error;
  ArrowErrorInit(&error);
  if (ArrowArrayViewInitFromSchema(owned->view.get(), owned->schema.get(), &error) != NANOARROW_OK ||
      ArrowArrayViewSetArray(owned->view.get(), owned->array.get(), &error) != NANOARROW_OK) {
    refuse(ArrowErrorMessage(&error));
  }
  const ArrowArrayView& whole = *owned->view.get();
  if (whole.storage_type != NANOARROW_TYPE_STRUCT || whole.offset != 0) refuse("it is no batch of columns");
  rows_ = static_cast<std::size_t>(whole.length);
  for (std::int64_t c = 0; c < whole.n_children; ++c) {
    const ArrowArrayView& child = *whole.children[c];
    const ArrowSchema& field = *owned->schema->children[c];
    const std::string name = field.name == nullptr ? "" : field.name;
    if (child.length != whole.length || child.offset != 0) refuse("column " + name + " has another length");
    Column column{field.format, nullptr, nullptr};
    if (column.format == format_of(ArrayType::text)) {
      if (ArrowArrayViewValidate(whole.children[c], NANOARROW_VALIDATION_LEVEL_FULL, &error) != NANOARROW_OK) {
        refuse("column " + name + ": " + ArrowErrorMessage(&error));
      }
      column.offsets = child.buffer_views[1].data.as_int64;
      column.data = child.buffer_views[2].data.data;
    } else {
      column.data = child.buffer_views[1].data.data;
    }
    if (!columns_.try_emplace(name, std::move(column)).second) refuse("column " + name + " is there twice");
  }
  owner_ = std::move(owned);
}

void Arrays::refuse(const std::string& what) const {
  throw DataError{"the saved portfolio cannot be read: " + file_ + ": " + what, "", ""};
}

const void* Arrays::find(const std::string& name, ArrayType type, std::size_t alignment) const {
  const auto found = columns_.find(name);
  if (found == columns_.end()) refuse("there is no column " + name);
  if (found->second.format != format_of(type)) {
    refuse("column " + name + " has the format '" + found->second.format + "' where '" + std::string{format_of(type)} +
           "' belongs");
  }
  const void* data = found->second.data;
  if (rows_ > 0 && (data == nullptr || reinterpret_cast<std::uintptr_t>(data) % alignment != 0)) {
    refuse("the values of column " + name + " are not where they belong");
  }
  return data;
}

std::vector<std::string_view> Arrays::texts(const std::string& name) const {
  const auto* const bytes = static_cast<const char*>(find(name, ArrayType::text, 1));
  const std::int64_t* const offsets = columns_.at(name).offsets;
  std::vector<std::string_view> out;
  out.reserve(rows_);
  for (std::size_t i = 0; i < rows_; ++i) {
    out.emplace_back(bytes + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i]));
  }
  return out;
}

}  // namespace customerhealth::storage
