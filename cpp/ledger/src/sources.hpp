#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/source/prepared.hpp"
#include "partition.hpp"

namespace customerhealth::ledger {

/// Reads a chunked Arrow column in blocks of rows that pay no heed to chunks: what Partition takes.
class ChunkReader {
 public:
  explicit ChunkReader(const std::vector<arrow::ColumnChunk>& chunks);

  /// Calls `read(chunk, begin in the chunk, place in the block, rows)` for each piece of rows [begin, begin + count).
  template <class Read>
  void each(std::int64_t begin, std::int64_t count, const Read& read) const {
    auto chunk =
        static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), begin) - starts_.begin()) - 1;
    for (std::int64_t place = 0; place < count; ++chunk) {
      const std::int64_t from = begin + place - starts_[chunk];
      const std::int64_t rows = std::min(count - place, (*chunks_)[chunk].rows() - from);
      read((*chunks_)[chunk], from, place, rows);
      place += rows;
    }
  }

 private:
  const std::vector<arrow::ColumnChunk>* chunks_;
  std::vector<std::int64_t> starts_;  // of each chunk, in rows of the table
};

/// A source that decodes each piece into the scratch: `decode(chunk, begin in the chunk, row of the table, out)`.
template <class T, class Decode>
[[nodiscard]] Partition::Source<T> decoding(const std::vector<arrow::ColumnChunk>& chunks, Decode decode) {
  return [reader = ChunkReader{chunks}, decode = std::move(decode)](std::int64_t begin, std::span<T> scratch) {
    reader.each(begin, static_cast<std::int64_t>(scratch.size()),
                [&](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t place, std::int64_t rows) {
                  decode(chunk, from, begin + place,
                         scratch.subspan(static_cast<std::size_t>(place), static_cast<std::size_t>(rows)));
                });
    return static_cast<const T*>(scratch.data());
  };
}

[[nodiscard]] Partition::Source<double> number_source(const std::vector<arrow::ColumnChunk>& chunks);
/// Decimals as integers of their scale; `fits` turns false when one needs more than 128 bits.
[[nodiscard]] Partition::Source<Int128> decimal_source(const std::vector<arrow::ColumnChunk>& chunks,
                                                       std::atomic<bool>& fits);
[[nodiscard]] Partition::Source<std::int64_t> integer_source(const std::vector<arrow::ColumnChunk>& chunks);
[[nodiscard]] Partition::Source<std::uint8_t> validity_source(const std::vector<arrow::ColumnChunk>& chunks);
[[nodiscard]] Partition::Source<Truth> truth_source(const std::vector<arrow::ColumnChunk>& chunks);
/// What `deleted` says: booleans, 1 and 0, and texts such as true and no in any case; an empty text says nothing.
/// `column` is written as TABLE.COLUMN; `numbers` are what rows are called. Throws DataError at the row that does not
/// fit.
[[nodiscard]] Partition::Source<Truth> deleted_source(const std::vector<arrow::ColumnChunk>& chunks, std::string table,
                                                      std::string column, source::RowNumbers numbers);
/// Instants, dates and texts in ISO form; an end from 9999 on never comes and is missing. `column` is written as
/// TABLE.COLUMN; `numbers` are what rows are called. Throws DataError at the row that does not fit.
[[nodiscard]] Partition::Source<Instant> instant_source(const std::vector<arrow::ColumnChunk>& chunks,
                                                        std::string table, std::string column,
                                                        source::RowNumbers numbers, bool is_end = false);
/// The same for a column of TableSpec::columns. The ends of intervals are the first instant at which each does not
/// hold, by what `end_is` says.
[[nodiscard]] Partition::Source<Instant> instant_source(const std::vector<arrow::ColumnChunk>& chunks,
                                                        const model::TableSpec& spec, std::int32_t column,
                                                        source::RowNumbers numbers, model::EndIs end_is);

}  // namespace customerhealth::ledger
