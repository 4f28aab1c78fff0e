#include "customerhealth/revenue/movements.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "movement_table.hpp"
#include "products.hpp"

namespace customerhealth::revenue {
namespace {

/// Accounts of a task. Neighbouring tasks write to neighbouring rows of each group: tasks of 1,024 accounts were
/// slower, since two threads then wrote to the same cache lines.
constexpr std::size_t kAccountsPerChunk = 16384;
constexpr std::size_t kAccountsPerCheck = 256;
constexpr std::int64_t kTasksPerThread = 4;

/// The instants at which periods begin or end, ascending and each once, and the two ends of each period as indices into
/// them.
class Grid {
 public:
  explicit Grid(std::span<const Period> given) : dates_{instants_of(given)} {
    const auto place = [&](Instant t) { return dates_.count_until(t) - 1; };
    for (const Period& period : given) periods_.push_back({place(period.from), place(period.to)});
    const auto comes_before = [](PeriodDates a, PeriodDates b) { return a.from <= b.from && a.to <= b.to; };
    if (std::ranges::adjacent_find(periods_, std::not_fn(comes_before)) != periods_.end())
      throw std::invalid_argument{"movements: periods do not ascend"};
    for (std::size_t date = 0; date <= dates_.size(); ++date) {
      const auto found = std::ranges::lower_bound(periods_, date, {}, &PeriodDates::to);
      first_to_end_.push_back(static_cast<std::size_t>(found - periods_.begin()));
    }
  }

  [[nodiscard]] const Dates& dates() const noexcept { return dates_; }
  [[nodiscard]] const std::vector<PeriodDates>& periods() const noexcept { return periods_; }
  /// The first period that ends at a date or later.
  [[nodiscard]] std::size_t first_to_end(std::size_t date) const noexcept { return first_to_end_[date]; }

 private:
  static std::vector<Instant> instants_of(std::span<const Period> periods) {
    std::vector<Instant> instants;
    for (const Period& period : periods) instants.insert(instants.end(), {period.from, period.to});
    std::ranges::sort(instants);
    instants.erase(std::ranges::unique(instants).begin(), instants.end());
    return instants;
  }

  Dates dates_;
  std::vector<PeriodDates> periods_;
  std::vector<std::size_t> first_to_end_;  // by date, and after the last
};

struct Request {
  const Contracts* contracts;
  std::span<const Period> periods;
  View view;
  std::optional<TextCode> product;
  bool with_products, with_billing_periods, in_detail;
  Grid grid{periods};
};

/// The movement from one stretch to another; the account is a customer in at least one of them. All three candidates
/// are worked out, so that the choice is a select: movements vary from account to account, and a branch would be
/// mispredicted.
Movement movement_of(const Standing::Stretch& from, const Standing::Stretch& to, bool is_new) noexcept {
  const Movement change = from.amount < to.amount ? kExpansion : kContraction;
  const Movement of_customer = from.amount == to.amount ? kUnchanged : change;
  const Movement of_arrival = is_new ? kNew : kReactivation;
  return !from.is_customer ? of_arrival : !to.is_customer ? kChurn : of_customer;
}

/// Reads the contracts of one account after the other.
class Reader {
 public:
  explicit Reader(const Request& request)
      : request_{request},
        standing_{request.grid.dates(), request.view, request.with_billing_periods},
        products_{request.grid.dates(), request.view} {}

  void read(std::size_t account) {
    contracts_ = contracts_of(account);
    standing_.read(contracts_);
  }
  /// Products of the account that was read last. Apart from `read`, since only movements in detail need them.
  void read_products() { products_.read(contracts_, standing_); }

  /// Calls for each period with the account as a customer at its start or end, in order, either
  /// `row(period, movement, start, end)` or, for neighbouring periods [begin, end) over which nothing changes,
  /// `run(begin, end, amount)`; a run may be empty.
  template <class Row, class Run>
  void each(const Row& row, const Run& run) const {
    const Grid& grid = request_.grid;
    const auto& periods = grid.periods();
    std::size_t period = 0;
    for (const Standing::Stretch& from : standing_.stretches()) {
      const std::size_t end = std::max(period, grid.first_to_end(from.end));
      if (from.is_customer) run(period, end, from.amount);
      for (period = end; period < periods.size() && periods[period].from < from.end; ++period) {
        const Standing::Stretch* to = &from + 1;
        while (to->end <= periods[period].to) ++to;
        if (!from.is_customer && !to->is_customer) continue;
        const bool is_new = standing_.first() >= request_.periods[period].from;
        row(period, movement_of(from, *to, is_new), from.amount, to->amount);
      }
    }
  }

