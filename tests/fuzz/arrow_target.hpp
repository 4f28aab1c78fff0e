#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/arrays.hpp"
#include "customerhealth/engine/portfolio.hpp"

/// What the fuzzer and the replay of its corpus both run: the bytes say which columns a table has, of which Arrow
/// types, and what stands in its batches, all of it well formed. The table is loaded, appended to itself, asked for its
/// quality and scored. Anything but an answer or an error with something to say ends the process.
namespace customerhealth::arrow_target {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Numbers out of the fuzzer's bytes; zeros when they are used up.
class Bytes {
 public:
  explicit Bytes(std::string_view left) noexcept : left_{left} {}

  std::uint8_t next() noexcept {
    if (left_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }
  std::size_t below(std::size_t bound) noexcept { return next() % bound; }
  std::int64_t wide() noexcept {
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) bits = bits << 8U | next();
    return static_cast<std::int64_t>(bits);
  }
  /// Mostly small, or near today, now and then anything.
  std::int64_t integer() noexcept {
    constexpr std::int64_t kToday = 1'780'000'000'000'000, kHour = 3'600'000'000;
    switch (next() % 8) {
      case 0:
        return wide();
      case 1:
        return -1 - static_cast<std::int64_t>(next());
      case 2:
      case 3:
        return kToday + kHour * static_cast<std::int64_t>(next());
      default:
        return next() % 4;
    }
  }
  std::string text() {
    static constexpr std::array<const char*, 4> kCommon{"a", "b", "", "export"};
    const std::size_t kind = below(8);
    if (kind < kCommon.size()) return kCommon[kind];
    std::string out;
    for (std::size_t left = below(20); left > 0; --left) out += static_cast<char>(next());
    return out;
  }

 private:
  std::string_view left_;
};

inline arrays::Ints integers_in(Bytes& bytes, std::size_t rows, std::int64_t low, std::int64_t high) {
  arrays::Ints out;
  for (std::size_t i = 0; i < rows; ++i) {
    if (bytes.below(5) == 0) {
      out.emplace_back(std::nullopt);
      continue;
    }
    const std::int64_t value = bytes.integer();
    out.emplace_back(low <= value && value <= high ? value : value & 1);
  }
  return out;
}

inline arrays::TestColumn texts_in(Bytes& bytes, ArrowType type, std::size_t rows) {
  arrays::Texts out;
  for (std::size_t i = 0; i < rows; ++i) {
    out.push_back(bytes.below(5) == 0 ? std::nullopt : std::optional{bytes.text()});
  }
  return arrays::texts(type, out);
}

inline arrays::TestColumn numbers_in(Bytes& bytes, ArrowType type, std::size_t rows) {
  std::vector<std::optional<double>> out;
  for (std::size_t i = 0; i < rows; ++i) {
    out.push_back(bytes.below(5) == 0 ? std::nullopt
                                      : std::optional{static_cast<double>(bytes.integer()) / (1 + bytes.next())});
  }
  return arrays::doubles(type, out);
}

inline constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min(),
                              kHigh = std::numeric_limits<std::int64_t>::max();
inline constexpr std::size_t kKinds = 16;

/// A column of one of `kKinds` types.
inline arrays::TestColumn column_in(Bytes& bytes, std::size_t kind, std::size_t rows) {
  using arrays::ints;
  using arrays::timestamp;
  switch (kind) {
    case 0:
      return texts_in(bytes, NANOARROW_TYPE_STRING, rows);
    case 1:
      return texts_in(bytes, NANOARROW_TYPE_LARGE_STRING, rows);
    case 2:
      return ints(NANOARROW_TYPE_INT64, integers_in(bytes, rows, kLow, kHigh));
    case 3:
      return ints(NANOARROW_TYPE_INT8, integers_in(bytes, rows, -128, 127));
    case 4:
      return ints(NANOARROW_TYPE_UINT64, integers_in(bytes, rows, 0, kHigh));
    case 5:
      return numbers_in(bytes, NANOARROW_TYPE_DOUBLE, rows);
    case 6:
      return numbers_in(bytes, NANOARROW_TYPE_FLOAT, rows);
    case 7:
      return ints(NANOARROW_TYPE_BOOL, integers_in(bytes, rows, 0, 1));
    case 8:
      return ints(timestamp(NANOARROW_TIME_UNIT_MICRO, "UTC"), integers_in(bytes, rows, kLow, kHigh));
    case 9:
      return ints(timestamp(NANOARROW_TIME_UNIT_SECOND), integers_in(bytes, rows, kLow, kHigh));
    case 10:
      return ints(timestamp(NANOARROW_TIME_UNIT_NANO, "Europe/Berlin"), integers_in(bytes, rows, kLow, kHigh));
    case 11:
      return ints(NANOARROW_TYPE_DATE32, integers_in(bytes, rows, -2'000'000'000, 2'000'000'000));
    case 12:
      return ints(NANOARROW_TYPE_NA, arrays::Ints(rows));
    case 13: {
      arrays::Ints places;
      for (std::size_t i = 0; i < rows; ++i) places.push_back(static_cast<std::int64_t>(bytes.below(3)));
      return arrays::dictionary(NANOARROW_TYPE_INT8, places, texts_in(bytes, NANOARROW_TYPE_STRING, 3));
    }
    case 14:
      return texts_in(bytes, NANOARROW_TYPE_STRING_VIEW, rows);
    default:
      return ints(timestamp(NANOARROW_TIME_UNIT_MICRO), integers_in(bytes, rows, kLow, kHigh));
  }
}

inline constexpr const char* kModel = R"({"format": 1, "clock": {"every": "12mo"},
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at", "known": "known", "key": "k", "deleted": "gone"}},
  "metrics": {
    "n": {"from": "usage", "agg": "count", "where": "word = 'export'", "window": "28d"},
    "words": {"from": "usage", "agg": "entropy", "of": "word"},
    "last": {"from": "usage", "agg": "last", "of": "amount"},
    "by": {"from": "usage", "agg": "count", "by": {"column": "word", "values": ["a", "b"]}}},
  "scores": {"s": {"measures": {"n": {"value": "n", "percentile": {}}},
             "grades": [{"name": "red"}, {"name": "green", "from": 50}]}},
  "journeys": {"j": {"stages": [{"name": "new", "enter": "n >= 0"}, {"name": "old", "enter": "by.a > 1"}]}}})";

