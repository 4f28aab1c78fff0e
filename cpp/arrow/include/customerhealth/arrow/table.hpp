#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/column.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/int128.hpp"

struct ArrowArrayStream;
struct ArrowSchema;
struct ArrowArray;

namespace customerhealth::arrow {

/// What a column of an Arrow table is to us. A dictionary is what its values are.
enum class SourceKind : std::uint8_t {
  null,  // the null type: missing, of whatever type is wanted
  boolean,
  integer,   // any width, signed or not
  number,    // float16/32/64, decimals
  text,      // string, large_string, string_view
  instant,   // date32/64, timestamp of any unit and zone
  unusable,  // lists, structs, binary, times, durations, ...: an error only if the model mentions the column
};
[[nodiscard]] std::string_view to_string(SourceKind kind) noexcept;

/// A run of rows of one column inside one record batch; borrowed from the ArrowTable. Rows count from the chunk's own
/// start (slices and offsets are taken care of). Safe to read from several threads.
class ColumnChunk {
 public:
  [[nodiscard]] SourceKind kind() const noexcept;
  [[nodiscard]] bool is_unsigned() const noexcept;  // integers
  [[nodiscard]] std::int64_t rows() const noexcept;
  [[nodiscard]] bool has_nulls() const noexcept;

  // Each reads rows [begin, begin + out.size()). NaN and infinities are missing, as nulls are; a chunk of the null type
  // is missing as whatever it is read. An array whose content lies (text offsets that run backwards, an index outside
  // its dictionary) throws DataError from the read that meets it.
  void numbers(std::int64_t begin, std::span<double> out) const;  // integer, number, boolean
  void integers(std::int64_t begin, std::span<std::int64_t> out, std::span<std::uint8_t> valid) const;  // integer
  void truths(std::int64_t begin, std::span<Truth> out) const;                                          // boolean
  void texts(std::int64_t begin, std::span<std::string_view> out) const;  // text; null: data() == nullptr
  /// Finer units are floored to microseconds. Infinity (PostgreSQL's and DuckDB's) and what is later than any instant
  /// is kLastInstant; -infinity is kFirstInstant. Returns the first row of the chunk that is earlier than any instant
  /// (it reads as missing), else -1.
  [[nodiscard]] std::int64_t instants(std::int64_t begin, std::span<Instant> out) const;  // instant

  /// From an instant of the column to the next one that it can tell apart: its unit, a microsecond at least; a day
  /// where it is of dates.
  [[nodiscard]] Micros instant_step() const noexcept;

  /// Dates and timestamps without a zone: times on somebody's clock.
  [[nodiscard]] bool is_naive() const noexcept;

  /// 1 where there is a value.
  void validity(std::int64_t begin, std::span<std::uint8_t> valid) const;
  /// The scale of a column of decimals, 0 where theirs is negative; nothing for other columns.
  [[nodiscard]] std::optional<std::int32_t> decimal_scale() const noexcept;
  /// Decimals as integers of that scale; 0 where null. Returns the first row of the chunk that does not fit 128 bits
  /// (it reads as 0), else -1.
  [[nodiscard]] std::int64_t decimals(std::int64_t begin, std::span<Int128> out) const;

  /// The values as they lie in memory, where the column is an int64/uint64 (or timestamp[us]) or a float64 without
  /// nulls; else nothing. (A float64 may still hold NaN and infinities, a timestamp the value of kMissingInstant, which
  /// `instants` reports.)
  [[nodiscard]] const std::int64_t* plain_int64() const noexcept;
  [[nodiscard]] const double* plain_float64() const noexcept;

  // A dictionary-encoded text column: its distinct texts (null: data() == nullptr) and each row's index (-1: null).
  [[nodiscard]] bool is_dictionary() const noexcept;  // of texts
  [[nodiscard]] std::int64_t dictionary_size() const noexcept;
  void dictionary_texts(std::span<std::string_view> out) const;
  void dictionary_indices(std::int64_t begin, std::span<std::int32_t> out) const;
  /// The dictionary's identity: chunks that share one give the same pointer.
  [[nodiscard]] const void* dictionary_id() const noexcept;

