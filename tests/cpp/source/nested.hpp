#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/arrays.hpp"

// Arrow arrays inside of arrays.
namespace customerhealth::nested {

using arrays::ok;
using arrays::TestColumn;
using Offsets = std::vector<std::int32_t>;
using Present = std::vector<bool>;  // empty: nothing is null

/// Puts a bitmap on an array that was built without one.
inline void set_valid(ArrowArray* array, const Present& present) {
  if (present.empty()) return;
  ArrowBitmap bits;
  ArrowBitmapInit(&bits);
  std::int64_t nulls = 0;
  for (const bool is_there : present) {
    ok(ArrowBitmapAppend(&bits, is_there ? 1 : 0, 1));
    nulls += is_there ? 0 : 1;
  }
  ArrowArraySetValidityBitmap(array, &bits);
  array->null_count = nulls;
}

inline TestColumn struct_of(const std::vector<std::string>& names, std::vector<TestColumn> members,
                            const Present& present = {}) {
  TestColumn column = arrays::batch_of(names, std::move(members));
  set_valid(column.array.get(), present);
  ok(ArrowArrayFinishBuilding(column.array.get(), NANOARROW_VALIDATION_LEVEL_NONE, nullptr));
  return column;
}

/// A list array: element i of row r is child element offsets[r] + i.
inline TestColumn list_of(ArrowType type, const Offsets& offsets, TestColumn elements, const Present& present = {},
                          std::int32_t fixed = 0) {
  TestColumn column;
  ArrowSchemaInit(column.schema.get());
  if (type == NANOARROW_TYPE_FIXED_SIZE_LIST)
    ok(ArrowSchemaSetTypeFixedSize(column.schema.get(), type, fixed));
  else
    ok(ArrowSchemaSetType(column.schema.get(), type));
  ok(ArrowArrayInitFromType(column.array.get(), type));
  ok(ArrowArrayAllocateChildren(column.array.get(), 1));
  if (type == NANOARROW_TYPE_FIXED_SIZE_LIST) {
    column.array->length = elements.array->length / fixed;
  } else {
    for (const std::int32_t offset : offsets) {
      ArrowBuffer* buffer = ArrowArrayBuffer(column.array.get(), 1);
      if (type == NANOARROW_TYPE_LARGE_LIST)
        ok(ArrowBufferAppendInt64(buffer, offset));
      else
        ok(ArrowBufferAppendInt32(buffer, offset));
    }
    column.array->length = static_cast<std::int64_t>(offsets.size()) - 1;
  }
  ArrowSchemaRelease(column.schema->children[0]);
  elements.schema.move(column.schema->children[0]);
  ok(ArrowSchemaSetName(column.schema->children[0], type == NANOARROW_TYPE_MAP ? "entries" : "item"));
  elements.array.move(column.array->children[0]);
  set_valid(column.array.get(), present);
  ok(ArrowArrayFinishBuilding(column.array.get(), NANOARROW_VALIDATION_LEVEL_NONE, nullptr));
  return column;
}

/// Rows from `begin` on of an array, as a slice has them.
inline TestColumn sliced(TestColumn column, std::int64_t begin) {
  column.array->offset += begin;
  column.array->length -= begin;
  column.array->null_count = column.array->null_count == 0 ? 0 : -1;
  return column;
}

}  // namespace customerhealth::nested
