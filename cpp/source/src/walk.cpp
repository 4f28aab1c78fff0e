#include "customerhealth/source/walk.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "json_column.hpp"
#include "json_text.hpp"
#include "nanoarrow/nanoarrow.h"
#include "nested_walk.hpp"

namespace customerhealth::source {
namespace {

constexpr std::int64_t kBlock = 1 << 14;  // rows of JSON texts that a task reads
static_assert(kBlock % 8 == 0);           // whole bytes of bitmaps
constexpr std::size_t kMostOfText = 40;   // bytes of a text in messages

/// A column that is a path.
struct Walk {
  const Wanted* wanted = nullptr;
  std::string root;
  Route route;
};

/// Paths into the same JSON texts.
struct Group {
  std::vector<const Walk*> walks;
  std::string column;  // what the texts are called
};

bool is_same(const Descent& a, const Descent& b) {
  return a.kind == b.kind && a.place == b.place && a.match == b.match;
}

/// Where a piece of a chunk lies.
struct Block {
  const arrow::ColumnChunk* chunk = nullptr;
  std::int64_t begin = 0, rows = 0;
  std::int64_t first_row = 0;  // in the table
};

std::vector<Block> blocks_of(const std::vector<arrow::ColumnChunk>& chunks) {
  std::vector<Block> out;
  std::int64_t row = 0;
  for (const arrow::ColumnChunk& chunk : chunks) {
    for (std::int64_t begin = 0; begin < chunk.rows(); begin += kBlock) {
      const std::int64_t rows = std::min(kBlock, chunk.rows() - begin);
      out.push_back({&chunk, begin, rows, row});
      row += rows;
    }
  }
  return out;
}

/// Rows that were counted, the first of them, and what it holds.
struct Count {
  std::int64_t rows = 0, first_row = -1;
  std::string example;

  void add(const Count& later) {
    if (rows == 0)
      *this = later;
    else
      rows += later.rows;
  }
};

/// The paths of a group, read from their texts.
class GroupReader {
 public:
  GroupReader(const Group& group, const std::string& table, const std::vector<arrow::ColumnChunk>& texts, Watch& watch)
      : group_{group}, table_{table}, blocks_{blocks_of(texts)}, watch_{watch} {}

  void run(std::vector<arrow::MadeColumn>& columns, std::vector<Lapse>& lapses) {
    find_tokens();
    if (no_json_.rows > 0)
      lapses.push_back({Lapse::Kind::no_json, group_.column, no_json_.rows, no_json_.first_row, no_json_.example});
    for (std::size_t path = 0; path < group_.walks.size(); ++path) read(path, columns, lapses);
  }

 private:
  /// The tokens of the paths, one path after the other, and the texts that they point into beside those of the source.
  struct Found {
    std::vector<Token> tokens;
    std::deque<std::string> kept;
    Count no_json;
  };

  void find_tokens() {
    std::vector<std::vector<Step>> rests;
    for (const Walk* walk : group_.walks) rests.push_back(walk->route.rest);
    const JsonPaths paths{rests};
    found_.resize(blocks_.size());
    for_each(std::ssize(blocks_), [&](std::int64_t b) {
      watch_.check();
      find_in(paths, blocks_[static_cast<std::size_t>(b)], found_[static_cast<std::size_t>(b)]);
    });
    for (const Found& found : found_) {
      if (found.no_json.rows > 0) no_json_.add(found.no_json);
    }
  }

  void find_in(const JsonPaths& paths, const Block& block, Found& found) const {
    const auto rows = static_cast<std::size_t>(block.rows);
    const std::size_t width = group_.walks.size();
    std::vector<std::string_view> texts(rows);
    block.chunk->texts(block.begin, texts);
    found.tokens.resize(rows * width);
    std::vector<Token> row_tokens(width);
    for (std::size_t row = 0; row < rows; ++row) {
      if (texts[row].find_first_not_of(" \t\r\n") == std::string_view::npos) continue;  // null, or nothing
      if (!paths.find(texts[row], row_tokens, found.kept)) {
        if (found.no_json.rows++ > 0) continue;
        found.no_json.first_row = block.first_row + static_cast<std::int64_t>(row);
        found.no_json.example = texts[row].substr(0, kMostOfText);
        continue;
      }
      for (std::size_t path = 0; path < width; ++path) found.tokens[path * rows + row] = row_tokens[path];
    }
  }

  [[nodiscard]] std::span<const Token> tokens(std::size_t block, std::size_t path) const {
    const auto rows = static_cast<std::size_t>(blocks_[block].rows);
    return std::span{found_[block].tokens}.subspan(path * rows, rows);
  }

  void read(std::size_t path, std::vector<arrow::MadeColumn>& columns, std::vector<Lapse>& lapses) const {
    const Wanted& wanted = *group_.walks[path]->wanted;
    const auto count = std::ssize(blocks_);
    std::vector<Seen> seen(blocks_.size());
    for_each(count, [&](std::int64_t b) {
      seen[static_cast<std::size_t>(b)] = look_at(tokens(static_cast<std::size_t>(b), path), needs_texts(wanted));
    });
    Seen all;
    for (const Seen& one : seen) all.add(one);
    const Reading reading = reading_of(all, wanted);
    std::vector<std::optional<ReadTokens>> read(blocks_.size());
    for_each(count, [&](std::int64_t b) {
      watch_.check();
      read[static_cast<std::size_t>(b)] = read_tokens(tokens(static_cast<std::size_t>(b), path), reading, wanted);
    });
    arrow::MadeColumn added{wanted.name, reading.kind, reading.is_unsigned, words_of(reading.kind), {}};
    Count mixed;
    std::vector<arrow::OwnValues> parts;  // of one batch
    for (std::size_t b = 0; b < read.size(); ++b) {
      refuse_instant(*read[b], b, path);
      if (read[b]->mixed > 0)
        mixed.add({read[b]->mixed, blocks_[b].first_row + read[b]->first_mixed, std::move(read[b]->example)});
      parts.push_back(std::move(read[b]->values));
      if (b + 1 < read.size() && blocks_[b + 1].chunk == blocks_[b].chunk) continue;
      added.chunks.push_back(arrow::chunk_of(join(std::move(parts))));
      parts.clear();
    }
    if (mixed.rows > 0)
      lapses.push_back({Lapse::Kind::mixed_types, wanted.name, mixed.rows, mixed.first_row, mixed.example});
    columns.push_back(std::move(added));
  }

