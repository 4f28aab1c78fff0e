#include "customerhealth/ledger/account_ids.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <utility>

#include "customerhealth/arrow/all_null.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "encode.hpp"

namespace customerhealth::ledger {
namespace {

/// The number in a row of a column of decimals or floats.
double number_at(const std::vector<arrow::ColumnChunk>& chunks, std::int64_t row) {
  for (const arrow::ColumnChunk& chunk : chunks) {
    if (row < chunk.rows()) {
      double number = kNan;
      chunk.numbers(row, {&number, 1});
      return number;
    }
    row -= chunk.rows();
  }
  return kNan;
}

/// Ids of decimals and floats are integers, or they are none.
std::vector<arrow::ColumnChunk> whole_ids(const arrow::ArrowTable& table, std::size_t column,
                                          const std::string& table_name, const std::string& what,
                                          source::RowNumbers numbers) {
  arrow::WholeChunks whole = arrow::whole_chunks(table.chunks(column));
  if (whole.bad_row < 0) return std::move(whole.chunks);
  const auto& name = table.column_names()[column];
  const double number = number_at(table.chunks(column), whole.bad_row);
  const bool is_rounded = std::trunc(number) == number && !table.chunks(column)[0].decimal_scale();
  const std::int64_t row = numbers(whole.bad_row);
  throw DataError{table_name + "." + name + "[" + std::to_string(row) + "]: " + what +
                      " are texts or 64-bit signed integers, got " + shortest(number) + " of a column of " +
                      table.type_name(column) +
                      (is_rounded ? ", which beyond 2^53 may have been rounded from another id" : ""),
                  table_name, name, row, 1};
}

/// Ids leave as int64: one above its range has no place to go.
void refuse_large_ids(const arrow::ArrowTable& table, std::size_t column, const std::string& table_name,
                      const std::string& what, source::RowNumbers numbers) {
  if (!table.is_unsigned(column)) return;
  std::vector<std::int64_t> values;
  std::vector<std::uint8_t> valid;
  std::int64_t row = 0;
  for (const arrow::ColumnChunk& chunk : table.chunks(column)) {
    values.resize(static_cast<std::size_t>(chunk.rows()));
    valid.resize(values.size());
    chunk.integers(0, values, valid);
    for (std::size_t i = 0; i < values.size(); ++i, ++row) {
      if (valid[i] == 0 || values[i] >= 0) continue;
      const auto& name = table.column_names()[column];
      throw DataError{table_name + "." + name + "[" + std::to_string(numbers(row)) + "]: " + what +
                          " are texts or 64-bit signed integers, got " +
                          std::to_string(static_cast<std::uint64_t>(values[i])),
                      table_name, name, numbers(row), 1};
    }
  }
}

}  // namespace

std::int32_t AccountIds::size() const noexcept {
  if (kind_ == Kind::text) return texts_.size();
  const std::shared_lock lock{mutex_};
  return integers_.size();
}

std::string AccountIds::name(AccountCode code) const {
  return kind_ == Kind::integer ? std::to_string(integer(code)) : std::string{text(code)};
}

bool AccountIds::less(AccountCode a, AccountCode b) const noexcept {
  return kind_ == Kind::integer ? integer(a) < integer(b) : text(a) < text(b);
}

void AccountIds::settle_kind(Kind kind, const arrow::ArrowTable& table, std::size_t column,
                             const std::string& table_name) {
  if (kind_ == Kind::unknown) kind_ = kind;
  if (kind_ == kind) return;
  const auto& name = table.column_names()[column];
  throw DataError{table_name + "." + name + ": " + what_ + " are " + (kind == Kind::text ? "texts" : "integers") +
                      " here (" + table.type_name(column) + ") and " + (kind == Kind::text ? "integers" : "texts") +
                      " in another table; one portfolio has one type of ids",
                  table_name, name};
}

Buffer<std::int32_t> AccountIds::without_ids(arrow::SourceKind source, std::int64_t rows) {
  if (declared_ == Kind::unknown && source == arrow::SourceKind::integer) declared_ = Kind::integer;
  if (declared_ == Kind::unknown && source == arrow::SourceKind::text) declared_ = Kind::text;
  Buffer<std::int32_t> none(static_cast<std::size_t>(rows));
  std::ranges::fill(none.span(), -1);
  return none;
}

Buffer<std::int32_t> AccountIds::encode(const arrow::ArrowTable& table, std::size_t column,
                                        const std::string& table_name, source::RowNumbers numbers, Watch& watch) {
  if (arrow::has_no_ids(table.chunks(column))) return without_ids(table.kind(column), table.rows());
  switch (table.kind(column)) {
    case arrow::SourceKind::text:
      settle_kind(Kind::text, table, column, table_name);
      return encode_texts(
          table.chunks(column),
          [this](std::string_view key, std::uint64_t hash) {
            return key.empty() ? -1 : texts_.intern(key, hash).get();
          },
          {table_name, table.column_names()[column], numbers}, watch);
    case arrow::SourceKind::integer:
      settle_kind(Kind::integer, table, column, table_name);
      refuse_large_ids(table, column, table_name, what_, numbers);
      return encode_whole(table.chunks(column), watch);
    case arrow::SourceKind::number: {
      const auto whole = whole_ids(table, column, table_name, what_, numbers);
      settle_kind(Kind::integer, table, column, table_name);
      return encode_whole(whole, watch);
    }
    default: {
      const auto& name = table.column_names()[column];
      throw DataError{
          table_name + "." + name + ": " + what_ + " are texts or integers, this column is " + table.type_name(column),
          table_name, name};
    }
  }
}

Buffer<std::int32_t> AccountIds::encode_whole(const std::vector<arrow::ColumnChunk>& chunks, Watch& watch) {
  return encode_integers(
      chunks,
      [this](std::int64_t key, std::uint64_t hash) {
        const std::scoped_lock lock{mutex_};
        return integers_.find_or_add(key, hash, [](std::int64_t value) { return value; });
      },
      watch);
}

void AccountIds::adopt(std::span<const std::string_view> texts, std::shared_ptr<const void> owner) {
  kind_ = Kind::text;
  texts_.adopt(texts, std::move(owner));
}

void AccountIds::adopt(std::span<const std::int64_t> integers) {
  kind_ = Kind::integer;
  for (const std::int64_t id : integers) {
    const std::int32_t next = integers_.size();
    if (integers_.find_or_add(id, hash_of(id), [](std::int64_t kept) { return kept; }) != next) {
      throw Error{"an id is there twice: " + std::to_string(id)};
    }
  }
}

std::vector<std::int32_t> AccountIds::sort() {
  const auto count = static_cast<std::size_t>(size());
  std::vector<std::int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [this](std::int32_t a, std::int32_t b) { return less(AccountCode{a}, AccountCode{b}); });
  std::vector<std::int32_t> renumbered(count);
  if (kind_ == Kind::text) {
    TextDictionary::sort(texts_, order);
  } else {
    HashCodes<std::int64_t> sorted;
    for (const std::int32_t old : order) {
      const std::int64_t id = integers_.key(old);
      sorted.find_or_add(id, hash_of(id), [](std::int64_t value) { return value; });
    }
    integers_ = std::move(sorted);
  }
  for (std::size_t i = 0; i < count; ++i) renumbered[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
  return renumbered;
}

}  // namespace customerhealth::ledger
