#include "customerhealth/arrow/table.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "batch_reader.hpp"
#include "nanoarrow/nanoarrow.hpp"
#include "source_type.hpp"

namespace customerhealth::arrow {
namespace {

[[noreturn]] void fail(const std::string& table, const std::string& what) {
  throw DataError{"table '" + table + "': " + what, table, ""};
}

/// The producer's own words, as many as there are.
std::string last_error(ArrowArrayStream& stream, int code) {
  const char* words = stream.get_last_error == nullptr ? nullptr : stream.get_last_error(&stream);
  return words != nullptr && *words != '\0' ? words : std::generic_category().message(code);
}

void check_is_table(const ArrowSchema& schema, const std::string& table) {
  if (schema.release == nullptr || schema.format == nullptr) fail(table, "its Arrow schema is empty");
  if (std::string_view{schema.format} != "+s") {
    fail(table, "expected a table (an Arrow struct of columns), got an array of type " + type_in_words(schema));
  }
  const bool has_children = schema.n_children == 0 || schema.children != nullptr;
  if (schema.n_children < 0 || !has_children) fail(table, "its Arrow schema is malformed: columns are not there");
}

}  // namespace

struct ArrowTable::Impl {
  struct TableColumn {
    SourceKind kind = SourceKind::unusable;
    bool is_unsigned = false;
    SourceType type;  // of the batches that are read
    std::string type_name;
    bool is_wanted = false;
    std::vector<ColumnChunk> chunks;
  };

  std::string name;
  std::shared_ptr<const nanoarrow::UniqueSchema> given;
  std::vector<std::shared_ptr<const ArrowArray>> batches;
  std::vector<std::string> column_names;
  std::vector<TableColumn> columns;
  std::int64_t rows = 0;

  void take_schema(const ArrowSchema& schema, std::span<const std::string> wanted);
  void take_batch(BatchReader& reader, nanoarrow::UniqueArray array);
};

void ArrowTable::Impl::take_schema(const ArrowSchema& schema, std::span<const std::string> wanted) {
  check_is_table(schema, name);
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema* child = schema.children[i];
    if (child == nullptr || child->release == nullptr || child->format == nullptr) {
      fail(name, "its Arrow schema is malformed: column " + std::to_string(i) + " is not there");
    }
    std::string column = child->name == nullptr ? "" : child->name;
    const bool is_wanted = std::ranges::find(wanted, column) != wanted.end();
    if (is_wanted && std::ranges::find(column_names, column) != column_names.end()) {
      throw DataError{"table '" + name + "' has two columns named '" + column + "'; the model needs to know which one",
                      name, column};
    }
    const SourceType type = source_type(*child);
    columns.push_back({type.kind, type.is_unsigned(), type, type_in_words(*child), is_wanted, {}});
    column_names.push_back(std::move(column));
  }
}

void ArrowTable::Impl::take_batch(BatchReader& reader, nanoarrow::UniqueArray array) {
  reader.check(*array.get(), rows);
  if (array->length == 0) return;
  const auto owner = std::make_shared<nanoarrow::UniqueArray>(std::move(array));
  const auto& batch = batches.emplace_back(owner, owner->get());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    TableColumn& column = columns[i];
    if (column.is_wanted) column.chunks.push_back(reader.read(batch, i, column_names[i], column.type, rows));
  }
  rows += batch->length;
}

ArrowTable ArrowTable::read(ArrowArrayStream& stream, const std::string& name, std::span<const std::string> wanted,
                            const std::function<void()>& between) {
  nanoarrow::UniqueArrayStream owned{&stream};
  ArrowArrayStream* const from = owned.get();
  if (from->release == nullptr) fail(name, "its Arrow stream has been read already");
  const auto impl = std::make_shared<Impl>();
  impl->name = name;
  const auto schema = std::make_shared<nanoarrow::UniqueSchema>();
  if (const int code = from->get_schema(from, schema->get()); code != 0) {
    fail(name, "its producer could not tell the columns: " + last_error(*from, code));
  }
  impl->take_schema(*schema->get(), wanted);
  impl->given = schema;
  BatchReader reader{name, schema->get()->n_children};
  for (;;) {
    nanoarrow::UniqueArray array;
    if (const int code = from->get_next(from, array.get()); code != 0) {
      fail(name, "its producer failed after " + std::to_string(impl->rows) + " rows: " + last_error(*from, code));
    }
    if (array->release == nullptr) break;
    if (between) between();
    impl->take_batch(reader, std::move(array));
  }
  return ArrowTable{impl};
}

ArrowTable ArrowTable::read(ArrowSchema& schema, ArrowArray& array, const std::string& name,
                            std::span<const std::string> wanted) {
  const auto owned_schema = std::make_shared<const nanoarrow::UniqueSchema>(&schema);
  nanoarrow::UniqueArray owned_array{&array};
  const auto impl = std::make_shared<Impl>();
  impl->name = name;
  if (owned_array->release == nullptr) fail(name, "its Arrow array has been read already");
  impl->take_schema(*owned_schema->get(), wanted);
  impl->given = owned_schema;
  BatchReader reader{name, owned_schema->get()->n_children};
  impl->take_batch(reader, std::move(owned_array));
  return ArrowTable{impl};
}

ArrowTable ArrowTable::of(std::string name, std::int64_t rows, std::vector<MadeColumn> columns,
                          std::vector<std::string> others) {
  const auto impl = std::make_shared<Impl>();
  impl->name = std::move(name);
  impl->rows = rows;
  for (MadeColumn& column : columns) {
    impl->column_names.push_back(std::move(column.name));
    impl->columns.push_back({column.kind, column.is_unsigned, {}, std::move(column.type_name), true, {}});
    impl->columns.back().chunks = std::move(column.chunks);
  }
  impl->columns.resize(impl->columns.size() + others.size());
  std::ranges::move(others, std::back_inserter(impl->column_names));
  return ArrowTable{impl};
}

std::int64_t ArrowTable::rows() const noexcept { return impl_->rows; }
const std::vector<std::string>& ArrowTable::column_names() const noexcept { return impl_->column_names; }

std::optional<std::size_t> ArrowTable::find(std::string_view column) const noexcept {
  for (std::size_t i = 0; i < impl_->columns.size(); ++i) {
    if (impl_->columns[i].is_wanted && impl_->column_names[i] == column) return i;
  }
  return std::nullopt;
}

SourceKind ArrowTable::kind(std::size_t column) const noexcept { return impl_->columns[column].kind; }
bool ArrowTable::is_unsigned(std::size_t column) const noexcept { return impl_->columns[column].is_unsigned; }
std::string ArrowTable::type_name(std::size_t column) const { return impl_->columns[column].type_name; }

const std::vector<ColumnChunk>& ArrowTable::chunks(std::size_t column) const { return impl_->columns[column].chunks; }

const ArrowSchema& ArrowTable::schema() const noexcept { return *impl_->given->get(); }
const std::vector<std::shared_ptr<const ArrowArray>>& ArrowTable::batches() const noexcept { return impl_->batches; }

ArrowTable ArrowTable::with(std::vector<MadeColumn> columns) const {
  if (columns.empty()) return *this;
  const auto impl = std::make_shared<Impl>(*impl_);
  for (MadeColumn& added : columns) {
    impl->columns.push_back(
        {added.kind, added.is_unsigned, {}, std::move(added.type_name), true, std::move(added.chunks)});
    impl->column_names.push_back(std::move(added.name));
  }
  return ArrowTable{impl};
}

}  // namespace customerhealth::arrow
