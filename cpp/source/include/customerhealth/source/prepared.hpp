#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/common/zone.hpp"
#include "customerhealth/model/table_spec.hpp"

/// Turns what a source gives into the table that the model speaks of (model.md §1, "As the source has it").
namespace customerhealth::source {

/// What rows are called: their places in the table as given, loads before counted on.
class RowNumbers {
 public:
  RowNumbers() = default;
  RowNumbers(std::int64_t before, std::span<const std::int64_t> places = {}) noexcept
      : before_{before}, places_{places} {}

  [[nodiscard]] std::int64_t operator()(std::int64_t row) const noexcept {
    return before_ + (places_.empty() ? row : places_[static_cast<std::size_t>(row)]);
  }

 private:
  std::int64_t before_ = 0;
  std::span<const std::int64_t> places_;
};

/// Times on the clocks of a zone that are not those of one instant.
struct Oddity {
  Zone::Standing standing = Zone::Standing::twice;
  std::int64_t rows = 0, first_row = -1;  // in the table as given, loads before counted on
  std::string example;
};

struct Prepared {
  arrow::ArrowTable table;
  Buffer<std::int64_t> places;  // of each row in the table as given; empty: all rows, as they lie
  std::vector<Oddity> oddities = {};
  bool ends_are_exclusive = false;  // whatever TableSpec::end_is says of the source's

  [[nodiscard]] RowNumbers numbers(std::int64_t before) const noexcept { return RowNumbers{before, places.span()}; }
};

/// The table's columns as TableSpec::columns names them. A table without keys of its own passes through as it is.
/// `rows_before` are rows given earlier, for messages; `places` are those of the rows in the table as given (empty: all
/// rows, as they lie). Throws DataError where the source does not fit, ModelError where a formula does not fit the
/// types of its columns.
[[nodiscard]] Prepared prepare(const model::TableSpec& spec, const arrow::ArrowTable& table, std::int64_t rows_before,
                               Watch& watch, Buffer<std::int64_t> places = {});

/// Where a column of the source stands in the table. Throws DataError when it is missing or of a type that formulas
/// cannot use.
[[nodiscard]] std::size_t find_column(const std::string& table_name, const arrow::ArrowTable& table,
                                      const std::string& column);

}  // namespace customerhealth::source
