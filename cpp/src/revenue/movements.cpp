#include "customerhealth/revenue/movements.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "revenue/columns.hpp"
#include "revenue/products.hpp"

namespace customerhealth {
namespace {

enum Movement : std::int32_t { kNew, kExpansion, kContraction, kChurn, kReactivation, kUnchanged };
constexpr std::array kNames{"new", "expansion", "contraction", "churn", "reactivation", "unchanged"};

/// Rows of a task: columns well above the size from which a Buffer is on huge pages, and yet several tasks a thread.
constexpr std::size_t kRowsPerTask = std::size_t{1} << 20;
constexpr std::int64_t kTasksPerThread = 4;

struct Places {
  std::size_t from, to;  // indices into the dates
};

/// Every instant at which a period begins or ends, once, and where each period's ends stand among them.
struct Grid {
  std::vector<Instant> dates;
  std::vector<Places> periods;
  std::vector<std::int64_t> from, to;  // of each period, in microseconds

  explicit Grid(std::span<const Period> given) {
    for (const Period& period : given) dates.insert(dates.end(), {period.from, period.to});
    std::ranges::sort(dates);
    dates.erase(std::ranges::unique(dates).begin(), dates.end());
    const auto place = [&](Instant t) {
      return static_cast<std::size_t>(std::ranges::lower_bound(dates, t) - dates.begin());
    };
    for (const Period& period : given) {
      periods.push_back({place(period.from), place(period.to)});
      from.push_back(period.from.time_since_epoch().count());
      to.push_back(period.to.time_since_epoch().count());
    }
  }
};

struct Request {
  const Contracts* contracts;
  std::span<const Period> periods;
  const Grid* grid;
  View view;
  std::optional<TextCode> product;
  bool with_products, with_billing_periods, in_detail;
};

/// What columns the rows of some accounts become.
struct Filled {
  explicit Filled(const Request& request, std::size_t most)
      : from{most},
        to{most},
        start{request.contracts->money, most},
        end{request.contracts->money, most},
        movement{request.in_detail ? most : 0},
        added{request.contracts->money, request.with_products ? most : 0},
        dropped{request.contracts->money, request.with_products ? most : 0},
        price_change{request.contracts->money, request.with_products ? most : 0} {
    for (std::size_t i = 0; i < kUnchanged; ++i) moves.emplace_back(request.contracts->money, most);
  }

  Filling<std::int64_t> from, to;
  MoneyFilling start, end;
  std::vector<SparseMoneyFilling> moves;
  Filling<std::int32_t> movement;
  MoneyFilling added, dropped, price_change;
  std::vector<double> start_period, end_period;
  std::vector<AccountRun> accounts;
  std::size_t rows = 0;
};

Movement movement_of(bool was, bool is, Int128 start, Int128 end, bool is_new) noexcept {
  if (!was) return is_new ? kNew : kReactivation;
  if (!is) return kChurn;
  if (start == end) return kUnchanged;
  return start < end ? kExpansion : kContraction;
}

class Filler {
 public:
  Filler(const Request& request, std::size_t accounts)
      : request_{request},
        standing_{request.grid->dates, request.view, request.with_billing_periods},
        products_{request.grid->dates, request.view},
        filled_{request, accounts * request.periods.size()},
        starts_(request.periods.size()),
        ends_(request.periods.size()),
        movements_(request.periods.size()) {}

  void add(std::size_t account) {
    const auto contracts = contracts_of(account);
    standing_.read(contracts);
    if (request_.with_products) products_.read(contracts, standing_);
    const std::size_t before = filled_.rows;
    const std::size_t periods = request_.periods.size();
    for (std::size_t begin = 0; begin < periods;) {
      std::size_t end = begin;
      while (end < periods && has_row(end)) ++end;
      if (end > begin) add(begin, end);
      begin = end + 1;
    }
    if (filled_.rows > before)
      filled_.accounts.push_back({request_.contracts->accounts[account], filled_.rows - before});
  }

  ResultTable::Batch finish() &&;

 private:
  [[nodiscard]] bool has_row(std::size_t period) const noexcept {
    const Places at = request_.grid->periods[period];
    return standing_.is_customer(at.from) || standing_.is_customer(at.to);
  }

  std::span<const Contract> contracts_of(std::size_t account) {
    const auto all = request_.contracts->of(account);
    if (!request_.product) return all;
    chosen_.clear();
    std::ranges::copy_if(all, std::back_inserter(chosen_),
                         [&](const Contract& contract) { return contract.product == *request_.product; });
    return chosen_;
  }

  /// A row for each of some neighbouring periods, column by column.
  void add(std::size_t begin, std::size_t end) {
    const std::size_t row = filled_.rows, count = end - begin;
    filled_.rows += count;
    move(begin, count);
    filled_.from.copy(row, std::span{request_.grid->from}.subspan(begin, count));
    filled_.to.copy(row, std::span{request_.grid->to}.subspan(begin, count));
    filled_.start.copy(row, std::span{starts_}.first(count));
    filled_.end.copy(row, std::span{ends_}.first(count));
    for (std::size_t i = 0; i < count; ++i) {
      if (movements_[i] == kUnchanged) continue;
      const Int128 size = ends_[i] > starts_[i] ? ends_[i] - starts_[i] : starts_[i] - ends_[i];
      filled_.moves[static_cast<std::size_t>(movements_[i])].set(row + i, size);
    }
    if (!request_.in_detail) return;
    for (std::size_t i = 0; i < count; ++i) add_detail(row + i, i, request_.grid->periods[begin + i]);
  }