  /// Rows [begin, begin + rows), borrowed from the same memory.
  [[nodiscard]] ColumnChunk slice(std::int64_t begin, std::int64_t rows) const;
  /// Some of its rows, each as often and in the order in which it is named, in memory of their own.
  [[nodiscard]] ColumnChunk take(std::span<const std::int64_t> rows) const;

  struct Impl;
  explicit ColumnChunk(std::shared_ptr<const Impl> impl) noexcept : impl_{std::move(impl)} {}

 private:
  std::shared_ptr<const Impl> impl_;
};

/// A column of decimals and floats as one of integers.
struct WholeChunks {
  std::vector<ColumnChunk> chunks;
  std::int64_t bad_row = -1;  // the first row, of all chunks, that is no whole number, or not told exactly
};
/// Decimals that are whole and fit 64 bits, floats that are whole and within ±2^53 (a larger one may have been rounded
/// from another integer). NaN and infinities are null.
[[nodiscard]] WholeChunks whole_chunks(const std::vector<ColumnChunk>& chunks);

/// A column that a table is made of.
struct MadeColumn {
  std::string name;
  SourceKind kind = SourceKind::null;
  bool is_unsigned = false;
  std::string type_name;  // for messages
  std::vector<ColumnChunk> chunks;
};

/// The record batches of a stream, held without copying.
class ArrowTable {
 public:
  /// A table of columns that are all wanted; their chunks hold the same rows. `others` are the names of columns that
  /// its source has beside them, and that are not wanted.
  [[nodiscard]] static ArrowTable of(std::string name, std::int64_t rows, std::vector<MadeColumn> columns,
                                     std::vector<std::string> others = {});
  /// Reads the stream to its end and takes it over (releases it). Throws DataError with the producer's own words when
  /// it fails half way, when a batch is malformed, when the schema is not that of a table (a struct), or when two
  /// columns that are `wanted` share a name. `name` is the table's, for messages. `between` is called after each batch;
  /// what it throws ends the reading.
  [[nodiscard]] static ArrowTable read(ArrowArrayStream& stream, const std::string& name,
                                       std::span<const std::string> wanted, const std::function<void()>& between = {});
  /// The same for a single array with its schema.
  [[nodiscard]] static ArrowTable read(ArrowSchema& schema, ArrowArray& array, const std::string& name,
                                       std::span<const std::string> wanted);

  [[nodiscard]] std::int64_t rows() const noexcept;
  [[nodiscard]] const std::vector<std::string>& column_names() const noexcept;  // all of the producer's
  /// Index into `column_names`, for wanted columns.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const noexcept;
  [[nodiscard]] SourceKind kind(std::size_t column) const noexcept;
  [[nodiscard]] bool is_unsigned(std::size_t column) const noexcept;
  /// The Arrow type in words (`list<item: int64>`, `timestamp[ns, UTC]`), for messages.
  [[nodiscard]] std::string type_name(std::size_t column) const;
  /// One a record batch, empty batches left out; the same row counts for every column.
  [[nodiscard]] const std::vector<ColumnChunk>& chunks(std::size_t column) const;

  /// What the producer gave: a struct of columns, and its batches, the empty ones left out.
  [[nodiscard]] const ArrowSchema& schema() const noexcept;
  [[nodiscard]] const std::vector<std::shared_ptr<const ArrowArray>>& batches() const noexcept;

  /// The same rows with more columns, which are wanted and have a chunk a record batch. Shares the rest.
  [[nodiscard]] ArrowTable with(std::vector<MadeColumn> columns) const;

 private:
  struct Impl;
  explicit ArrowTable(std::shared_ptr<const Impl> impl) noexcept : impl_{std::move(impl)} {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace customerhealth::arrow
