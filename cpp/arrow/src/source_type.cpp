#include "source_type.hpp"

namespace customerhealth::arrow {
namespace {

constexpr int kDeepestNameShown = 4;  // nested types are only named in messages

SourceKind kind_of(ArrowType type) noexcept {
  switch (type) {
    case NANOARROW_TYPE_NA:
      return SourceKind::null;
    case NANOARROW_TYPE_BOOL:
      return SourceKind::boolean;
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_UINT8:
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_UINT16:
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_UINT32:
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_UINT64:
      return SourceKind::integer;
    case NANOARROW_TYPE_HALF_FLOAT:
    case NANOARROW_TYPE_FLOAT:
    case NANOARROW_TYPE_DOUBLE:
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      return SourceKind::number;
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_STRING_VIEW:
      return SourceKind::text;
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DATE64:
    case NANOARROW_TYPE_TIMESTAMP:
      return SourceKind::instant;
    default:
      return SourceKind::unusable;
  }
}

/// Nothing when nanoarrow cannot read the schema.
std::optional<ArrowSchemaView> view_of(const ArrowSchema& bare_schema) {
  const bool has_children = bare_schema.children != nullptr;
  if (bare_schema.n_children < 0 || (bare_schema.n_children > 0 && !has_children)) return std::nullopt;
  ArrowSchemaView view{};
  if (ArrowSchemaViewInit(&view, &bare_schema, nullptr) != NANOARROW_OK) return std::nullopt;
  return view;
}

std::string in_brackets(const char* name, const std::string& content) {
  return std::string{name} + "[" + content + "]";
}

std::string name_of_flat(const ArrowSchemaView& view) {
  const char* name = ArrowTypeString(view.type);
  switch (view.type) {
    case NANOARROW_TYPE_NA:
      return "null";
    case NANOARROW_TYPE_TIMESTAMP: {
      const std::string zone = view.timezone == nullptr ? "" : view.timezone;
      return in_brackets(name, ArrowTimeUnitString(view.time_unit) + (zone.empty() ? zone : ", " + zone));
    }
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
    case NANOARROW_TYPE_DURATION:
      return in_brackets(name, ArrowTimeUnitString(view.time_unit));
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      return in_brackets(name, std::to_string(view.fixed_size));
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      return std::string{name} + "(" + std::to_string(view.decimal_precision) + ", " +
             std::to_string(view.decimal_scale) + ")";
    default:
      return name;
  }
}

std::string name_of(const ArrowSchema& schema, int depth) {
  if (depth > kDeepestNameShown) return "...";
  if (schema.format == nullptr || schema.release == nullptr) return "unknown";
  const ArrowSchema without = bare(schema);
  if (schema.dictionary != nullptr) {
    ArrowSchema index = without;
    index.dictionary = nullptr;
    return "dictionary<values=" + name_of(*schema.dictionary, depth + 1) + ", indices=" + name_of(index, depth + 1) +
           ">";
  }
  const auto view = view_of(without);
  if (!view) return "unknown type '" + std::string{schema.format} + "'";
  if (schema.n_children == 0) return name_of_flat(*view);
  std::string children;
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema* child = schema.children[i];
    if (child == nullptr) continue;
    if (!children.empty()) children += ", ";
    if (child->name != nullptr && *child->name != '\0') children += std::string{child->name} + ": ";
    children += name_of(*child, depth + 1);
  }
  return std::string{ArrowTypeString(view->type)} + "<" + children + ">";
}

}  // namespace

bool SourceType::is_unsigned() const noexcept {
  return storage == NANOARROW_TYPE_UINT8 || storage == NANOARROW_TYPE_UINT16 || storage == NANOARROW_TYPE_UINT32 ||
         storage == NANOARROW_TYPE_UINT64;
}

ArrowSchema bare(const ArrowSchema& schema) noexcept {
  ArrowSchema copy = schema;
  copy.metadata = nullptr;
  copy.flags &= ARROW_FLAG_NULLABLE;
  return copy;
}

SourceType source_type(const ArrowSchema& schema) {
  SourceType type;
  ArrowSchema outer = bare(schema);
  if (schema.dictionary != nullptr) {
    if (schema.dictionary->dictionary != nullptr) return type;
    outer.dictionary = nullptr;
    const auto index = view_of(outer);
    if (!index || kind_of(index->type) != SourceKind::integer) return type;
    type.is_dictionary = true;
    type.index = index->type;
    outer = bare(*schema.dictionary);
  }
  const auto view = view_of(outer);
  if (!view) return type;
  type.kind = kind_of(view->type);
  type.storage = view->type;
  if (type.storage == NANOARROW_TYPE_TIMESTAMP) {
    type.unit = view->time_unit;
    type.has_zone = view->timezone != nullptr && *view->timezone != '\0';
  }
  if (type.kind == SourceKind::number) type.scale = view->decimal_scale;
  return type;
}

std::string type_in_words(const ArrowSchema& schema) { return name_of(schema, 0); }

}  // namespace customerhealth::arrow
