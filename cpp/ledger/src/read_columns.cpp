#include "customerhealth/ledger/read_columns.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "customerhealth/arrow/all_null.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/ledger/account_ids.hpp"
#include "sources.hpp"

namespace customerhealth::ledger {
namespace {

std::size_t find_column(const arrow::ArrowTable& table, const std::string& name, const RoleColumn& column) {
  const auto found = table.find(column.name);
  if (found) return *found;
  throw DataError{name + ": " + column.what + " needs a column '" + column.name + "', the table has none; " +
                      suggestion(column.name, table.column_names()),
                  name, column.name};
}

void check_kind(const arrow::ArrowTable& table, std::size_t place, const std::string& name, const RoleColumn& column) {
  const arrow::SourceKind kind = table.kind(place);
  const bool is_number =
      kind == arrow::SourceKind::number || kind == arrow::SourceKind::integer || kind == arrow::SourceKind::boolean;
  const bool is_instant = kind == arrow::SourceKind::instant || kind == arrow::SourceKind::text;
  const bool is_time = column.role == RoleColumn::Role::instant || column.role == RoleColumn::Role::end;
  if (column.role == RoleColumn::Role::account || (is_time ? is_instant : is_number)) return;
  if (arrow::is_all_null(table.chunks(place))) return;
  throw DataError{name + "." + column.name + ": " + column.what + " needs " +
                      (is_time ? "dates, timestamps or texts in ISO form" : "numbers") + ", this column is " +
                      table.type_name(place),
                  name, column.name};
}

/// All rows of a source.
template <class T>
std::vector<T> all_of(const Partition::Source<T>& source, std::int64_t rows, Watch& watch) {
  constexpr std::int64_t kBlock = 1 << 16;
  std::vector<T> out(static_cast<std::size_t>(rows));
  for (std::int64_t begin = 0; begin < rows; begin += kBlock) {
    watch.check();
    const auto count = static_cast<std::size_t>(std::min(kBlock, rows - begin));
    const auto block = std::span{out}.subspan(static_cast<std::size_t>(begin), count);
    const T* values = source(begin, block);
    if (values != block.data()) std::copy_n(values, count, block.begin());
  }
  return out;
}

arrow::ResultColumn integer_ids(const std::string& name, const AccountIds& ids, std::span<const std::int32_t> codes) {
  struct Kept {
    std::vector<std::int64_t> values;
    std::vector<std::uint8_t> valid;
  };
  auto kept = std::make_shared<Kept>();
  kept->values.reserve(codes.size());
  for (const std::int32_t code : codes) kept->values.push_back(code < 0 ? 0 : ids.integer(AccountCode{code}));
  kept->valid = arrow::make_bitmap(codes.size(), [&](std::size_t i) { return codes[i] >= 0; });
  arrow::ResultColumn out;
  out.name = name;
  out.kind = arrow::ResultColumn::Kind::integer;
  out.data = kept->values.data();
  out.null_count = std::ranges::count_if(codes, [](std::int32_t code) { return code < 0; });
  out.valid = out.null_count > 0 ? kept->valid.data() : nullptr;
  out.owner = std::move(kept);
  return out;
}

arrow::ResultColumn account_ids(const arrow::ArrowTable& table, std::size_t place, const std::string& name,
                                const RoleColumn& column, Watch& watch) {
  AccountIds ids;
  const Buffer<std::int32_t> codes = ids.encode(table, place, name, 0, watch);
  if (ids.kind() == AccountIds::Kind::integer) return integer_ids(column.name, ids, codes.span());
  auto names = std::make_shared<std::vector<std::string>>();
  for (std::int32_t code = 0; code < ids.size(); ++code) names->push_back(ids.name(AccountCode{code}));
  return arrow::category_column(column.name, std::vector<std::int32_t>(codes.span().begin(), codes.span().end()),
                                names);
}

arrow::ResultColumn read_column(const arrow::ArrowTable& table, const std::string& name, const RoleColumn& column,
                                Watch& watch) {
  const std::size_t place = find_column(table, name, column);
  check_kind(table, place, name, column);
  if (column.role == RoleColumn::Role::account) return account_ids(table, place, name, column, watch);
  const std::vector<arrow::ColumnChunk>& chunks = table.chunks(place);
  if (column.role == RoleColumn::Role::number) {
    if (arrow::is_all_null(chunks)) {
      return arrow::number_column(column.name, std::vector<double>(static_cast<std::size_t>(table.rows()), kNan));
    }
    return arrow::number_column(column.name, all_of(number_source(chunks), table.rows(), watch));
  }
  const auto instants =
      all_of(instant_source(chunks, name, column.name, 0, column.role == RoleColumn::Role::end), table.rows(), watch);
  std::vector<std::int64_t> micros;
  micros.reserve(instants.size());
  for (const Instant at : instants) micros.push_back(micros_since_epoch(at));
  return arrow::instant_column(column.name, std::move(micros));
}

}  // namespace

std::shared_ptr<const arrow::ResultTable> read_columns(const arrow::ArrowTable& table, const std::string& name,
                                                       std::span<const RoleColumn> columns, Watch& watch) {
  auto out = std::make_shared<arrow::ResultTable>();
  arrow::ResultTable::Batch& batch = out->batches.emplace_back();
  batch.rows = table.rows();
  for (const RoleColumn& column : columns) batch.columns.push_back(read_column(table, name, column, watch));
  return out;
}

}  // namespace customerhealth::ledger
