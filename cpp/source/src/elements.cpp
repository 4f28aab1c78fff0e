#include "elements.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "customerhealth/arrow/all_null.hpp"
#include "customerhealth/arrow/made_chunks.hpp"
#include "customerhealth/common/blanks.hpp"
#include "customerhealth/common/errors.hpp"
#include "json_column.hpp"
#include "json_text.hpp"
#include "nanoarrow/nanoarrow.h"
#include "token_columns.hpp"

namespace customerhealth::source {

/// The elements of some neighbouring cells, and the texts that they point into beside those of the source.
struct Elements::Piece {
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> rows;  // in the chunk
  std::deque<std::string> kept;
  Count no_lists;         // by the rows of the source
  bool any_json = false;  // or what begins so
};

namespace {

/// Appends the parts of a text, without outer blanks.
void split(std::string_view text, std::string_view by, std::vector<std::string_view>& out) {
  for (;;) {
    const std::size_t end = text.find(by);
    out.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + by.size());
  }
}

bool begins_as_json(std::string_view text) noexcept {
  text = trimmed(text);
  return text.starts_with('[') || text.starts_with('{');
}

/// Reads the elements that a cell holds: a text that is split, or a JSON text that is a list; or what stands so at the
/// end of a path into JSON.
class CellReader {
 public:
  CellReader(std::optional<std::string> split, std::vector<Step> path)
      : split_{std::move(split)}, is_plain_{split_ && path.empty()}, paths_{{&path, 1}} {}

  /// Appends the elements; false: the cell is none.
  bool read(std::string_view text, std::vector<std::string_view>& out, std::deque<std::string>& kept) const {
    if (is_plain_) {
      if (is_json_list(text, kept)) return false;
      split(text, *split_, out);
      return true;
    }
    Token token;
    if (!paths_.find(text, {&token, 1}, kept)) return false;
    if (token.kind == Token::Kind::absent) return true;
    const bool is_text = token.kind == Token::Kind::text || token.kind == Token::Kind::escaped;
    if (token.kind == Token::Kind::escaped) {
      std::string& plain = kept.emplace_back();
      append_unescaped(token.text(), plain);
      text = plain;
    } else {
      text = token.text();
    }
    if (is_text && trimmed(text).empty()) return true;
    if (!split_) return (is_text || token.kind == Token::Kind::nested) && append_elements(text, out);
    if (token.kind == Token::Kind::nested || token.kind == Token::Kind::mismatch) return false;
    if (is_text)
      split(text, *split_, out);
    else
      out.push_back(kept.emplace_back(shown(token)));
    return true;
  }

 private:
  [[nodiscard]] bool is_json_list(std::string_view text, std::deque<std::string>& kept) const {
    Token token;
    return begins_as_json(text) && paths_.find(text, {&token, 1}, kept) && token.kind == Token::Kind::nested;
  }

  std::optional<std::string> split_;
  bool is_plain_;
  JsonPaths paths_;
};

/// 1 where a cell holds a value; NaN and infinities are none.
std::vector<std::uint8_t> where_valid(const arrow::ColumnChunk& cells) {
  std::vector<std::uint8_t> valid(static_cast<std::size_t>(cells.rows()));
  cells.validity(0, valid);
  if (cells.kind() != arrow::SourceKind::number) return valid;
  std::vector<double> numbers(valid.size());
  cells.numbers(0, numbers);
  for (std::size_t row = 0; row < valid.size(); ++row)
    valid[row] = valid[row] != 0 && std::isfinite(numbers[row]) ? 1 : 0;
  return valid;
}

/// What the elements of one chunk borrow from.
struct Owner {
  arrow::ColumnChunk cells;
  std::vector<std::deque<std::string>> kept;
};

}  // namespace

