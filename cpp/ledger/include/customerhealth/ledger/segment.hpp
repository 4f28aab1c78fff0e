#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/code.hpp"
#include "customerhealth/common/column.hpp"

namespace customerhealth::ledger {

struct IntegerBuffer {
  Buffer<std::int64_t> values;
  Buffer<std::uint8_t> valid;  // empty: nothing is null
  bool is_unsigned = false;    // some value needs the 64th bit
  bool is_decimal = false;     // decimals of scale 0
  std::vector<Int128> wide;    // as IntegerView says
};

/// Decimals of a scale above 0 as the integers of that scale, and as the doubles nearest to them, which formulas reckon
/// with.
struct DecimalBuffer {
  Buffer<double> numbers;       // NaN where null
  Buffer<std::int64_t> scaled;  // number times 10^scale, exactly; 0 where null
  Buffer<Int128> wide;          // in place of `scaled` where one needs more than 64 bits
  std::int32_t scale = 0;

  [[nodiscard]] Int128 exact(std::size_t row) const noexcept { return wide.empty() ? scaled[row] : wide[row]; }
};

/// A column in its own type; MissingView where it is not stored or holds nothing but nulls. Decimals that do not fit
/// 128 bits are doubles.
using StoredColumn = std::variant<MissingView, Buffer<double>, IntegerBuffer, DecimalBuffer, Buffer<Truth>,
                                  Buffer<TextCode>, Buffer<Instant>>;

[[nodiscard]] ColumnView view_of(const StoredColumn& column) noexcept;

struct RowRange {
  std::int64_t begin = 0, end = 0;
  [[nodiscard]] std::int64_t size() const noexcept { return end - begin; }
};

/// The rows of one load or append of a table: one run an account, in the order of time (for accounts tables: of
/// arrival). Never changed once it is made.
class Segment {
 public:
  std::vector<StoredColumn> columns;     // beside TableSpec::columns
  Buffer<std::uint32_t> arrival;         // a row's place among its account's rows as they came; empty: as they lie here
  Buffer<std::int64_t> given;            // a row's place in the table as given, appends counted on; see keeps_places
  Buffer<std::int64_t> serial;           // a row's place among all rows of the table; see keeps_serials
  std::vector<AccountCode> accounts;     // ascending; empty: the accounts are 0, 1, 2, ...
  std::vector<std::int64_t> begins;      // of each account's run, and the end of the last
  std::vector<std::int64_t> first_rows;  // of each account: its first row in the table as given, appends counted on

  [[nodiscard]] std::int64_t rows() const noexcept { return begins.empty() ? 0 : begins.back(); }
  [[nodiscard]] std::int64_t account_count() const noexcept { return static_cast<std::int64_t>(begins.size()) - 1; }
  [[nodiscard]] AccountCode account(std::int64_t index) const noexcept {
    return accounts.empty() ? AccountCode{static_cast<std::int32_t>(index)} : accounts[static_cast<std::size_t>(index)];
  }
  /// Where places are kept: of two rows the one with the greater arrived later, and no two have the same.
  [[nodiscard]] std::int64_t order_of_arrival(std::size_t row) const noexcept {
    return serial.empty() ? given[row] : serial[row];
  }
  /// -1 when the account has no run here.
  [[nodiscard]] std::int64_t index_of(AccountCode account) const noexcept;
  [[nodiscard]] RowRange run(AccountCode account) const noexcept;
};

}  // namespace customerhealth::ledger
