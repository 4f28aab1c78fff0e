#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/revenue/movements.hpp"
#include "ledger/tables.hpp"

// Books of contracts for tests of revenue.
namespace customerhealth::books {

using tables::day;
using tables::days;
using tables::integers;
using tables::Numbers;
using tables::numbers;
using tables::texts;
using tables::Words;

inline constexpr const char* kPlain = R"({"format": 1,
  "tables": {"contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends"}},
  "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"},
              "plans": {"from": "contracts", "agg": "count_distinct", "of": "plan"},
              "billed": {"from": "contracts", "agg": "sum", "of": "months"}}})";

inline constexpr const char* kCorrected = R"({"format": 1,
  "tables": {"contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "known",
                           "key": "k", "deleted": "gone"}},
  "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}}})";

/// What a row of a plain book says; days since 1970.
struct Row {
  const char* account;
  std::int64_t start;
  std::optional<std::int64_t> end;
  std::optional<double> mrr;
  std::optional<std::string> plan = std::nullopt;
  std::optional<double> months = std::nullopt;
};

inline std::shared_ptr<const revenue::Contracts> read(const char* document, const ledger::TableInput& input,
                                                      const revenue::ContractColumns& columns,
                                                      revenue::Free free = revenue::Free::customers) {
  const model::Model model = model::Model::parse(document);
  Watch watch;
  std::shared_ptr<const revenue::Contracts> contracts;
  run(Threads::resolve(2), watch, [&] {
    auto ledger = ledger::extend(model, nullptr, {input}, ledger::Strictness::lenient, watch);
    contracts = revenue::read_contracts(model, std::move(ledger), "contracts", columns, free, watch);
  });
  return contracts;
}

inline ledger::TableInput table_of(const std::vector<Row>& rows) {
  Words ids, plans;
  arrays::Ints begins, ends;
  Numbers mrr, months;
  for (const Row& row : rows) {
    ids.emplace_back(row.account);
    begins.emplace_back(row.start);
    ends.push_back(row.end);
    mrr.push_back(row.mrr);
    plans.push_back(row.plan);
    months.push_back(row.months);
  }
  return tables::input("contracts", {"id", "begins", "ends", "mrr", "plan", "months"}, texts(ids), days(begins),
                       days(ends), numbers(mrr), texts(plans), numbers(months));
}

/// What a row of a corrected book says; days since 1970.
struct KnownRow {
  const char* account;
  std::int64_t start;
  std::optional<std::int64_t> end, known;
  std::optional<std::string> key;
  std::optional<double> mrr;
  std::optional<std::int64_t> is_gone = 0;
};

inline ledger::TableInput table_of(const std::vector<KnownRow>& rows) {
  Words ids, keys;
  arrays::Ints begins, ends, known, gone;
  Numbers mrr;
  for (const KnownRow& row : rows) {
    ids.emplace_back(row.account);
    begins.emplace_back(row.start);
    ends.push_back(row.end);
    known.push_back(row.known);
    keys.push_back(row.key);
    gone.push_back(row.is_gone);
    mrr.push_back(row.mrr);
  }
  return tables::input("contracts", {"id", "begins", "ends", "known", "k", "gone", "mrr"}, texts(ids), days(begins),
                       days(ends), days(known), texts(keys), tables::truths(gone), numbers(mrr));
}

inline std::shared_ptr<const revenue::Contracts> corrected(const std::vector<KnownRow>& rows) {
  return read(kCorrected, table_of(rows), {"mrr", {}, {}, {}});
}

/// Decimals of a scale, each as the digits of its whole number of units.
inline tables::TestColumn decimals(int scale, const std::vector<std::string>& digits) {
  return arrays::build(arrays::decimal(NANOARROW_TYPE_DECIMAL128, 38, scale), [&](ArrowArray* array) {
    for (const std::string& text : digits) {
      ArrowDecimal value;
      ArrowDecimalInit(&value, 128, 38, scale);
      arrays::ok(ArrowDecimalSetDigits(&value, {text.data(), static_cast<std::int64_t>(text.size())}));
      arrays::ok(ArrowArrayAppendDecimal(array, &value));
    }
  });
}

inline std::shared_ptr<const revenue::Contracts> book(const std::vector<Row>& rows,
                                                      const revenue::ContractColumns& columns = {"mrr", {}, {}, {}}) {
  return read(kPlain, table_of(rows), columns);
}

/// Between neighbouring days.
inline std::vector<revenue::Period> periods(const std::vector<std::int64_t>& dates) {
  std::vector<revenue::Period> out;
  for (std::size_t i = 1; i < dates.size(); ++i) out.push_back({day(dates[i - 1]), day(dates[i])});
  return out;
}

inline std::shared_ptr<const arrow::ResultTable> moved(const revenue::Contracts& contracts,
                                                       const std::vector<revenue::Period>& periods,
                                                       const revenue::View& view = {}, bool in_detail = false,
                                                       int threads = 2) {
  Watch watch;
  std::shared_ptr<const arrow::ResultTable> table;
  run(Threads::resolve(threads), watch,
      [&] { table = revenue::movements(contracts, periods, view, in_detail, std::nullopt, watch); });
  return table;
}

/// The numbers of a column over all batches.
inline std::vector<double> column(const arrow::ResultTable& table, const std::string& name) {
  std::vector<double> out;
  for (const arrow::ResultTable::Batch& batch : table.batches) {
    for (const arrow::ResultColumn& column : batch.columns) {
      if (column.name != name) continue;
      const auto* values = static_cast<const double*>(column.data);
      out.insert(out.end(), values, values + batch.rows);
    }
  }
  return out;
}

/// The names of a column of categories over all batches.
inline std::vector<std::string> names(const arrow::ResultTable& table, const std::string& name) {
  std::vector<std::string> out;
  for (const arrow::ResultTable::Batch& batch : table.batches) {
    for (const arrow::ResultColumn& column : batch.columns) {
      if (column.name != name) continue;
      const auto* places = static_cast<const std::int32_t*>(column.data);
      for (std::int64_t i = 0; i < batch.rows; ++i)
        out.push_back((*column.categories)[static_cast<std::size_t>(places[i])]);
    }
  }
  return out;
}

}  // namespace customerhealth::books
