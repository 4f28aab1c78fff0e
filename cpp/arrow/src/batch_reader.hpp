#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chunk.hpp"
#include "customerhealth/arrow/nested.hpp"
#include "flat_array.hpp"
#include "nanoarrow/nanoarrow.hpp"
#include "source_type.hpp"

namespace customerhealth::arrow {

[[noreturn]] void fail_malformed(const Place& place, const std::string& what);

/// A row that is null in this bitmap is null in the array. Returns the bitmap's owner, if it took a new one.
std::shared_ptr<const void> mix_in(FlatArray& flat, const std::uint8_t* valid, std::int64_t offset);

/// Turns columns of record batches into chunks, after checking all that does not need a pass over the rows (nor more
/// than their validity): lengths, buffers, the ends of offsets. What the rows hold is checked when it is decoded.
class BatchReader {
 public:
  BatchReader(std::string table, std::int64_t column_count) : table_{std::move(table)}, column_count_{column_count} {}

  /// Throws unless the array is a struct of as many columns as the schema has.
  void check(const ArrowArray& batch, std::int64_t first_row) const;

  /// Column `index` of a checked batch.
  [[nodiscard]] ColumnChunk read(const std::shared_ptr<const ArrowArray>& batch, std::size_t index,
                                 const std::string& column, const SourceType& type, std::int64_t first_row);

  /// Rows [skip, skip + rows) of any array; the caller keeps its batch alive.
  [[nodiscard]] std::shared_ptr<ColumnChunk::Impl> read_rows(const ArrowArray& array, std::int64_t skip,
                                                             std::int64_t rows, const SourceType& type,
                                                             const Place& place);

 private:
  [[nodiscard]] std::shared_ptr<const Dictionary> dictionary_of(const ArrowArray& indices, const SourceType& type,
                                                                const Place& place);

  std::string table_;
  std::int64_t column_count_;
  // Producers send one dictionary with every batch, each time in a new ArrowArray over the same buffers. All batches
  // are kept, so equal addresses are the same dictionary.
  std::map<std::vector<std::uintptr_t>, std::shared_ptr<const Dictionary>> dictionaries_;
};

}  // namespace customerhealth::arrow