  static std::string words_of(arrow::SourceKind kind) {
    switch (kind) {
      case arrow::SourceKind::integer:
      case arrow::SourceKind::number:
        return "numbers in JSON";
      case arrow::SourceKind::boolean:
        return "booleans in JSON";
      case arrow::SourceKind::text:
        return "texts in JSON";
      case arrow::SourceKind::instant:
        return "instants in JSON";
      default:
        return "nothing in JSON";
    }
  }

  /// Where a column has to be of instants, a text that is none is an error, as in a column of texts.
  void refuse_instant(const ReadTokens& read, std::size_t block, std::size_t path) const {
    const Wanted& wanted = *group_.walks[path]->wanted;
    if (read.bad_instant < 0 || wanted.types.size() != 1) return;
    const std::int64_t row = blocks_[block].first_row + read.bad_instant;
    const Token& token = tokens(block, path)[static_cast<std::size_t>(read.bad_instant)];
    throw DataError{table_ + "." + wanted.name + "[" + std::to_string(row) + "]: '" + shown(token) +
                        "' is no instant; expected one such as 2026-07-01 or 2026-07-01T12:00:00+02:00",
                    table_, wanted.name, row, 1};
  }

  const Group& group_;
  const std::string& table_;
  std::vector<Block> blocks_;
  Watch& watch_;
  std::vector<Found> found_;
  Count no_json_;
};

class Walker {
 public:
  Walker(const arrow::ArrowTable& source, const std::string& table, Watch& watch)
      : source_{source}, table_{table}, watch_{watch} {}

  void plan(std::span<const Wanted> wanted) {
    const std::vector<std::string>& there = source_.column_names();
    for (const Wanted& column : wanted) {
      if (std::ranges::find(there, column.name) != there.end()) continue;
      if (auto root = root_of(column.name, there)) walks_.push_back(walk_of(column, std::move(*root)));
    }
  }

  [[nodiscard]] Walked run() {
    Walked out{source_, {}};
    std::vector<arrow::MadeColumn> columns;
    std::deque<Group> groups;
    for (const Walk& walk : walks_) {
      if (walk.route.end == nullptr)
        columns.push_back({walk.wanted->name, arrow::SourceKind::null, false, "null", nulls()});
      else if (!walk.route.rest.empty())
        group_for(walk, groups).walks.push_back(&walk);
      else
        columns.push_back({walk.wanted->name, arrow::kind_of(*walk.route.end), arrow::is_unsigned(*walk.route.end),
                           arrow::words_of_type(*walk.route.end), chunks_of(walk)});
    }
    for (const Group& group : groups) {
      const std::vector<arrow::ColumnChunk> texts = chunks_of(*group.walks.front());
      GroupReader{group, table_, texts, watch_}.run(columns, out.lapses);
    }
    out.table = source_.with(std::move(columns));
    return out;
  }

 private:
  Walk walk_of(const Wanted& wanted, std::string root) const {
    const std::vector<std::string>& there = source_.column_names();
    if (std::ranges::count(there, root) > 1) {
      throw DataError{"table '" + table_ + "' has two columns named '" + root + "'; the model needs to know which one",
                      table_, root};
    }
    const auto column = static_cast<std::size_t>(std::ranges::find(there, root) - there.begin());
    try {
      const std::vector<Step> steps = parse_steps(wanted.name, root.size());
      Route route = find_route(source_.schema(), column, steps);
      return {&wanted, std::move(root), std::move(route)};
    } catch (const DataError&) {
      throw;
    } catch (const Error& error) {
      throw DataError{table_ + "." + wanted.name + ": " + error.what(), table_, wanted.name};
    }
  }

  static Group& group_for(const Walk& walk, std::deque<Group>& groups) {
    for (Group& group : groups) {
      const Walk& first = *group.walks.front();
      if (first.root == walk.root && std::ranges::equal(first.route.descents, walk.route.descents, is_same))
        return group;
    }
    groups.push_back({{}, walk.root});
    return groups.back();
  }

  [[nodiscard]] std::vector<arrow::ColumnChunk> nulls() const {
    std::vector<arrow::ColumnChunk> out;
    for (const auto& batch : source_.batches()) {
      arrow::OwnValues values;
      values.rows = batch->length;
      out.push_back(arrow::chunk_of(std::move(values)));
    }
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

  const arrow::ArrowTable& source_;
  const std::string& table_;
  Watch& watch_;
  std::vector<Walk> walks_;
};

}  // namespace

Walked walk(const arrow::ArrowTable& source, const std::string& table, std::span<const Wanted> wanted, Watch& watch) {
  Walker walker{source, table, watch};
  walker.plan(wanted);
  return walker.run();
}

}  // namespace customerhealth::source