Route route_to(const arrow::ArrowTable& source, const std::string& table, const std::string& name,
               const std::string& root, std::size_t steps_from) {
  const std::vector<std::string>& there = source.column_names();
  if (std::ranges::count(there, root) > 1) {
    throw DataError{"table '" + table + "' has two columns named '" + root + "'; the model needs to know which one",
                    table, root};
  }
  const auto column = static_cast<std::size_t>(std::ranges::find(there, root) - there.begin());
  try {
    return find_route(source.schema(), column, parse_steps(name, steps_from));
  } catch (const DataError&) {
    throw;
  } catch (const Error& error) {
    throw DataError{table + "." + name + ": " + error.what(), table, name};
  }
}

Elements::Elements(const arrow::ArrowTable& source, const std::string& table, const model::EachSpec& each, Watch& watch)
    : source_{source}, table_{table}, each_{each}, watch_{watch} {
  const std::vector<std::string>& there = source.column_names();
  const std::string& name = each.column;
  const bool is_there = std::ranges::find(there, name) != there.end();
  const auto root = is_there ? std::optional{name} : root_of(name, there);
  if (!root) {
    throw DataError{
        table + ": the model needs a column '" + name + "', the table has none; " + suggest_column(name, there), table,
        name};
  }
  route_ = route_to(source, table, name, *root, root->size());
  find_lists();
  number_rows();
}

void Elements::find_lists() {
  if (route_.end == nullptr) return;
  if (auto elements = go_to_elements(route_)) {
    if (each_.split) fail("`split` takes texts apart; without it each element of the list is a row");
    route_ = std::move(*elements);
    arrow::NestedReader reader{table_, each_.column};
    std::int64_t row = 0;
    for (std::size_t b = 0; b < source_.batches().size(); ++b) {
      watch_.check();
      OfBatch of{b, {}};
      static_cast<void>(descend(source_.schema(), source_.batches()[b], route_.descents, reader, row, &of.rows));
      if (!of.rows.empty()) batches_.push_back(std::move(of));
      row += source_.batches()[b]->length;
    }
    return;
  }
  const std::vector<arrow::ColumnChunk> cells = this->cells();
  if (arrow::is_all_null(cells)) return;
  const arrow::SourceKind kind = arrow::kind_of(*route_.end);
  if (kind == arrow::SourceKind::text) {
    kind_ = each_.split ? Kind::cells : Kind::json;
    find_texts(cells);
  } else if (each_.split && kind != arrow::SourceKind::unusable) {
    kind_ = Kind::cells;
    find_cells(cells);
  } else {
    fail("`each` needs a list in every row");
  }
}

std::vector<arrow::ColumnChunk> Elements::cells() const {
  arrow::NestedReader reader{table_, each_.column};
  std::vector<arrow::ColumnChunk> out;
  std::int64_t row = 0;
  for (const auto& batch : source_.batches()) {
    watch_.check();
    out.push_back(descend(source_.schema(), batch, route_.descents, reader, row));
    row += batch->length;
  }
  return out;
}

void Elements::fail(const std::string& what) const {
  throw DataError{
      table_ + "." + each_.column + ": " + what + ", and the column is of type " + arrow::words_of_type(*route_.end),
      table_, each_.column};
}

void Elements::find_texts(const std::vector<arrow::ColumnChunk>& cells) {
  const std::vector<Block> blocks = blocks_of(cells);
  const CellReader reader{each_.split, route_.rest};
  std::vector<Piece> pieces(blocks.size());
  for_each(std::ssize(blocks), [&](std::int64_t b) {
    watch_.check();
    const Block& block = blocks[static_cast<std::size_t>(b)];
    Piece& piece = pieces[static_cast<std::size_t>(b)];
    std::vector<std::string_view> texts(static_cast<std::size_t>(block.rows));
    cells[block.chunk].texts(block.begin, texts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].data() == nullptr || trimmed(texts[i]).empty()) continue;
      piece.any_json = piece.any_json || begins_as_json(texts[i]);
      const std::int64_t row = static_cast<std::int64_t>(i);
      if (!reader.read(texts[i], piece.texts, piece.kept))
        piece.no_lists.add({1, block.first_row + row, std::string{texts[i].substr(0, kMostOfText)}});
      piece.rows.resize(piece.texts.size(), block.begin + row);
    }
  });
  count_no_lists(pieces);
  for (std::size_t b = 0, chunk = 0; chunk < cells.size(); ++chunk) {
    std::vector<std::string_view> texts;
    auto owner = std::make_shared<Owner>(Owner{cells[chunk], {}});
    OfBatch of{chunk, {}};
    for (; b < blocks.size() && blocks[b].chunk == chunk; ++b) {
      texts.insert(texts.end(), pieces[b].texts.begin(), pieces[b].texts.end());
      of.rows.insert(of.rows.end(), pieces[b].rows.begin(), pieces[b].rows.end());
      owner->kept.push_back(std::move(pieces[b].kept));
    }
    if (of.rows.empty()) continue;
    batches_.push_back(std::move(of));
    chunks_.push_back(texts_in(std::move(texts), std::move(owner)));
  }
}

