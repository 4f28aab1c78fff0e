#include "customerhealth/source/walk.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "customerhealth/arrow/made_chunks.hpp"
#include "customerhealth/common/blanks.hpp"
#include "customerhealth/source/type_of.hpp"
#include "elements.hpp"
#include "json_column.hpp"
#include "nanoarrow/nanoarrow.h"
#include "nested_walk.hpp"
#include "token_columns.hpp"

namespace customerhealth::source {
namespace {

/// A column that is a path.
struct Walk {
  const Wanted* wanted = nullptr;
  std::string root;
  Route route;
  bool is_json = false;       // JSON texts stand at the end of the route
  bool trims = false;         // texts lose their outer blanks
  bool has_no_types = false;  // texts are of no type of their own
};

/// What stands at the end of routes, and how its rows are called.
struct Cells {
  std::function<std::vector<arrow::ColumnChunk>(const Walk&)> at;
  std::vector<std::int64_t> rows;  // of each chunk
  RowNumbers numbers;
};

bool is_same(const Descent& a, const Descent& b) {
  return a.kind == b.kind && a.place == b.place && a.match == b.match;
}

/// Whether values of the kind are to become others: those that the model's `types` says, or, of texts and ids that have
/// no types of their own, those that the column has to be of.
bool needs_reading(const Walk& walk, arrow::SourceKind kind) {
  const Wanted& wanted = *walk.wanted;
  const Type type = type_of(kind);
  if (type == Type::any || type == Type::instant) return false;
  if (wanted.is_settled && !fits(wanted, type)) return true;
  if (!walk.has_no_types) return false;
  if (wanted.is_name && wanted.integer_ids) return *wanted.integer_ids != (type == Type::number);
  return type == Type::text && !fits(wanted, type);
}

arrow::ColumnChunk without_blanks(const arrow::ColumnChunk& chunk) {
  std::vector<std::string_view> texts(static_cast<std::size_t>(chunk.rows()));
  chunk.texts(0, texts);
  const auto has_blanks = [](std::string_view text) { return trimmed(text).size() != text.size(); };
  if (std::ranges::none_of(texts, has_blanks)) return chunk;
  Buffer<std::int32_t> indices(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    indices[i] = texts[i].data() == nullptr ? -1 : static_cast<std::int32_t>(i);
    if (texts[i].data() != nullptr) texts[i] = trimmed(texts[i]);
  }
  return arrow::text_chunk(std::move(indices), std::move(texts), std::make_shared<arrow::ColumnChunk>(chunk));
}

class Walker {
 public:
  Walker(const arrow::ArrowTable& source, const std::string& table, std::span<const Wanted> wanted,
         const model::EachSpec* each, Watch& watch)
      : source_{source}, table_{table}, wanted_{wanted}, each_{each}, watch_{watch} {}

  [[nodiscard]] Walked run() {
    const Cells cells = cells_of_source();
    std::vector<arrow::MadeColumn> columns;
    Walked out{source_, {}};
    if (each_ == nullptr) {
      read(walks(nullptr), cells, columns, out.lapses);
      out.table = source_.with(std::move(columns));
      return out;
    }
    const Elements elements{source_, table_, *each_, watch_};
    read(walks(&elements), cells, columns, out.lapses);
    for (const Wanted& column : wanted_) {
      if (const auto place = source_.find(column.name); place && column.name != each_->column) {
        columns.push_back({column.name, source_.kind(*place), source_.is_unsigned(*place), source_.type_name(*place),
                           source_.chunks(*place)});
      }
    }
    take_rows(columns, elements);
    out.lapses.insert(out.lapses.end(), elements.lapses().begin(), elements.lapses().end());
    read(walks_on(elements), cells_of(elements), columns, out.lapses);
    std::vector<std::string> others;
    for (const std::string& name : source_.column_names()) {
      if (std::ranges::find(columns, name, &arrow::MadeColumn::name) == columns.end()) others.push_back(name);
    }
    out.places = Buffer<std::int64_t>(elements.places().size());
    std::ranges::copy(elements.places(), out.places.data());
    out.table = arrow::ArrowTable::of(table_, std::ssize(elements.places()), std::move(columns), std::move(others));
    return out;
  }

 private:
  /// Whether a name is the column whose elements are rows, or a path into them.
  [[nodiscard]] bool is_of_element(const std::string& name) const {
    if (each_ == nullptr) return false;
    if (name == each_->column) return true;
    std::vector<std::string> there = source_.column_names();
    if (std::ranges::find(there, name) != there.end()) return false;
    there.push_back(each_->column);
    return root_of(name, there) == each_->column;
  }

  /// The paths into the columns of the source.
  [[nodiscard]] std::vector<Walk> walks(const Elements* elements) const {
    const std::vector<std::string>& there = source_.column_names();
    std::vector<Walk> out;
    for (const Wanted& column : wanted_) {
      if (std::ranges::find(there, column.name) != there.end()) continue;
      if (elements != nullptr && is_of_element(column.name)) continue;
      auto root = root_of(column.name, there);
      if (!root) continue;
      Route route = route_to(source_, table_, column.name, *root, root->size());
      const bool is_json = !route.rest.empty();
      out.push_back({&column, std::move(*root), std::move(route), is_json});
    }
    return out;
  }

