#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "customerhealth/common/blanks.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/utf8.hpp"
#include "sources.hpp"

namespace customerhealth::ledger {
namespace {

constexpr std::array<std::string_view, 5> kYes{"true", "t", "yes", "y", "1"}, kNo{"false", "f", "no", "n", "0"};

/// `word` is in lower case.
bool is_word(std::string_view text, std::string_view word) noexcept {
  const auto lower = [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(text, word, {}, lower);
}

/// Nothing where the text says neither.
std::optional<Truth> truth_of(std::string_view text) noexcept {
  if (text.empty()) return Truth::missing;
  const auto is = [inner = trimmed(text)](std::string_view word) { return is_word(inner, word); };
  if (std::ranges::any_of(kYes, is)) return Truth::yes;
  if (std::ranges::any_of(kNo, is)) return Truth::no;
  return std::nullopt;
}

class DeletedReader {
 public:
  DeletedReader(std::string table, std::string column, source::RowNumbers numbers)
      : table_{std::move(table)}, column_{std::move(column)}, numbers_{numbers} {}

  void read(const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row, std::span<Truth> out) const {
    switch (chunk.kind()) {
      case arrow::SourceKind::boolean:
        return chunk.truths(from, out);
      case arrow::SourceKind::integer:
      case arrow::SourceKind::number:
        return numbers(chunk, from, row, out);
      case arrow::SourceKind::text:
        return texts(chunk, from, row, out);
      default:
        std::ranges::fill(out, Truth::missing);  // all null, of whatever type
    }
  }

 private:
  void numbers(const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row, std::span<Truth> out) const {
    std::vector<double> numbers(out.size());
    chunk.numbers(from, numbers);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double number = numbers[i];
      if (number == number && number != 0 && number != 1) fail(row + static_cast<std::int64_t>(i), shortest(number));
      out[i] = number == number ? (number == 1 ? Truth::yes : Truth::no) : Truth::missing;
    }
  }

  void texts(const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row, std::span<Truth> out) const {
    std::vector<std::string_view> texts(out.size());
    chunk.texts(from, texts);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto truth = truth_of(texts[i]);
      if (!truth) {
        const bool is_utf8 = find_not_utf8(texts[i]) == std::string_view::npos;
        fail(row + static_cast<std::int64_t>(i),
             is_utf8 ? "'" + std::string{texts[i]} + "'" : "a text that is no UTF-8");
      }
      out[i] = *truth;
    }
  }

  [[noreturn]] void fail(std::int64_t row, const std::string& cell) const {
    const std::int64_t at = numbers_(row);
    throw DataError{table_ + "." + column_ + "[" + std::to_string(at) + "]: " + cell +
                        " does not say whether the row is deleted; expected true or false (t, f, yes, no, y, n, 1, 0 "
                        "in any case)",
                    table_, column_, at, 1};
  }

  std::string table_, column_;
  source::RowNumbers numbers_;
};

}  // namespace

Partition::Source<Truth> deleted_source(const std::vector<arrow::ColumnChunk>& chunks, std::string table,
                                        std::string column, source::RowNumbers numbers) {
  return decoding<Truth>(chunks, [reader = DeletedReader{std::move(table), std::move(column), numbers}](
                                     const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row,
                                     std::span<Truth> out) { reader.read(chunk, from, row, out); });
}

}  // namespace customerhealth::ledger
