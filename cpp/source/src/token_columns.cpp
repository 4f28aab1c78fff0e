#include "token_columns.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

#include "customerhealth/common/blanks.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "json_column.hpp"
#include "json_text.hpp"

namespace customerhealth::source {
namespace {

std::string words_of(arrow::SourceKind kind) {
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

/// What a value is not, and what would be one.
std::string why_not(arrow::SourceKind wanted) {
  switch (wanted) {
    case arrow::SourceKind::integer:
      return "is no integer as it is shown, without zeros before it";
    case arrow::SourceKind::number:
      return "is no number; expected digits with a point, as in 1234.5 or 1e3";
    case arrow::SourceKind::boolean:
      return "is neither true nor false (t, f, yes, no, y, n, 1, 0 in any case)";
    case arrow::SourceKind::instant:
      return "is no instant; expected one such as 2026-07-01 or 2026-07-01T12:00:00+02:00";
    default:
      return "is no text";
  }
}

Token text_token(std::string_view text) noexcept {
  return {text.data(), static_cast<std::uint32_t>(text.size()), Token::Kind::text};
}

/// The values of some cells as tokens, the bytes of those that are no texts in `kept`.
std::vector<Token> tokens_of(const arrow::ColumnChunk& cells, std::int64_t begin, std::size_t rows,
                             std::deque<std::string>& kept) {
  std::vector<Token> out(rows);
  const auto set = [&](std::size_t row, Token::Kind kind, std::string_view text) {
    out[row] = {text.data(), static_cast<std::uint32_t>(text.size()), kind};
  };
  switch (cells.kind()) {
    case arrow::SourceKind::text: {
      std::vector<std::string_view> texts(rows);
      cells.texts(begin, texts);
      for (std::size_t row = 0; row < rows; ++row) {
        if (texts[row].data() != nullptr) out[row] = text_token(texts[row]);
      }
      break;
    }
    case arrow::SourceKind::boolean: {
      std::vector<Truth> truths(rows);
      cells.truths(begin, truths);
      for (std::size_t row = 0; row < rows; ++row) {
        if (truths[row] != Truth::missing) set(row, truths[row] == Truth::yes ? Token::Kind::yes : Token::Kind::no, "");
      }
      break;
    }
    case arrow::SourceKind::integer: {
      std::vector<std::int64_t> integers(rows);
      std::vector<std::uint8_t> valid(rows);
      cells.integers(begin, integers, valid);
      for (std::size_t row = 0; row < rows; ++row) {
        if (valid[row] == 0) continue;
        const bool is_large = cells.is_unsigned() && integers[row] < 0;
        set(row, Token::Kind::integer,
            kept.emplace_back(is_large ? std::to_string(static_cast<std::uint64_t>(integers[row]))
                                       : std::to_string(integers[row])));
      }
      break;
    }
    case arrow::SourceKind::number: {
      std::vector<double> numbers(rows);
      cells.numbers(begin, numbers);
      for (std::size_t row = 0; row < rows; ++row) {
        if (!std::isfinite(numbers[row])) continue;
        const std::string& text = kept.emplace_back(shortest(numbers[row]));
        const bool is_whole = text.find_first_not_of("-0123456789") == std::string::npos;
        set(row, is_whole ? Token::Kind::integer : Token::Kind::number, text);
      }
      break;
    }
    default:
      break;
  }
  return out;
}

class GroupReader {
 public:
  GroupReader(const Group& group, const std::string& table, const std::vector<arrow::ColumnChunk>& cells,
              const RowNumbers& numbers, Watch& watch)
      : group_{group}, table_{table}, cells_{cells}, numbers_{numbers}, blocks_{blocks_of(cells)}, watch_{watch} {}

  void run(std::vector<arrow::MadeColumn>& columns, std::vector<Lapse>& lapses) {
    find_tokens();
    if (no_json_.rows > 0)
      lapses.push_back({Lapse::Kind::no_json, group_.column, no_json_.rows, no_json_.first_row, no_json_.example});
    for (std::size_t leaf = 0; leaf < group_.leaves.size(); ++leaf) read(leaf, columns, lapses);
  }

 private:
  /// The tokens of the columns, one column after the other, and the texts that they point into beside those of the
  /// source.
  struct Found {
    std::vector<Token> tokens;
    std::deque<std::string> kept;
    Count no_json;
  };

  [[nodiscard]] std::int64_t number(const Block& block, std::int64_t row) const noexcept {
    return numbers_(block.first_row + row);
  }

  void find_tokens() {
    std::vector<std::vector<Step>> steps;
    for (const Leaf& leaf : group_.leaves) steps.push_back(leaf.steps);
    const JsonPaths paths{steps};
    found_.resize(blocks_.size());
    for_each(std::ssize(blocks_), [&](std::int64_t b) {
      watch_.check();
      const Block& block = blocks_[static_cast<std::size_t>(b)];
      Found& found = found_[static_cast<std::size_t>(b)];
      if (group_.cells == Group::Cells::json)
        find_in(paths, block, found);
      else
        found.tokens = tokens_of(cells_[block.chunk], block.begin, static_cast<std::size_t>(block.rows), found.kept);
      tidy(block, found);
    });
    for (const Found& found : found_) {
      if (found.no_json.rows > 0) no_json_.add(found.no_json);
    }
  }

  void find_in(const JsonPaths& paths, const Block& block, Found& found) const {
    const auto rows = static_cast<std::size_t>(block.rows);
    const std::size_t width = group_.leaves.size();
    std::vector<std::string_view> texts(rows);
    cells_[block.chunk].texts(block.begin, texts);
    found.tokens.resize(rows * width);
    std::vector<Token> row_tokens(width);
    for (std::size_t row = 0; row < rows; ++row) {
      if (texts[row].find_first_not_of(" \t\r\n") == std::string_view::npos) continue;  // null, or nothing
      if (!paths.find(texts[row], row_tokens, found.kept)) {
        if (found.no_json.rows++ > 0) continue;
        found.no_json.first_row = number(block, static_cast<std::int64_t>(row));
        found.no_json.example = texts[row].substr(0, kMostOfText);
        continue;
      }
      for (std::size_t leaf = 0; leaf < width; ++leaf) found.tokens[leaf * rows + row] = row_tokens[leaf];
    }
  }

  /// Takes blanks off texts where that is wanted; a cell of nothing but blanks is missing where no text fits.
  void tidy(const Block& block, Found& found) const {
    const auto rows = static_cast<std::size_t>(block.rows);
    for (std::size_t l = 0; l < group_.leaves.size(); ++l) {
      const Leaf& leaf = group_.leaves[l];
      const bool drops = group_.cells == Group::Cells::values && !fits(*leaf.wanted, Type::text);
      if (!leaf.trims && !drops) continue;
      for (Token& token : std::span{found.tokens}.subspan(l * rows, rows)) {
        if (token.kind == Token::Kind::escaped) {
          std::string& plain = found.kept.emplace_back();
          append_unescaped(token.text(), plain);
          token = text_token(plain);
        }
        if (token.kind != Token::Kind::text) continue;
        token = text_token(trimmed(token.text()));
        if (drops && token.size == 0) token = {};
      }
    }
  }

  [[nodiscard]] std::span<const Token> tokens(std::size_t block, std::size_t leaf) const {
    const auto rows = static_cast<std::size_t>(blocks_[block].rows);
    return std::span{found_[block].tokens}.subspan(leaf * rows, rows);
  }

  void read(std::size_t leaf, std::vector<arrow::MadeColumn>& columns, std::vector<Lapse>& lapses) const {
    const Wanted& wanted = *group_.leaves[leaf].wanted;
    const auto count = std::ssize(blocks_);
    std::vector<Seen> seen(blocks_.size());
    for_each(count, [&](std::int64_t b) {
      seen[static_cast<std::size_t>(b)] = look_at(tokens(static_cast<std::size_t>(b), leaf), needs_texts(wanted));
    });
    Seen all;
    for (const Seen& one : seen) all.add(one);
    const Reading reading = reading_of(all, wanted);
    std::vector<std::optional<ReadTokens>> read(blocks_.size());
    for_each(count, [&](std::int64_t b) {
      watch_.check();
      read[static_cast<std::size_t>(b)] = read_tokens(tokens(static_cast<std::size_t>(b), leaf), reading, wanted);
    });
    arrow::MadeColumn added{wanted.name, reading.kind, reading.is_unsigned, words_of(reading.kind), {}};
    Count mixed;
    std::vector<arrow::OwnValues> parts;  // of one chunk
    for (std::size_t b = 0; b < read.size(); ++b) {
      refuse_misfits(*read[b], reading, b, leaf);
      if (read[b]->mixed > 0)
        mixed.add({read[b]->mixed, number(blocks_[b], read[b]->first_mixed), std::move(read[b]->example)});
      parts.push_back(std::move(read[b]->values));
      if (b + 1 < read.size() && blocks_[b + 1].chunk == blocks_[b].chunk) continue;
      added.chunks.push_back(arrow::chunk_of(join(std::move(parts))));
      parts.clear();
    }
    if (mixed.rows > 0)
      lapses.push_back({Lapse::Kind::mixed_types, wanted.name, mixed.rows, mixed.first_row, mixed.example});
    columns.push_back(std::move(added));
  }

  /// Where a column has to be of instants, a text in JSON that is none is an error, as in a column of texts. What a
  /// cell holds itself has to fit whatever is wanted.
  void refuse_misfits(const ReadTokens& read, const Reading& reading, std::size_t block, std::size_t leaf) const {
    const Wanted& wanted = *group_.leaves[leaf].wanted;
    if (group_.cells == Group::Cells::values && read.mixed > 0) fail(block, leaf, read.first_mixed, reading.kind);
    if (read.bad_instant >= 0 && (wanted.types.size() == 1 || group_.cells == Group::Cells::values))
      fail(block, leaf, read.bad_instant, arrow::SourceKind::instant);
  }

  [[noreturn]] void fail(std::size_t block, std::size_t leaf, std::int64_t at, arrow::SourceKind kind) const {
    const std::string& name = group_.leaves[leaf].wanted->name;
    const std::int64_t row = number(blocks_[block], at);
    const Token& token = tokens(block, leaf)[static_cast<std::size_t>(at)];
    throw DataError{table_ + "." + name + "[" + std::to_string(row) + "]: '" + shown(token) + "' " + why_not(kind),
                    table_, name, row, 1};
  }

  const Group& group_;
  const std::string& table_;
  const std::vector<arrow::ColumnChunk>& cells_;
  RowNumbers numbers_;
  std::vector<Block> blocks_;
  Watch& watch_;
  std::vector<Found> found_;
  Count no_json_;
};

}  // namespace

void Count::add(const Count& later) {
  if (rows == 0)
    *this = later;
  else
    rows += later.rows;
}

std::vector<Block> blocks_of(std::span<const arrow::ColumnChunk> chunks) {
  std::vector<Block> out;
  std::int64_t row = 0;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    for (std::int64_t begin = 0; begin < chunks[c].rows(); begin += kRowsOfTask) {
      const std::int64_t rows = std::min(kRowsOfTask, chunks[c].rows() - begin);
      out.push_back({c, begin, rows, row});
      row += rows;
    }
  }
  return out;
}

void read_group(const Group& group, const std::string& table, const std::vector<arrow::ColumnChunk>& cells,
                const RowNumbers& numbers, Watch& watch, std::vector<arrow::MadeColumn>& columns,
                std::vector<Lapse>& lapses) {
  GroupReader{group, table, cells, numbers, watch}.run(columns, lapses);
}

}  // namespace customerhealth::source
