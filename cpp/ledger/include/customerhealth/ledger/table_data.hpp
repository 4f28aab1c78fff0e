#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/ledger/key_owners.hpp"
#include "customerhealth/ledger/quality.hpp"
#include "customerhealth/ledger/segment.hpp"
#include "customerhealth/model/model.hpp"

namespace customerhealth::ledger {

/// What the numbers of a column are, over all its segments.
struct NumberLine {
  bool has_integers = false, has_others = false;
  bool is_whole = false;          // the others are whole too, and are read as integers
  std::int64_t large_float = -1;  // of an identity: the first row with a float beyond ±2^53
};

/// A table of a portfolio: its segments in the order of their arrival. A value: an append makes a new one that shares
/// the old segments.
struct TableData {
  std::vector<std::shared_ptr<const Segment>> segments;
  std::vector<Type> types;        // beside TableSpec::columns; any: nothing but nulls so far
  std::vector<Type> declared;     // `types`, and where those are any, what the first source to name one says
  std::vector<NumberLine> lines;  // beside TableSpec::columns
  std::vector<Finding> findings;
  std::vector<FarTimes> far_times;
  std::int64_t rows_given = 0;
  std::int64_t rows_made = 0;  // of those given: without those that `where` leaves out, one an element with `each`
  bool given = false;
};

/// Decimals as integers of their scale. (Nulls are those of the Column.)
class DecimalView {
 public:
  DecimalView() = default;
  explicit DecimalView(IntegerView integers) : integers_{integers}, is_decimal_{true} {}  // of scale 0
  DecimalView(const DecimalBuffer& decimals, std::size_t begin) : decimals_{&decimals}, begin_{begin} {}

  [[nodiscard]] bool is_decimal() const noexcept { return is_decimal_ || decimals_ != nullptr; }
  [[nodiscard]] std::int32_t scale() const noexcept { return decimals_ == nullptr ? 0 : decimals_->scale; }
  /// Of a row that is not null.
  [[nodiscard]] Int128 operator[](std::size_t row) const noexcept {
    return decimals_ == nullptr ? integers_.exact(row) : decimals_->exact(begin_ + row);
  }

 private:
  IntegerView integers_;
  bool is_decimal_ = false;
  const DecimalBuffer* decimals_ = nullptr;
  std::size_t begin_ = 0;
};

/// The rows of some accounts, one run after the other, each in the order of time (accounts tables: of arrival).
struct TableBlock {
  std::vector<std::int64_t> begins;        // of each account's run, and the end of the last
  std::vector<Column> columns;             // beside TableSpec::columns
  std::vector<DecimalView> decimals;       // beside `columns`
  std::span<const std::uint32_t> arrival;  // empty: as they lie here
  std::vector<std::uint32_t> arrival_owned;
  std::span<const std::int64_t> given;  // of each row its place in the table as given, where keeps_places says so
  std::vector<std::int64_t> given_owned;
  std::span<const std::int64_t> serial;  // of each row its place among all rows, where keeps_serials says so
  std::vector<std::int64_t> serial_owned;

  [[nodiscard]] std::size_t rows() const noexcept { return static_cast<std::size_t>(begins.back()); }
  [[nodiscard]] std::span<const Instant> instants(std::int32_t column) const {
    const auto* values = std::get_if<std::span<const Instant>>(&columns[static_cast<std::size_t>(column)].view());
    return values == nullptr ? std::span<const Instant>{} : *values;
  }
};

/// Whether the places of single rows are kept: findings name those of intervals and of events with a key, the order of
/// arrival is that of rows whose account goes by a key, and tables of keys tell which row of a key is the last.
[[nodiscard]] bool keeps_places(const model::TableSpec& spec) noexcept;
/// Whether the places of rows among all rows are kept too: a row of the source that `each` makes several of has one
/// place for them, and their order counts; in tables of keys they are beside the codes of the keys.
[[nodiscard]] bool keeps_serials(const model::TableSpec& spec) noexcept;

/// Borrows where the accounts lie side by side in the only segment; else runs are merged, ties in order of arrival.
[[nodiscard]] TableBlock read_block(const model::TableSpec& spec, const TableData& table,
                                    std::span<const AccountCode> accounts);

/// A column that is integers wherever it has values: every block of it is an IntegerView, or nothing but nulls.
struct IntegerColumn {
  bool is_integer = false;
  bool is_unsigned = false;
};
[[nodiscard]] IntegerColumn integers_of(const TableData& table, std::int32_t column);

/// The rows of segments that are grouped by key, of the keys that have an account, as one segment by account; nothing
/// where there are none.
[[nodiscard]] std::shared_ptr<const Segment> by_account(const model::TableSpec& spec,
                                                        std::span<const std::shared_ptr<const Segment>> keyed,
                                                        std::span<const NumberLine> lines, const KeyOwners& owners);

/// How many rows the account has.
[[nodiscard]] std::int64_t rows_of(const TableData& table, AccountCode account) noexcept;

/// The account's first row in the table as given, appends counted on; -1: it has none.
[[nodiscard]] std::int64_t first_row_of(const TableData& table, AccountCode account) noexcept;

/// Brings neighbouring segments of like size together, so that there are never many.
void compact(const model::TableSpec& spec, TableData& table);

}  // namespace customerhealth::ledger
