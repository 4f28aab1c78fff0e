#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/ledger/account_ids.hpp"
#include "customerhealth/revenue/money.hpp"
#include "dates.hpp"

namespace customerhealth::revenue {

enum Movement : std::int32_t { kNew, kExpansion, kContraction, kChurn, kReactivation, kUnchanged };
inline constexpr std::array kMovementNames{"new", "expansion", "contraction", "churn", "reactivation", "unchanged"};
inline constexpr std::size_t kMovements = kMovementNames.size();

/// The rows of one period and movement, numbered period by period.
[[nodiscard]] constexpr std::size_t group_of(std::size_t period, Movement movement) noexcept {
  return period * kMovements + static_cast<std::size_t>(movement);
}
[[nodiscard]] constexpr std::size_t period_of(std::size_t group) noexcept { return group / kMovements; }
[[nodiscard]] constexpr Movement movement_of(std::size_t group) noexcept {
  return static_cast<Movement>(group % kMovements);
}

/// From one instant to another, as indices into the dates.
struct PeriodDates {
  std::size_t from, to;
};

/// Which columns a table of movements has, and what its rows can be of.
struct MovementColumns {
  const ledger::AccountIds* ids;
  Money money;
  Dates dates;
  std::vector<PeriodDates> periods;
  bool in_detail, with_products, with_billing_periods;
};

/// A table of movements, by period, in it by movement and then by account, to be filled by several at once.
///
/// A large group is a batch of its own, and its columns are mostly memory that exists once: the dates are shared by all
/// batches, the zeros of the other movements by all columns, and two columns with the same amounts (of a new account
/// `new` and `end`) are one. Of an unchanged customer, eight in ten rows of a typical book, only the account and one
/// amount are written in place of ten columns: 130 MB for 3.8 million rows, where it was 520.
template <class Amount>  // Int128 or double
class MovementTable {
 public:
  /// Where the next row of a group goes.
  struct Cursor {
    /// Where the next amount of a column goes. A column that is zero throughout, or the same memory as another one, is
    /// not written: its `step` is 0 and `at` stays on a place that nobody reads.
    struct Column {
      Amount* at;
      std::size_t step;
    };
    std::size_t row;
    Column start, move, end;
  };
  /// The columns of movements in detail, by row of the table; empty where they were not asked for.
  struct Details {
    Buffer<Amount> added, dropped, price_change;
    Buffer<double> start_period, end_period;
  };

  /// `rows[group_of(period, movement)]` is the number of rows of each group.
  MovementTable(MovementColumns columns, std::span<const std::size_t> rows);

  /// The cursor at a row of the group. Columns that are not written point at `unread`; each thread has one of its own,
  /// since threads that wrote to a common one would race.
  [[nodiscard]] Cursor cursor(std::size_t group, std::size_t row, Amount* unread) noexcept;
  /// What stands for the account in the table: its integer id, or the code of its text.
  [[nodiscard]] std::int64_t account(AccountCode code) const noexcept {
    return columns_.ids->kind() == ledger::AccountIds::Kind::integer ? columns_.ids->integer(code) : code.get();
  }
  void set(Cursor& at, std::int64_t account, Amount start, Amount move, Amount end) noexcept {
    put(accounts_.data() + at.row++, account);
    put(at.start, start);
    put(at.move, move);
    put(at.end, end);
  }
  void set_unchanged(Cursor& at, std::int64_t account, Amount amount) noexcept {
    put(accounts_.data() + at.row++, account);
    put(at.start, amount);
    if (at.end.step > 0) put(at.end, amount);
  }
  [[nodiscard]] Details& details() noexcept { return details_; }

  /// When all rows are there. Batches live as long as `of`.
  [[nodiscard]] static std::shared_ptr<const arrow::ResultTable> finish(const std::shared_ptr<const MovementTable>& of);

 private:
  static constexpr std::size_t kAmounts = kMovements + 1;  // start, each movement but unchanged, end
  struct Group {
    std::size_t row = 0, rows = 0, batch = 0;  // row: of the table
  };
  struct Batch {
    std::size_t begin, end;  // its groups; some of them may have no rows
    std::size_t row, rows;
    std::array<std::size_t, kAmounts> amounts{};  // where each column lies in amounts_; kShared: nothing but zeros
    Buffer<std::int64_t> from, to;                // where it has several groups
    Buffer<std::int32_t> movement;
  };
  static constexpr std::size_t kShared = SIZE_MAX;
  static constexpr std::size_t kPrefetchBytes = 64;

  /// Writes a value and prefetches the line after it: the rows of one account go to hundreds of groups, more streams of
  /// writes than the processor's own prefetcher follows.
  template <class T>
  static void put(T* at, T value) noexcept {
    constexpr std::size_t kLine = kPrefetchBytes / sizeof(T);  // in elements
    __builtin_prefetch(at + kLine, 1);
    *at = value;
  }
  static void put(typename Cursor::Column& column, Amount value) noexcept {
    put(column.at, value);
    column.at += column.step;
  }
  void cut_batches();
  void add_batch(std::size_t begin, std::size_t end);
  void place_alone(Batch& batch, Movement movement);
  void place_together(Batch& batch);
  void share_dates();
  void fill_together(Batch& batch);
  [[nodiscard]] arrow::ResultColumn account_ids(const Batch& batch, const std::shared_ptr<const void>& owner) const;
  [[nodiscard]] arrow::ResultTable::Batch finish(const Batch& batch, const std::shared_ptr<const void>& owner) const;
  [[nodiscard]] static bool is_alone(const Batch& batch) noexcept { return batch.end - batch.begin == 1; }

  MovementColumns columns_;
  std::vector<Group> groups_;
  std::vector<Batch> batches_;
  std::size_t rows_ = 0, amount_count_ = 0, most_ = 0;  // most_: rows of a batch
  Buffer<std::int64_t> accounts_;                       // ids, or codes of texts
  Buffer<Amount> amounts_;
  std::vector<Amount> zeros_;
  Buffer<std::int64_t> dates_;            // each date as often as a batch needs it
  std::vector<std::size_t> date_begins_;  // of each, in dates_
  Buffer<std::int32_t> movements_;        // each movement most_ times
  Details details_;
};

extern template class MovementTable<Int128>;
extern template class MovementTable<double>;

}  // namespace customerhealth::revenue
