#include "sources.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::ledger {
namespace {

/// A source that decodes each piece into the scratch.
template <class T, class Decode>
Partition::Source<T> decoding(const std::vector<arrow::ColumnChunk>& chunks, Decode decode) {
  return [reader = ChunkReader{chunks}, decode = std::move(decode)](std::int64_t begin, std::span<T> scratch) {
    reader.each(begin, static_cast<std::int64_t>(scratch.size()),
                [&](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t place, std::int64_t rows) {
                  decode(chunk, from, begin + place,
                         scratch.subspan(static_cast<std::size_t>(place), static_cast<std::size_t>(rows)));
                });
    return static_cast<const T*>(scratch.data());
  };
}

}  // namespace

ChunkReader::ChunkReader(const std::vector<arrow::ColumnChunk>& chunks) : chunks_{&chunks} {
  std::int64_t start = 0;
  for (const arrow::ColumnChunk& chunk : chunks) {
    starts_.push_back(start);
    start += chunk.rows();
  }
}

Partition::Source<double> number_source(const std::vector<arrow::ColumnChunk>& chunks) {
  return decoding<double>(chunks, [](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t,
                                     std::span<double> out) { chunk.numbers(from, out); });
}

Partition::Source<std::int64_t> decimal_source(const std::vector<arrow::ColumnChunk>& chunks, std::atomic<bool>& fits) {
  return decoding<std::int64_t>(
      chunks, [&fits](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t, std::span<std::int64_t> out) {
        if (!chunk.decimals(from, out)) fits.store(false, std::memory_order_relaxed);
      });
}

Partition::Source<std::int64_t> integer_source(const std::vector<arrow::ColumnChunk>& chunks) {
  if (chunks.size() == 1 && chunks[0].plain_int64() != nullptr) {
    return [values = chunks[0].plain_int64()](std::int64_t begin, std::span<std::int64_t>) { return values + begin; };
  }
  return decoding<std::int64_t>(chunks, [](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t,
                                           std::span<std::int64_t> out) {
    std::array<std::uint8_t, 4096> valid;
    for (std::size_t done = 0; done < out.size(); done += valid.size()) {
      const auto count = std::min(valid.size(), out.size() - done);
      chunk.integers(from + static_cast<std::int64_t>(done), out.subspan(done, count), std::span{valid}.first(count));
    }
  });
}

Partition::Source<std::uint8_t> integer_validity_source(const std::vector<arrow::ColumnChunk>& chunks) {
  return decoding<std::uint8_t>(chunks, [](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t,
                                           std::span<std::uint8_t> out) {
    std::array<std::int64_t, 1024> values;
    for (std::size_t done = 0; done < out.size(); done += values.size()) {
      const auto count = std::min(values.size(), out.size() - done);
      chunk.integers(from + static_cast<std::int64_t>(done), std::span{values}.first(count), out.subspan(done, count));
    }
  });
}

Partition::Source<Truth> truth_source(const std::vector<arrow::ColumnChunk>& chunks) {
  return decoding<Truth>(chunks, [](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t,
                                    std::span<Truth> out) { chunk.truths(from, out); });
}

Partition::Source<Instant> instant_source(const std::vector<arrow::ColumnChunk>& chunks, std::string table,
                                          std::string column, std::int64_t rows_before) {
  return decoding<Instant>(
      chunks, [table = std::move(table), column = std::move(column), rows_before](
                  const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row, std::span<Instant> out) {
        const std::int64_t bad = chunk.instants(from, out);
        if (bad < 0) return;
        const std::int64_t at = rows_before + row + (bad - from);
        throw DataError{table + "." + column + "[" + std::to_string(at) +
                            "]: the time is out of range; microseconds since 1970 must fit 64 bits",
                        table, column, at, 1};
      });
}

}  // namespace customerhealth::ledger