void Elements::count_no_lists(const std::vector<Piece>& pieces) {
  Count none;
  bool any_json = false;
  for (const Piece& piece : pieces) {
    if (piece.no_lists.rows > 0) none.add(piece.no_lists);
    any_json = any_json || piece.any_json;
  }
  if (none.rows == 0) return;
  if (each_.split && route_.rest.empty()) {
    throw DataError{table_ + "." + each_.column + "[" + std::to_string(none.first_row) + "]: '" + none.example +
                        "' is a list or an object of JSON; `split` takes texts apart, and without it each element of a "
                        "list is a row",
                    table_, each_.column, none.first_row, none.rows};
  }
  if (!any_json) {
    throw DataError{table_ + "." + each_.column + "[" + std::to_string(none.first_row) + "]: '" + none.example +
                        "' is no list, and no row has one; `split` in `each` takes texts apart, such as \"split\": "
                        "\";\"",
                    table_, each_.column, none.first_row, 1};
  }
  lapses_.push_back({Lapse::Kind::no_list, each_.column, none.rows, none.first_row, none.example});
}

arrow::ColumnChunk Elements::texts_in(std::vector<std::string_view> texts, std::shared_ptr<const void> owner) const {
  if (texts.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw DataError{table_ + "." + each_.column + ": " + std::to_string(texts.size()) +
                        " elements in one record batch; give it in smaller ones",
                    table_, each_.column};
  }
  Buffer<std::int32_t> indices(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) indices[i] = static_cast<std::int32_t>(i);
  return arrow::text_chunk(std::move(indices), std::move(texts), std::move(owner));
}

/// What is no text is one element a cell.
void Elements::find_cells(const std::vector<arrow::ColumnChunk>& cells) {
  for (std::size_t chunk = 0; chunk < cells.size(); ++chunk) {
    watch_.check();
    const std::vector<std::uint8_t> valid = where_valid(cells[chunk]);
    OfBatch of{chunk, {}};
    for (std::size_t row = 0; row < valid.size(); ++row) {
      if (valid[row] != 0) of.rows.push_back(static_cast<std::int64_t>(row));
    }
    if (of.rows.empty()) continue;
    chunks_.push_back(cells[chunk].take(of.rows));
    batches_.push_back(std::move(of));
  }
}

void Elements::number_rows() {
  std::vector<std::int64_t> begins{0};
  for (const auto& batch : source_.batches()) begins.push_back(begins.back() + batch->length);
  for (const OfBatch& of : batches_) {
    for (const std::int64_t row : of.rows) places_.push_back(begins[of.batch] + row);
  }
}

std::vector<arrow::ColumnChunk> Elements::chunks(const Route& route, const std::string& name) const {
  if (kind_ != Kind::nested) return chunks_;
  arrow::NestedReader reader{table_, name};
  std::vector<arrow::ColumnChunk> out;
  std::int64_t row = 0;
  std::size_t next = 0;
  for (std::size_t b = 0; b < source_.batches().size() && next < batches_.size(); ++b) {
    watch_.check();
    if (batches_[next].batch == b) {
      out.push_back(descend(source_.schema(), source_.batches()[b], route.descents, reader, row));
      ++next;
    }
    row += source_.batches()[b]->length;
  }
  return out;
}

}  // namespace customerhealth::source
