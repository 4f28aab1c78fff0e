#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arrow/arrays.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/ledger.hpp"

// Tables for tests of what lies behind the Arrow door.
namespace customerhealth::tables {

using arrays::Ints;
using arrays::TestColumn;
using Words = arrays::Texts;
using Numbers = std::vector<std::optional<double>>;

inline constexpr std::int64_t kDay = 86'400'000'000;

inline Instant day(std::int64_t days) { return Instant{Micros{days * kDay}}; }

inline TestColumn texts(const Words& values) { return arrays::texts(NANOARROW_TYPE_STRING, values); }
inline TestColumn integers(const Ints& values) { return arrays::ints(NANOARROW_TYPE_INT64, values); }
inline TestColumn numbers(const Numbers& values) { return arrays::doubles(NANOARROW_TYPE_DOUBLE, values); }
inline TestColumn truths(const Ints& values) { return arrays::ints(NANOARROW_TYPE_BOOL, values); }
inline TestColumn nulls(std::size_t rows) { return arrays::ints(NANOARROW_TYPE_NA, Ints(rows)); }
inline TestColumn micros(const Ints& values) {
  return arrays::ints(arrays::timestamp(NANOARROW_TIME_UNIT_MICRO), values);
}
/// Instants, in days since 1970.
inline TestColumn days(Ints values) {
  for (auto& value : values) {
    if (value) *value *= kDay;
  }
  return micros(values);
}

template <class... Columns>
std::vector<TestColumn> columns(Columns&&... each) {
  std::vector<TestColumn> all;
  (all.push_back(std::forward<Columns>(each)), ...);
  return all;
}

inline arrow::ArrowTable table_of(const std::string& name, const std::vector<std::string>& names,
                                  std::vector<TestColumn> all) {
  TestColumn batch = arrays::batch_of(names, std::move(all));
  return arrow::ArrowTable::read(*batch.schema.get(), *batch.array.get(), name, names);
}

template <class... Columns>
ledger::TableInput input(const std::string& name, const std::vector<std::string>& names, Columns&&... each) {
  return {name, table_of(name, names, columns(std::forward<Columns>(each)...))};
}

template <class... Inputs>
std::vector<ledger::TableInput> inputs(Inputs&&... each) {
  std::vector<ledger::TableInput> all;
  (all.push_back(std::forward<Inputs>(each)), ...);
  return all;
}

/// `extend` where several workers are at hand.
inline std::shared_ptr<const ledger::Ledger> extended(const model::Model& model, const ledger::Ledger* before,
                                                      const std::vector<ledger::TableInput>& given,
                                                      ledger::Strictness strictness = ledger::Strictness::lenient,
                                                      int threads = 1) {
  Watch watch;
  std::shared_ptr<const ledger::Ledger> after;
  run(Threads::resolve(threads), watch, [&] { after = ledger::extend(model, before, given, strictness, watch); });
  return after;
}

/// One cell, as a text that a test can compare; numbers in all their bits.
inline std::string cell(const ColumnView& view, std::size_t row, const customerhealth::Texts& dictionary) {
  if (is_missing(view, row)) return "-";
  if (const auto* values = std::get_if<std::span<const double>>(&view)) return "d" + std::to_string((*values)[row]);
  if (const auto* values = std::get_if<IntegerView>(&view)) {
    return "i" + (values->is_unsigned ? std::to_string(static_cast<std::uint64_t>(values->values[row]))
                                      : std::to_string(values->values[row]));
  }
  if (const auto* values = std::get_if<std::span<const Truth>>(&view))
    return (*values)[row] == Truth::yes ? "yes" : "no";
  if (const auto* values = std::get_if<std::span<const TextCode>>(&view)) {
    return "'" + std::string{dictionary.text((*values)[row])} + "'";
  }
  return to_string(std::get<std::span<const Instant>>(view)[row]);
}

}  // namespace customerhealth::tables
