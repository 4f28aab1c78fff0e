#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/int128.hpp"
#include "customerhealth/ledger/account_ids.hpp"
#include "customerhealth/revenue/money.hpp"
#include "revenue/zero_buffer.hpp"

namespace customerhealth {

/// A column whose values somebody fills, up to a most, and then hands over.
template <class T, template <class> class Memory = Buffer>
class Filling {
 public:
  explicit Filling(std::size_t most) : values_(most) {}
  void set(std::size_t row, T value) noexcept { values_[row] = value; }
  void copy(std::size_t row, std::span<const T> values) noexcept { std::ranges::copy(values, values_.data() + row); }

  [[nodiscard]] ResultColumn finish(std::string name, ResultColumn::Kind kind, std::size_t rows) && {
    values_.shrink(rows);
    auto owner = std::make_shared<Memory<T>>(std::move(values_));
    ResultColumn column;
    column.name = std::move(name);
    column.kind = kind;
    column.data = owner->data();
    column.owner = std::move(owner);
    return column;
  }

 private:
  Memory<T> values_;
};

/// A column of amounts: decimals of their scale, or doubles.
template <template <class> class Memory>
class MoneyColumn {
 public:
  MoneyColumn(const Money& money, std::size_t most)
      : money_{money}, decimals_(money.is_decimal() ? most : 0), numbers_(money.is_decimal() ? 0 : most) {}

  void set(std::size_t row, Int128 amount) noexcept {
    if (money_.is_decimal())
      decimals_.set(row, amount);
    else
      numbers_.set(row, money_.number(amount));
  }
  /// Amounts that mostly are the same as the one before.
  void copy(std::size_t row, std::span<const Int128> amounts) noexcept {
    if (money_.is_decimal()) return decimals_.copy(row, amounts);
    Int128 last = 0;
    double number = 0;
    for (const Int128 amount : amounts) {
      if (amount != last) number = money_.number(last = amount);
      numbers_.set(row++, number);
    }
  }

  [[nodiscard]] ResultColumn finish(std::string name, std::size_t rows) && {
    if (!money_.is_decimal()) return std::move(numbers_).finish(std::move(name), ResultColumn::Kind::number, rows);
    ResultColumn column = std::move(decimals_).finish(std::move(name), ResultColumn::Kind::decimal, rows);
    column.scale = money_.scale();
    return column;
  }

 private:
  Money money_;
  Filling<Int128, Memory> decimals_;
  Filling<double, Memory> numbers_;
};
using MoneyFilling = MoneyColumn<Buffer>;
using SparseMoneyFilling = MoneyColumn<ZeroBuffer>;  // what is not set is 0

/// `account_id`, of each account so many rows one after the other.
struct AccountRun {
  AccountCode account;
  std::size_t rows;
};
[[nodiscard]] ResultColumn account_column(const AccountIds& ids, std::span<const AccountRun> accounts);

}  // namespace customerhealth