  [[nodiscard]] const Standing& standing() const noexcept { return standing_; }
  [[nodiscard]] const Products& products() const noexcept { return products_; }

 private:
  std::span<const Contract> contracts_of(std::size_t account) {
    const auto all = request_.contracts->of(account);
    if (!request_.product) return all;
    chosen_.clear();
    std::ranges::copy_if(all, std::back_inserter(chosen_),
                         [&](const Contract& contract) { return contract.product == *request_.product; });
    return chosen_;
  }

  const Request& request_;
  Standing standing_;
  Products products_;
  std::span<const Contract> contracts_;
  std::vector<Contract> chosen_;
};

/// An amount in the table's type: the decimal's integer, or the nearest double.
template <class Amount>
Amount converted(const Money& money, Int128 amount) noexcept {
  if constexpr (std::is_same_v<Amount, Int128>)
    return amount;
  else
    return money.number(amount);
}

/// Converts amounts, and keeps the last result: most amounts of an account equal the one before.
template <class Amount>
class Converter {
 public:
  explicit Converter(const Money& money) : money_{money} {}
  Amount operator()(Int128 amount) noexcept {
    if constexpr (std::is_same_v<Amount, Int128>) return amount;
    if (amount != last_) converted_ = converted<Amount>(money_, last_ = amount);
    return converted_;
  }

 private:
  Money money_;
  Int128 last_ = 0;
  Amount converted_{};
};

/// Writes the rows of some accounts, each to the end of its group.
template <class Amount>
class Writer {
 public:
  /// `first`: which row of each group is the first to be written.
  Writer(const Request& request, MovementTable<Amount>& table, std::span<const std::size_t> first)
      : request_{request}, table_{table}, amount_{request.contracts->money} {
    for (std::size_t group = 0; group < first.size(); ++group)
      cursors_.push_back(table.cursor(group, first[group], &unread_));
  }

  void write(std::size_t account, Reader& reader) {
    if (request_.with_products) reader.read_products();
    const std::int64_t id = table_.account(request_.contracts->accounts[account]);
    reader.each(
        [&](std::size_t period, Movement movement, Int128 start, Int128 end) {
          auto& at = cursors_[group_of(period, movement)];
          if (request_.in_detail) write_details(at.row, period, movement, end - start, reader);
          const Amount size = size_of(start < end ? end - start : start - end);
          table_.set(at, id, amount_(start), size, amount_(end));
        },
        [&](std::size_t begin, std::size_t end, Int128 amount) {
          const Amount same = amount_(amount);
          for (std::size_t period = begin; period < end; ++period) {
            auto& at = cursors_[group_of(period, kUnchanged)];
            if (request_.in_detail) write_details(at.row, period, kUnchanged, 0, reader);
            table_.set_unchanged(at, id, same);
          }
        });
  }

 private:
  [[nodiscard]] Amount size_of(Int128 amount) const noexcept {
    return converted<Amount>(request_.contracts->money, amount);
  }
  void write_details(std::size_t row, std::size_t period, Movement movement, Int128 difference, const Reader& reader) {
    auto& details = table_.details();
    const PeriodDates at = request_.grid.periods()[period];
    if (request_.with_products) {
      const bool is_kept = movement == kExpansion || movement == kContraction || movement == kUnchanged;
      const auto change = is_kept ? reader.products().change(at.from, at.to) : Products::Change{};
      details.added[row] = size_of(change.added);
      details.dropped[row] = size_of(change.dropped);
      details.price_change[row] = size_of(is_kept ? difference - change.added + change.dropped : 0);
    }
    if (request_.with_billing_periods) {
      details.start_period[row] = reader.standing().billing_period(at.from);
      details.end_period[row] = reader.standing().billing_period(at.to);
    }
  }

