#include "movement_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/account_column.hpp"

namespace customerhealth::revenue {
namespace {

/// Neighbouring groups with at most so many rows together share a batch: below it, reading one more batch costs a
/// consumer about as much as the columns that are written out for them.
constexpr std::size_t kRowsTogether = 1024;

constexpr std::size_t kStart = 0, kEnd = kMovements;  // among a batch's columns of amounts
constexpr std::size_t column_of(Movement movement) noexcept { return 1 + static_cast<std::size_t>(movement); }

arrow::ResultColumn lend(const char* name, arrow::ResultColumn::Kind kind, const void* data,
                         std::shared_ptr<const void> owner) {
  arrow::ResultColumn column;
  column.name = name;
  column.kind = kind;
  column.data = data;
  column.owner = std::move(owner);
  return column;
}

}  // namespace

template <class Amount>
MovementTable<Amount>::MovementTable(MovementColumns columns, std::span<const std::size_t> rows)
    : columns_{std::move(columns)}, groups_(rows.size()) {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    groups_[group].row = rows_;
    groups_[group].rows = rows[group];
    rows_ += rows[group];
  }
  cut_batches();
  accounts_ = Buffer<std::int64_t>(rows_);
  amounts_ = Buffer<Amount>(amount_count_);
  zeros_.resize(most_);
  share_dates();
  if (columns_.in_detail) {
    movements_ = Buffer<std::int32_t>(kMovements * most_);
    for (std::size_t movement = 0; movement < kMovements; ++movement)
      std::ranges::fill(movements_.span().subspan(movement * most_, most_), static_cast<std::int32_t>(movement));
  }
  const std::size_t with_products = columns_.with_products ? rows_ : 0;
  const std::size_t with_periods = columns_.with_billing_periods ? rows_ : 0;
  details_ = {Buffer<Amount>(with_products), Buffer<Amount>(with_products), Buffer<Amount>(with_products),
              Buffer<double>(with_periods), Buffer<double>(with_periods)};
  for_each(std::ssize(batches_), [&](std::int64_t i) {
    Batch& batch = batches_[static_cast<std::size_t>(i)];
    if (!is_alone(batch)) fill_together(batch);
  });
}

/// Cuts the groups into batches: neighbours of at most kRowsTogether rows together, larger ones alone.
template <class Amount>
void MovementTable<Amount>::cut_batches() {
  std::size_t begin = 0, together = 0;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    if (together > 0 && together + groups_[group].rows > kRowsTogether) {
      add_batch(begin, group);
      begin = group;
      together = 0;
    }
    if (together == 0) begin = group;
    together += groups_[group].rows;
  }
  add_batch(begin, groups_.size());
}

template <class Amount>
void MovementTable<Amount>::add_batch(std::size_t begin, std::size_t end) {
  while (end > begin + 1 && groups_[end - 1].rows == 0) --end;
  Batch batch{begin, end, begin < end ? groups_[begin].row : 0, 0, {}, {}, {}, {}};
  for (std::size_t group = begin; group < end; ++group) {
    groups_[group].batch = batches_.size();
    batch.rows += groups_[group].rows;
  }
  if (is_alone(batch))
    place_alone(batch, movement_of(begin));
  else
    place_together(batch);
  most_ = std::max(most_, batch.rows);
  batches_.push_back(std::move(batch));
}

template <class Amount>
void MovementTable<Amount>::place_alone(Batch& batch, Movement movement) {
  const auto place = [&] { return std::exchange(amount_count_, amount_count_ + batch.rows); };
  batch.amounts.fill(kShared);
  const std::size_t first = place();
  switch (movement) {
    case kNew:
    case kReactivation:
      batch.amounts[column_of(movement)] = batch.amounts[kEnd] = first;
      break;
    case kChurn:
      batch.amounts[kStart] = batch.amounts[column_of(movement)] = first;
      break;
    case kUnchanged:
      batch.amounts[kStart] = batch.amounts[kEnd] = first;
      break;
    case kExpansion:
    case kContraction:
      batch.amounts[kStart] = first;
      batch.amounts[column_of(movement)] = place();
      batch.amounts[kEnd] = place();
      break;
  }
}

template <class Amount>
void MovementTable<Amount>::place_together(Batch& batch) {
  for (std::size_t& column : batch.amounts) column = std::exchange(amount_count_, amount_count_ + batch.rows);
}

template <class Amount>
void MovementTable<Amount>::share_dates() {
  std::vector<std::size_t> counts(columns_.dates.size() + 1);
  for (const Batch& batch : batches_) {
    if (!is_alone(batch)) continue;
    const PeriodDates at = columns_.periods[period_of(batch.begin)];
    for (const std::size_t date : {at.from, at.to}) counts[date] = std::max(counts[date], batch.rows);
  }
  std::size_t count = 0;
  for (std::size_t& begin : counts) count += std::exchange(begin, count);
  date_begins_ = std::move(counts);
  dates_ = Buffer<std::int64_t>(count);
  for_each(static_cast<std::int64_t>(columns_.dates.size()), [&](std::int64_t i) {
    const auto date = static_cast<std::size_t>(i);
    std::fill(dates_.data() + date_begins_[date], dates_.data() + date_begins_[date + 1],
              micros_since_epoch(columns_.dates[date]));
  });
}