  void move(std::size_t begin, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      const Places at = request_.grid->periods[begin + i];
      starts_[i] = standing_.amount(at.from);
      ends_[i] = standing_.amount(at.to);
      movements_[i] = movement_of(standing_.is_customer(at.from), standing_.is_customer(at.to), starts_[i], ends_[i],
                                  standing_.first() >= request_.periods[begin + i].from);
    }
  }

  void add_detail(std::size_t row, std::size_t i, Places at) {
    filled_.movement.set(row, movements_[i]);
    if (request_.with_products) add_products(row, movements_[i], at, ends_[i] - starts_[i]);
    if (!request_.with_billing_periods) return;
    filled_.start_period.push_back(standing_.billing_period(at.from));
    filled_.end_period.push_back(standing_.billing_period(at.to));
  }

  void add_products(std::size_t row, Movement movement, Places at, Int128 difference) {
    const bool is_kept = movement == kExpansion || movement == kContraction || movement == kUnchanged;
    const auto change = is_kept ? products_.change(at.from, at.to) : Products::Change{};
    filled_.added.set(row, change.added);
    filled_.dropped.set(row, change.dropped);
    filled_.price_change.set(row, is_kept ? difference - change.added + change.dropped : 0);
  }

  const Request& request_;
  Standing standing_;
  Products products_;
  Filled filled_;
  std::vector<Contract> chosen_;
  std::vector<Int128> starts_, ends_;  // of the periods at hand
  std::vector<Movement> movements_;
};

std::shared_ptr<const std::vector<std::string>> movement_names() {
  return std::make_shared<const std::vector<std::string>>(kNames.begin(), kNames.end());
}

ResultTable::Batch Filler::finish() && {
  const std::size_t rows = filled_.rows;
  ResultTable::Batch batch{static_cast<std::int64_t>(rows), {}};
  const auto put = [&](ResultColumn column) { batch.columns.push_back(std::move(column)); };
  put(account_column(*request_.contracts->ledger->ids, filled_.accounts));
  put(std::move(filled_.from).finish("from", ResultColumn::Kind::instant, rows));
  put(std::move(filled_.to).finish("to", ResultColumn::Kind::instant, rows));
  put(std::move(filled_.start).finish("start", rows));
  for (std::size_t i = 0; i < kUnchanged; ++i) put(std::move(filled_.moves[i]).finish(kNames[i], rows));
  put(std::move(filled_.end).finish("end", rows));
  if (!request_.in_detail) return batch;
  ResultColumn movement = std::move(filled_.movement).finish("movement", ResultColumn::Kind::category, rows);
  movement.categories = movement_names();
  put(std::move(movement));
  if (request_.with_products) {
    put(std::move(filled_.added).finish("product_added", rows));
    put(std::move(filled_.dropped).finish("product_dropped", rows));
    put(std::move(filled_.price_change).finish("price_change", rows));
  }
  if (request_.with_billing_periods) {
    put(number_column("start_billing_period", std::move(filled_.start_period)));
    put(number_column("end_billing_period", std::move(filled_.end_period)));
  }
  return batch;
}

}  // namespace

std::shared_ptr<const ResultTable> movements(const Contracts& contracts, std::span<const Period> periods,
                                             const View& view, bool in_detail, std::optional<TextCode> product,
                                             Watch& watch) {
  const Grid grid{periods};
  const Request request{&contracts,
                        periods,
                        &grid,
                        view,
                        product,
                        in_detail && contracts.has_product,
                        in_detail && contracts.has_billing_period,
                        in_detail};
  const std::size_t accounts = contracts.accounts.size();
  const auto wanted = static_cast<std::size_t>(kTasksPerThread * worker_count());
  const std::size_t most = std::max<std::size_t>(kRowsPerTask / std::max<std::size_t>(periods.size(), 1), 1);
  const std::size_t size = std::max<std::size_t>(std::min(most, (accounts + wanted - 1) / wanted), 1);
  auto result = std::make_shared<ResultTable>();
  result->batches.resize(std::max<std::size_t>((accounts + size - 1) / size, 1));
  watch.expect(std::ssize(result->batches));
  for_each(std::ssize(result->batches), [&](std::int64_t task) {
    const std::size_t begin = static_cast<std::size_t>(task) * size, end = std::min(accounts, begin + size);
    Filler filler{request, end - begin};
    for (std::size_t account = begin; account < end; ++account) {
      if (account % 256 == 0) watch.check();
      filler.add(account);
    }
    result->batches[static_cast<std::size_t>(task)] = std::move(filler).finish();
    watch.advance();
  });
  return result;
}

}  // namespace customerhealth
