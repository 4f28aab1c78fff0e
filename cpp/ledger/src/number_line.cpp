#include "number_line.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "whole_numbers.hpp"

namespace customerhealth::ledger {
namespace {

bool tells_apart(model::Aggregation aggregation) noexcept {
  return aggregation == model::Aggregation::count_distinct || aggregation == model::Aggregation::top_share ||
         aggregation == model::Aggregation::entropy || aggregation == model::Aggregation::completeness;
}

const IntegerBuffer* integers_of(const StoredColumn& column) noexcept { return std::get_if<IntegerBuffer>(&column); }
bool is_other_number(const StoredColumn& column) noexcept {
  return std::holds_alternative<Buffer<double>>(column) || std::holds_alternative<DecimalBuffer>(column);
}
bool is_decimal(const StoredColumn& column) noexcept {
  const auto* integers = integers_of(column);
  return std::holds_alternative<DecimalBuffer>(column) || (integers != nullptr && integers->is_decimal);
}
bool is_beyond(const StoredColumn& column) noexcept {
  const auto* integers = integers_of(column);
  return integers != nullptr && is_beyond_doubles(*integers);
}

/// One column of a table as it arrives.
class Arrival {
 public:
  Arrival(const model::TableSpec& spec, std::size_t column, const NumberRows& rows, TableData& data, Segment& segment)
      : spec_{spec}, column_{column}, rows_{rows}, data_{data}, line_{data.lines[column]}, segment_{segment} {}

  void settle() {
    note_large_float();
    tell_decimals_apart();
    if (is_other_number(arriving()) && line_.has_integers) join_integers();
    if (integers_of(arriving()) != nullptr && line_.has_others) join_others();
    line_.has_integers |= integers_of(arriving()) != nullptr;
    line_.has_others |= is_other_number(arriving());
  }

 private:
  [[nodiscard]] StoredColumn& arriving() const { return segment_.columns[column_]; }
  [[nodiscard]] const StoredColumn& older(std::size_t s) const { return data_.segments[s]->columns[column_]; }

  template <class Is>
  [[nodiscard]] bool any_older(const Is& is) const {
    for (std::size_t s = 0; s < data_.segments.size(); ++s) {
      if (is(older(s))) return true;
    }
    return false;
  }
  /// Decimals of several scales have a common one, in which amounts stay decimals.
  [[nodiscard]] bool all_decimals() const {
    return is_decimal(arriving()) && !any_older([](const StoredColumn& column) {
             return !is_decimal(column) && !std::holds_alternative<MissingView>(column);
           });
  }

  void note_large_float() {
    if (!rows_.is_identity || line_.large_float >= 0 || !std::holds_alternative<Buffer<double>>(arriving())) return;
    const auto row = rows_.first([](double value) { return std::abs(value) > 0x1p53; });
    if (row) line_.large_float = *row;
  }

  /// Decimals with places are compared as doubles, which tell whole numbers apart up to 2^53.
  void tell_decimals_apart() {
    if (!rows_.is_identity || !std::holds_alternative<DecimalBuffer>(arriving())) return;
    constexpr double kLargestTold = 0x1p53 - 1;
    const auto row = rows_.first([](double value) { return std::abs(value) > kLargestTold; });
    if (!row) return;
    auto whole = as_whole_numbers(arriving());
    if (!whole) {
      fail(row,
           "is a decimal of 2^53 or more among ids with places, which no float tells apart; give the column as "
           "integers or "
           "texts");
    }
    arriving() = std::move(*whole);
  }

  void join_integers() {
    if (rows_.is_identity && line_.large_float >= 0) fail_large();
    const bool beyond = any_older(is_beyond);
    if (all_decimals() && !beyond) return;
    if (auto whole = as_whole_numbers(arriving())) {
      arriving() = std::move(*whole);
    } else if (beyond) {
      fail(rows_.first([](double value) { return std::trunc(value) != value || std::abs(value) > 0x1p53; }),
           "is no whole number up to 2^53, beside integers beyond it in the rows loaded before, which no float tells "
           "apart");
    } else {
      line_.is_whole = false;
    }
  }

  void join_others() {
    if (rows_.is_identity && line_.large_float >= 0) fail_large();
    const bool beyond = is_beyond(arriving());
    if (all_decimals() && !beyond) return;
    line_.is_whole =
        !any_older([](const StoredColumn& column) { return is_other_number(column) && !is_whole(column); });
    if (beyond && !line_.is_whole) {
      fail(rows_.first([](double value) { return std::abs(value) >= 0x1p53; }),
           "is beyond 2^53, where no float tells integers apart, and the rows loaded before hold floats");
    }
  }

  [[noreturn]] void fail_large() const {
    fail(line_.large_float,
         "is a float beyond 2^53 among integer ids, and may have been rounded from another one; give the column as "
         "integers or texts");
  }
  [[noreturn]] void fail(std::optional<std::int64_t> row, const std::string& what) const {
    const std::int64_t at = row.value_or(-1);
    throw DataError{spec_.name + "." + spec_.columns[column_] + "[" + std::to_string(at) + "]: the number " + what,
                    spec_.name, spec_.columns[column_], at, 1};
  }

  const model::TableSpec& spec_;
  std::size_t column_;
  const NumberRows& rows_;
  TableData& data_;
  NumberLine& line_;
  Segment& segment_;
};

}  // namespace

std::vector<std::uint8_t> identities_of(const model::Model& model, std::size_t table) {
  const model::TableSpec& spec = model.tables[table];
  std::vector<std::uint8_t> out(spec.columns.size(), 0);
  const auto mark = [&](std::int32_t column) { out[static_cast<std::size_t>(column)] = 1; };
  if (spec.key) mark(*spec.key);
  for (const model::MetricSpec& metric : model.metrics) {
    const auto* aggregate = std::get_if<model::Aggregate>(&metric.source);
    if (aggregate == nullptr || aggregate->table.place() != table) continue;
    if (aggregate->by) mark(aggregate->by->column);
    if (!aggregate->of || !tells_apart(aggregate->aggregation)) continue;
    for (const expression::Name& name : aggregate->of->expression.names()) {
      const auto found = std::ranges::find(spec.columns, name.word);
      if (found != spec.columns.end()) mark(static_cast<std::int32_t>(found - spec.columns.begin()));
    }
  }
  return out;
}

void settle_numbers(const model::TableSpec& spec, std::size_t column, const NumberRows& rows, TableData& data,
                    Segment& arriving) {
  Arrival{spec, column, rows, data, arriving}.settle();
}

}  // namespace customerhealth::ledger
