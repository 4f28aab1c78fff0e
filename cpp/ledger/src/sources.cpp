#include "sources.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "customerhealth/common/blanks.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/utf8.hpp"

namespace customerhealth::ledger {
namespace {

/// The first instant at which an interval does not hold; missing: it is open.
Instant first_after(Instant end, model::EndIs end_is, Micros step) noexcept {
  if (is_missing(end)) return kMissingInstant;
  switch (end_is) {
    case model::EndIs::exclusive:
      break;
    case model::EndIs::last_day:
      return std::chrono::floor<std::chrono::days>(end) + std::chrono::days{1};
    case model::EndIs::inclusive:
      return end + step;
  }
  return end;
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

Partition::Source<Int128> decimal_source(const std::vector<arrow::ColumnChunk>& chunks, std::atomic<bool>& fits) {
  return decoding<Int128>(
      chunks, [&fits](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t, std::span<Int128> out) {
        if (chunk.decimals(from, out) >= 0) fits.store(false, std::memory_order_relaxed);
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

Partition::Source<std::uint8_t> validity_source(const std::vector<arrow::ColumnChunk>& chunks) {
  return decoding<std::uint8_t>(chunks, [](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t,
                                           std::span<std::uint8_t> out) { chunk.validity(from, out); });
}

Partition::Source<Truth> truth_source(const std::vector<arrow::ColumnChunk>& chunks) {
  return decoding<Truth>(chunks, [](const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t,
                                    std::span<Truth> out) { chunk.truths(from, out); });
}

namespace {

/// From 9999 on an end is one that never comes.
constexpr Instant kNeverEnds{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};

/// Reads a column whose role is an instant: instants, dates, and texts in ISO form.
class InstantReader {
 public:
  InstantReader(std::string table, std::string column, source::RowNumbers numbers, bool is_end)
      : table_{std::move(table)}, column_{std::move(column)}, numbers_{numbers}, is_end_{is_end} {}

  void read(const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row, std::span<Instant> out) const {
    if (chunk.kind() == arrow::SourceKind::text) {
      parse(chunk, from, row, out);
    } else if (chunk.kind() != arrow::SourceKind::instant) {
      std::ranges::fill(out, kMissingInstant);  // all null, of whatever type
    } else if (const std::int64_t bad = chunk.instants(from, out); bad >= 0) {
      fail_range(row + (bad - from));
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] == kFirstInstant || (!is_end_ && out[i] == kLastInstant))
        fail_range(row + static_cast<std::int64_t>(i));
      if (is_end_ && out[i] >= kNeverEnds) out[i] = kMissingInstant;
    }
  }

 private:
  void parse(const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row, std::span<Instant> out) const {
    std::vector<std::string_view> texts(out.size());
    chunk.texts(from, texts);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = kMissingInstant;
      if (texts[i].data() == nullptr) continue;
      const auto instant = parse_instant(trimmed(texts[i]));
      if (!instant) {
        const bool is_utf8 = find_not_utf8(texts[i]) == std::string_view::npos;
        fail(row + static_cast<std::int64_t>(i),
             (is_utf8 ? "'" + std::string{texts[i]} + "'" : "text that is no UTF-8") +
                 " is no instant; expected one such as 2026-07-01 or "
                 "2026-07-01T12:00:00+02:00");
      }
      out[i] = *instant;
    }
  }

  [[noreturn]] void fail_range(std::int64_t row) const {
    fail(row, "the time is out of range; microseconds since 1970 must fit 64 bits, and only an end may be infinite");
  }
  [[noreturn]] void fail(std::int64_t row, const std::string& what) const {
    const std::int64_t at = numbers_(row);
    throw DataError{table_ + "." + column_ + "[" + std::to_string(at) + "]: " + what, table_, column_, at, 1};
  }

  std::string table_, column_;
  source::RowNumbers numbers_;
  bool is_end_;
};

}  // namespace

Partition::Source<Instant> instant_source(const std::vector<arrow::ColumnChunk>& chunks, std::string table,
                                          std::string column, source::RowNumbers numbers, bool is_end) {
  return decoding<Instant>(chunks, [reader = InstantReader{std::move(table), std::move(column), numbers, is_end}](
                                       const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row,
                                       std::span<Instant> out) { reader.read(chunk, from, row, out); });
}

Partition::Source<Instant> instant_source(const std::vector<arrow::ColumnChunk>& chunks, const model::TableSpec& spec,
                                          std::int32_t column, source::RowNumbers numbers, model::EndIs end_is) {
  const std::string& name = spec.columns[static_cast<std::size_t>(column)];
  if (column != spec.end || column == spec.time) return instant_source(chunks, spec.name, name, numbers);
  return decoding<Instant>(
      chunks, [reader = InstantReader{spec.name, name, numbers, true}, end_is](
                  const arrow::ColumnChunk& chunk, std::int64_t from, std::int64_t row, std::span<Instant> out) {
        reader.read(chunk, from, row, out);
        const Micros step = chunk.instant_step();
        std::ranges::transform(out, out.begin(), [&](Instant end) { return first_after(end, end_is, step); });
      });
}

}  // namespace customerhealth::ledger