template <class Amount>
void MovementTable<Amount>::fill_together(Batch& batch) {
  batch.from = Buffer<std::int64_t>(batch.rows);
  batch.to = Buffer<std::int64_t>(batch.rows);
  batch.movement = Buffer<std::int32_t>(batch.rows);
  for (std::size_t group = batch.begin; group < batch.end; ++group) {
    const std::size_t row = groups_[group].row - batch.row, rows = groups_[group].rows;
    const PeriodDates at = columns_.periods[period_of(group)];
    std::ranges::fill(batch.from.span().subspan(row, rows), micros_since_epoch(columns_.dates[at.from]));
    std::ranges::fill(batch.to.span().subspan(row, rows), micros_since_epoch(columns_.dates[at.to]));
    std::ranges::fill(batch.movement.span().subspan(row, rows), static_cast<std::int32_t>(movement_of(group)));
  }
  for (std::size_t column = kStart + 1; column < kEnd; ++column)
    std::ranges::fill(amounts_.span().subspan(batch.amounts[column], batch.rows), Amount{});
}

template <class Amount>
typename MovementTable<Amount>::Cursor MovementTable<Amount>::cursor(std::size_t group, std::size_t row,
                                                                     Amount* unread_amount) noexcept {
  using Place = typename Cursor::Column;
  const Place unread{unread_amount, 0};
  if (groups_[group].rows == 0) return {0, unread, unread, unread};
  const Batch& batch = batches_[groups_[group].batch];
  const Movement movement = movement_of(group);
  row += groups_[group].row;
  const auto at = [&](std::size_t column) {
    return Place{amounts_.data() + batch.amounts[column] + (row - batch.row), 1};
  };
  const Place move = movement == kUnchanged ? unread : at(column_of(movement));
  if (!is_alone(batch)) return {row, at(kStart), move, at(kEnd)};
  switch (movement) {
    case kNew:
    case kReactivation:
      return {row, unread, unread, at(kEnd)};
    case kChurn:
    case kUnchanged:
      return {row, at(kStart), unread, unread};
    default:
      return {row, at(kStart), move, at(kEnd)};
  }
}

template <class Amount>
std::shared_ptr<const arrow::ResultTable> MovementTable<Amount>::finish(
    const std::shared_ptr<const MovementTable>& of) {
  auto table = std::make_shared<arrow::ResultTable>();
  table->batches.resize(of->batches_.size());
  for_each(std::ssize(of->batches_), [&](std::int64_t i) {
    const auto batch = static_cast<std::size_t>(i);
    table->batches[batch] = of->finish(of->batches_[batch], of);
  });
  return table;
}

template <class Amount>
arrow::ResultColumn MovementTable<Amount>::account_ids(const Batch& batch,
                                                       const std::shared_ptr<const void>& owner) const {
  const std::span<const std::int64_t> accounts = accounts_.span().subspan(batch.row, batch.rows);
  if (columns_.ids->kind() == ledger::AccountIds::Kind::integer)
    return lend("account_id", arrow::ResultColumn::Kind::integer, accounts.data(), owner);
  std::vector<AccountCode> codes;
  codes.reserve(accounts.size());
  for (const std::int64_t code : accounts) codes.emplace_back(static_cast<std::int32_t>(code));
  return ledger::account_column(*columns_.ids, codes);
}

template <class Amount>
arrow::ResultTable::Batch MovementTable<Amount>::finish(const Batch& batch,
                                                        const std::shared_ptr<const void>& owner) const {
  using Kind = arrow::ResultColumn::Kind;
  const auto cut = [&](const auto& values) { return values.span().subspan(batch.row, batch.rows); };
  arrow::ResultTable::Batch out{static_cast<std::int64_t>(batch.rows), {account_ids(batch, owner)}};
  const auto put = [&](const char* name, Kind kind, const void* data) {
    out.columns.push_back(lend(name, kind, data, owner));
  };
  const auto put_amounts = [&](const char* name, const Amount* data) {
    put(name, columns_.money.is_decimal() ? Kind::decimal : Kind::number, data);
    if (columns_.money.is_decimal()) out.columns.back().scale = columns_.money.scale();
  };
  const auto amounts = [&](std::size_t column) {
    return batch.amounts[column] == kShared ? zeros_.data() : amounts_.data() + batch.amounts[column];
  };
  const bool alone = is_alone(batch);
  const PeriodDates at = columns_.periods.empty() ? PeriodDates{} : columns_.periods[period_of(batch.begin)];
  put("from", Kind::instant, alone ? dates_.data() + date_begins_[at.from] : batch.from.data());
  put("to", Kind::instant, alone ? dates_.data() + date_begins_[at.to] : batch.to.data());
  put_amounts("start", amounts(kStart));
  for (std::size_t column = kStart + 1; column < kEnd; ++column)
    put_amounts(kMovementNames[column - 1], amounts(column));
  put_amounts("end", amounts(kEnd));
  if (!columns_.in_detail) return out;
  const auto movement = static_cast<std::size_t>(movement_of(batch.begin));
  put("movement", Kind::category, alone ? movements_.data() + movement * most_ : batch.movement.data());
  static const auto names =
      std::make_shared<const std::vector<std::string>>(kMovementNames.begin(), kMovementNames.end());
  out.columns.back().categories = names;
  if (columns_.with_products) {
    put_amounts("product_added", cut(details_.added).data());
    put_amounts("product_dropped", cut(details_.dropped).data());
    put_amounts("price_change", cut(details_.price_change).data());
  }
  if (columns_.with_billing_periods) {
    for (const auto& [name, values] : {std::pair{"start_billing_period", cut(details_.start_period)},
                                       std::pair{"end_billing_period", cut(details_.end_period)}})
      out.columns.push_back(arrow::number_column(name, std::vector<double>(values.begin(), values.end())));
  }
  return out;
}

template class MovementTable<Int128>;
template class MovementTable<double>;

}  // namespace customerhealth::revenue
