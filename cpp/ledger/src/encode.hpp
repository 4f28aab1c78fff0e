#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/source/prepared.hpp"

namespace customerhealth::ledger {

/// A column of a table, for messages.
struct ColumnPlace {
  std::string table, column;
  source::RowNumbers numbers;
};

/// Gives each row of a text column the code of its text, -1 where null. `intern` is called once for each distinct text
/// of a stripe of rows, by one thread, and gives its code. Throws DataError at the first row whose text is not UTF-8.
[[nodiscard]] Buffer<std::int32_t> encode_texts(
    const std::vector<arrow::ColumnChunk>& chunks,
    const std::function<std::int32_t(std::string_view, std::uint64_t)>& intern, const ColumnPlace& place, Watch& watch);

/// The same for integers; those that lie near each other are interned in ascending order, once each.
[[nodiscard]] Buffer<std::int32_t> encode_integers(
    const std::vector<arrow::ColumnChunk>& chunks,
    const std::function<std::int32_t(std::int64_t, std::uint64_t)>& intern, Watch& watch);

/// A piece of a column that lies within one chunk.
struct ChunkPiece {
  const arrow::ColumnChunk* chunk;
  std::int64_t begin;  // in the chunk
  std::int64_t row;    // in the table
  std::int64_t rows;
};
/// Cuts rows [begin, end) of a chunked column at the chunks' ends.
[[nodiscard]] std::vector<ChunkPiece> pieces_of(const std::vector<arrow::ColumnChunk>& chunks, std::int64_t begin,
                                                std::int64_t end);
[[nodiscard]] std::int64_t rows_of(const std::vector<arrow::ColumnChunk>& chunks) noexcept;

}  // namespace customerhealth::ledger