  /// The paths into elements.
  [[nodiscard]] std::vector<Walk> walks_on(const Elements& elements) const {
    std::vector<Walk> out;
    for (const Wanted& column : wanted_) {
      if (!is_of_element(column.name)) continue;
      const bool is_itself = column.name == each_->column;
      Walk walk{&column, each_->column, {}, false, is_itself, each_->split.has_value()};
      walk.route = element_route(elements, column.name);
      walk.is_json = !walk.route.rest.empty() || elements.kind() == Elements::Kind::json;
      out.push_back(std::move(walk));
    }
    return out;
  }

  [[nodiscard]] Route element_route(const Elements& elements, const std::string& name) const {
    try {
      const std::vector<Step> steps = parse_steps(name, each_->column.size());
      Route route = elements.route();
      if (elements.kind() == Elements::Kind::json) {
        route.rest = steps;
        return route;
      }
      route.rest.clear();
      return go_on(std::move(route), steps);
    } catch (const DataError&) {
      throw;
    } catch (const Error& error) {
      throw DataError{table_ + "." + name + ": " + error.what(), table_, name};
    }
  }

  void read(const std::vector<Walk>& walks, const Cells& cells, std::vector<arrow::MadeColumn>& columns,
            std::vector<Lapse>& lapses) const {
    std::deque<std::pair<const Walk*, Group>> groups;
    for (const Walk& walk : walks) {
      if (walk.route.end == nullptr) {
        columns.push_back({walk.wanted->name, arrow::SourceKind::null, false, "null", {}});
        for (const std::int64_t rows : cells.rows) columns.back().chunks.push_back(arrow::null_chunk(rows));
      } else if (walk.is_json) {
        group_for(walk, groups).leaves.push_back({walk.wanted, walk.route.rest, walk.trims});
      } else if (const arrow::SourceKind kind = arrow::kind_of(*walk.route.end); needs_reading(walk, kind)) {
        const Group group{Group::Cells::values, walk.wanted->name, {{walk.wanted, {}, walk.trims}}};
        read_group(group, table_, cells.at(walk), cells.numbers, watch_, columns, lapses);
      } else {
        columns.push_back({walk.wanted->name, kind, arrow::is_unsigned(*walk.route.end),
                           arrow::words_of_type(*walk.route.end), cells.at(walk)});
        if (walk.trims && kind == arrow::SourceKind::text)
          std::ranges::transform(columns.back().chunks, columns.back().chunks.begin(), without_blanks);
      }
    }
    for (const auto& [first, group] : groups) {
      read_group(group, table_, cells.at(*first), cells.numbers, watch_, columns, lapses);
    }
  }

  static Group& group_for(const Walk& walk, std::deque<std::pair<const Walk*, Group>>& groups) {
    for (auto& [first, group] : groups) {
      if (first->root == walk.root && std::ranges::equal(first->route.descents, walk.route.descents, is_same))
        return group;
    }
    groups.push_back({&walk, {Group::Cells::json, walk.root, {}}});
    return groups.back().second;
  }

  [[nodiscard]] Cells cells_of_source() const {
    Cells out{[this](const Walk& walk) { return chunks_of(walk); }, {}, {}};
    for (const auto& batch : source_.batches()) out.rows.push_back(batch->length);
    return out;
  }
  [[nodiscard]] Cells cells_of(const Elements& elements) const {
    Cells out{[&elements](const Walk& walk) { return elements.chunks(walk.route, walk.wanted->name); },
              {},
              RowNumbers{0, elements.places()}};
    for (const Elements::OfBatch& of : elements.batches()) out.rows.push_back(std::ssize(of.rows));
    return out;
  }

  [[nodiscard]] std::vector<arrow::ColumnChunk> chunks_of(const Walk& walk) const {
    std::vector<arrow::ColumnChunk> out;
    arrow::NestedReader reader{table_, walk.wanted->name};
    std::int64_t row = 0;
    for (const auto& batch : source_.batches()) {
      watch_.check();
      out.push_back(descend(source_.schema(), batch, walk.route.descents, reader, row));
      row += batch->length;
    }
    return out;
  }

  /// In place of the rows of each batch those that its elements are of.
  void take_rows(std::vector<arrow::MadeColumn>& columns, const Elements& elements) const {
    const auto& batches = elements.batches();
    std::vector<std::vector<arrow::ColumnChunk>> taken;
    for (arrow::MadeColumn& column : columns) {
      taken.push_back(std::exchange(column.chunks, {}));
      column.chunks.resize(batches.size(), arrow::null_chunk(0));
    }
    const auto width = std::ssize(columns);
    for_each(width * std::ssize(batches), [&](std::int64_t i) {
      watch_.check();
      const auto c = static_cast<std::size_t>(i % width), b = static_cast<std::size_t>(i / width);
      columns[c].chunks[b] = taken[c][batches[b].batch].take(batches[b].rows);
    });
  }

  const arrow::ArrowTable& source_;
  const std::string& table_;
  std::span<const Wanted> wanted_;
  const model::EachSpec* each_;
  Watch& watch_;
};

}  // namespace

Walked walk(const arrow::ArrowTable& source, const std::string& table, std::span<const Wanted> wanted, Watch& watch,
            const model::EachSpec* each) {
  return Walker{source, table, wanted, each, watch}.run();
}

}  // namespace customerhealth::source