inline const std::vector<std::string>& names() {
  static const std::vector<std::string> all{"id", "at", "known", "k", "gone", "word", "amount"};
  return all;
}

/// Types that fit each column's role most of the time.
inline std::vector<std::size_t> kinds_in(Bytes& bytes) {
  static constexpr std::array<std::array<std::size_t, 4>, 7> kFitting{
      {{0, 2, 13, 1}, {8, 9, 15, 11}, {8, 8, 10, 12}, {0, 2, 13, 14}, {7, 7, 12, 7}, {0, 13, 14, 1}, {5, 2, 6, 4}}};
  std::vector<std::size_t> kinds;
  for (const auto& fitting : kFitting) {
    const std::size_t choice = bytes.next();
    kinds.push_back(choice < 16 ? choice % kKinds : fitting[choice % fitting.size()]);
  }
  return kinds;
}

inline std::vector<ledger::TableInput> table_in(Bytes& bytes) {
  const std::vector<std::size_t> kinds = kinds_in(bytes);
  std::vector<arrays::TestColumn> batches;
  for (std::size_t left = 1 + bytes.below(3); left > 0; --left) {
    const std::size_t rows = bytes.below(12);
    std::vector<arrays::TestColumn> columns;
    for (const std::size_t kind : kinds) columns.push_back(column_in(bytes, kind, rows));
    batches.push_back(arrays::batch_of(names(), std::move(columns)));
  }
  nanoarrow::UniqueArrayStream stream = arrays::stream_of(std::move(batches));
  std::vector<ledger::TableInput> out;
  out.push_back({"usage", arrow::ArrowTable::read(*stream.get(), "usage", names())});
  return out;
}

inline void ask(const engine::Portfolio& portfolio) {
  Watch watch;
  const Threads one = Threads::resolve(1);
  const auto quality = portfolio.quality(one, watch);
  for (const arrow::ResultTable::Batch& batch : quality->batches) require(batch.rows >= 0);
  const std::vector<Instant> as_ofs{*parse_instant("2026-06-01"), *parse_instant("2027-01-01")};
  const panel::Panel panel = portfolio.score(as_ofs, one, watch);
  require(panel.table()->batches.front().rows == panel.rows());
  require(!panel.reasons()->batches.empty());
}

inline void run(std::string_view data) {
  static const auto model = std::make_shared<const model::Model>(model::Model::parse(kModel));
  Bytes bytes{data};
  Watch watch;
  const Threads one = Threads::resolve(1);
  try {
    engine::Portfolio portfolio{model, table_in(bytes), ledger::Strictness::lenient, one, watch};
    ask(portfolio);
    portfolio.append(table_in(bytes), one, watch);
    ask(portfolio);
  } catch (const Error& error) {
    require(*error.what() != '\0');
  }
}

}  // namespace customerhealth::arrow_target