  const Request& request_;
  MovementTable<Amount>& table_;
  Converter<Amount> amount_;
  Amount unread_{};
  std::vector<typename MovementTable<Amount>::Cursor> cursors_;
};

/// The accounts, cut into tasks: how many rows of each group they have is counted, then each task writes its own.
class Tasks {
 public:
  Tasks(const Request& request, Watch& watch) : request_{request}, watch_{watch} {
    const std::size_t accounts = request.contracts->accounts.size();
    const auto wanted = static_cast<std::size_t>(kTasksPerThread * worker_count());
    size_ = std::clamp<std::size_t>((accounts + wanted - 1) / wanted, 1, kAccountsPerChunk);
    rows_.resize((accounts + size_ - 1) / size_);
    watch.expect(2 * std::ssize(rows_));
  }

  /// The number of rows of each group. Afterwards `rows_` says at which row of the group each task begins.
  [[nodiscard]] std::vector<std::size_t> count() {
    const std::size_t groups = request_.periods.size() * kMovements;
    each([&](std::size_t task, Reader& reader, std::size_t begin, std::size_t end) {
      std::vector<std::size_t>& rows = rows_[task];
      // Of unchanged rows the differences from period to period are counted first, and summed up below: a run of
      // periods then costs two additions. One period more than there are takes the end of the last run.
      rows.resize(groups + kMovements);
      for (std::size_t account = begin; account < end; ++account) {
        if (account % kAccountsPerCheck == 0) watch_.check();
        reader.read(account);
        reader.each(
            [&](std::size_t period, Movement movement, Int128, Int128) {
              ++rows[group_of(period, movement)];
              if (movement == kUnchanged) --rows[group_of(period + 1, kUnchanged)];
            },
            [&](std::size_t from, std::size_t to, Int128) {
              ++rows[group_of(from, kUnchanged)];
              --rows[group_of(to, kUnchanged)];
            });
      }
      for (std::size_t period = 1; period < request_.periods.size(); ++period)
        rows[group_of(period, kUnchanged)] += rows[group_of(period - 1, kUnchanged)];
      rows.resize(groups);
    });
    std::vector<std::size_t> counts(groups);
    for (auto& rows : rows_) {
      for (std::size_t group = 0; group < groups; ++group)
        rows[group] = std::exchange(counts[group], counts[group] + rows[group]);
    }
    return counts;
  }

  template <class Amount>
  void write(MovementTable<Amount>& table) {
    each([&](std::size_t task, Reader& reader, std::size_t begin, std::size_t end) {
      Writer<Amount> writer{request_, table, rows_[task]};
      for (std::size_t account = begin; account < end; ++account) {
        if (account % kAccountsPerCheck == 0) watch_.check();
        reader.read(account);
        writer.write(account, reader);
      }
    });
  }

 private:
  template <class Work>
  void each(const Work& work) {
    for_each(std::ssize(rows_), [&](std::int64_t i) {
      const auto task = static_cast<std::size_t>(i);
      Reader reader{request_};
      work(task, reader, task * size_, std::min(request_.contracts->accounts.size(), (task + 1) * size_));
      watch_.advance();
    });
  }

  const Request& request_;
  Watch& watch_;
  std::size_t size_ = 1;
  std::vector<std::vector<std::size_t>> rows_;  // by task and group: the task's rows; after `count`, its first row
};

template <class Amount>
std::shared_ptr<const arrow::ResultTable> table_of(const Request& request, Watch& watch) {
  Tasks tasks{request, watch};
  const Contracts& contracts = *request.contracts;
  const auto table = std::make_shared<MovementTable<Amount>>(
      MovementColumns{contracts.ledger->ids.get(), contracts.money, request.grid.dates(), request.grid.periods(),
                      request.in_detail, request.with_products, request.with_billing_periods},
      tasks.count());
  tasks.write(*table);
  return MovementTable<Amount>::finish(table);
}

}  // namespace

std::shared_ptr<const arrow::ResultTable> movements(const Contracts& contracts, std::span<const Period> periods,
                                                    const View& view, bool in_detail, std::optional<TextCode> product,
                                                    Watch& watch) {
  const Request request{
      &contracts, periods, view, product, in_detail && contracts.has_product, in_detail && contracts.has_billing_period,
      in_detail};
  return contracts.money.is_decimal() ? table_of<Int128>(request, watch) : table_of<double>(request, watch);
}

}  // namespace customerhealth::revenue
