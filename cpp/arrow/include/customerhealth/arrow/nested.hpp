#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/arrow/table.hpp"

struct ArrowArray;
struct ArrowSchema;

namespace customerhealth::arrow {

class BatchReader;

/// More rows than any memory holds: an array that claims more is malformed, and sizes made from less cannot overflow.
inline constexpr std::int64_t kMostRows = std::int64_t{1} << 48;

/// Reads arrays that lie inside of others (members of structs, elements of lists) as columns. An array is borrowed from
/// its batch, which the chunks keep alive. Throws DataError where an array is malformed.
class NestedReader {
 public:
  /// `column` is what the arrays are called in messages.
  NestedReader(std::string table, std::string column);
  ~NestedReader();

  /// Rows [skip, skip + valid.size()) of an array; those with a 0 in `valid` are null, whatever the array says.
  [[nodiscard]] ColumnChunk run(const ArrowSchema& schema, const std::shared_ptr<const ArrowArray>& array,
                                std::int64_t skip, std::span<const std::uint8_t> valid, std::int64_t first_row);
  /// The rows of an array at these places, in this order; a place of -1 is null.
  [[nodiscard]] ColumnChunk picked(const ArrowSchema& schema, const std::shared_ptr<const ArrowArray>& array,
                                   std::span<const std::int64_t> places, std::int64_t first_row);
  /// Throws what a malformed array of the batch at `first_row` throws.
  [[noreturn]] void fail(std::int64_t first_row, const std::string& what) const;

 private:
  std::string table_, column_;
  std::unique_ptr<BatchReader> reader_;
};

/// Finished values, which become a chunk of a column that the source does not have itself.
struct OwnValues {
  SourceKind kind = SourceKind::null;  // null, boolean, integer, number, text, instant
  std::int64_t rows = 0;
  std::vector<std::uint8_t> valid;     // a bitmap; empty: nothing is missing
  std::vector<double> numbers;         // number
  std::vector<std::int64_t> integers;  // integer; microseconds of an instant; offsets of texts, rows + 1
  std::vector<std::uint8_t> truths;    // boolean: a bitmap
  std::string bytes;                   // text
  bool is_unsigned = false;            // integer: the bits of std::uint64_t
};
[[nodiscard]] ColumnChunk chunk_of(OwnValues values);

/// A column of a table as a result, which shares nothing with it. Integers above those of 64 bits with a sign become
/// decimals.
[[nodiscard]] ResultColumn result_of(const ArrowTable& table, std::size_t column);

/// What the kind of a column's values, or of its leaf, is, without looking at rows.
[[nodiscard]] SourceKind kind_of(const ArrowSchema& schema);
[[nodiscard]] bool is_unsigned(const ArrowSchema& schema);
/// The type in words, as ArrowTable::type_name gives it.
[[nodiscard]] std::string words_of_type(const ArrowSchema& schema);

}  // namespace customerhealth::arrow
