#include <algorithm>
#include <utility>

#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/revenue/movements.hpp"

namespace customerhealth::revenue {
namespace {

constexpr std::size_t kRowsPerCheck = 1 << 14;

/// Open ends are null.
std::int64_t end_micros(Instant end) noexcept {
  return micros_since_epoch(end == kLastInstant ? kMissingInstant : end);
}

std::shared_ptr<const arrow::ResultTable> one_batch(std::size_t rows, std::vector<arrow::ResultColumn> columns) {
  auto result = std::make_shared<arrow::ResultTable>();
  result->batches.push_back({static_cast<std::int64_t>(rows), std::move(columns)});
  return result;
}

/// Decimals of their scale, or doubles.
arrow::ResultColumn money_column(const char* name, const Money& money, std::vector<Int128> amounts) {
  if (!money.is_decimal()) {
    std::vector<double> numbers(amounts.size());
    std::ranges::transform(amounts, numbers.begin(), [&](Int128 amount) { return money.number(amount); });
    return arrow::number_column(name, std::move(numbers));
  }
  const auto owner = std::make_shared<const std::vector<Int128>>(std::move(amounts));
  arrow::ResultColumn column;
  column.name = name;
  column.kind = arrow::ResultColumn::Kind::decimal;
  column.scale = money.scale();
  column.data = owner->data();
  column.owner = owner;
  return column;
}

bool is_seen(const Contract& contract, Instant as_known_at) noexcept {
  return !presence_of(contract, as_known_at).is_empty();
}

/// The names of the products that occur, and each row's place among them.
struct ProductColumn {
  std::vector<std::int32_t> indices;
  std::vector<TextCode> codes;

  void add(TextCode code) {
    if (code.is_missing()) return indices.push_back(-1);
    const auto known = std::ranges::find(codes, code);
    indices.push_back(static_cast<std::int32_t>(known - codes.begin()));
    if (known == codes.end()) codes.push_back(code);
  }
  arrow::ResultColumn finish(const ledger::TextDictionary& texts) && {
    auto names = std::make_shared<std::vector<std::string>>();
    for (const TextCode code : codes) names->emplace_back(texts.text(code));
    return arrow::category_column("product", std::move(indices), std::move(names));
  }
};

}  // namespace

std::shared_ptr<const arrow::ResultTable> contracts_table(const Contracts& contracts, Instant as_known_at,
                                                          Watch& watch) {
  std::vector<AccountCode> accounts;
  std::vector<std::int64_t> starts, ends;
  std::vector<double> billing_periods;
  ProductColumn products;
  std::vector<Int128> amounts;
  for (std::size_t account = 0; account < contracts.accounts.size(); ++account) {
    if (account % kRowsPerCheck == 0) watch.check();
    for (const Contract& contract : contracts.of(account)) {
      if (!is_seen(contract, as_known_at)) continue;
      accounts.push_back(contracts.accounts[account]);
      amounts.push_back(contract.amount);
      starts.push_back(micros_since_epoch(contract.start));
      ends.push_back(end_micros(contract.end));
      if (contracts.has_product) products.add(contract.product);
      if (contracts.has_billing_period) billing_periods.push_back(contract.billing_period);
    }
  }
  const std::size_t rows = starts.size();
  std::vector<arrow::ResultColumn> columns;
  columns.push_back(ledger::account_column(*contracts.ledger->ids, accounts));
  columns.push_back(arrow::instant_column("start", std::move(starts)));
  columns.push_back(arrow::instant_column("end", std::move(ends)));
  columns.push_back(money_column("mrr", contracts.money, std::move(amounts)));
  if (contracts.has_product) columns.push_back(std::move(products).finish(*contracts.ledger->texts));
  if (contracts.has_billing_period)
    columns.push_back(arrow::number_column("billing_period", std::move(billing_periods)));
  return one_batch(rows, std::move(columns));
}

std::shared_ptr<const arrow::ResultTable> runs_table(const Contracts& contracts, Instant as_known_at,
                                                     const std::optional<Length>& gap, Watch& watch) {
  std::vector<AccountCode> accounts;
  std::vector<std::int64_t> starts, ends;
  for (std::size_t account = 0; account < contracts.accounts.size(); ++account) {
    if (account % kRowsPerCheck == 0) watch.check();
    const std::size_t before = starts.size();
    Instant end = kMissingInstant;
    for (const Contract& contract : contracts.of(account)) {  // by start
      if (!is_seen(contract, as_known_at)) continue;
      const bool is_first = starts.size() == before;
      const Instant limit = is_first || !gap ? end : plus(end, *gap);
      if (is_first || contract.start > limit) {
        accounts.push_back(contracts.accounts[account]);
        starts.push_back(micros_since_epoch(contract.start));
        ends.push_back(0);
        end = contract.end;
      }
      end = std::max(end, contract.end);
      ends.back() = end_micros(end);
    }
  }
  const std::size_t rows = starts.size();
  std::vector<arrow::ResultColumn> columns;
  columns.push_back(ledger::account_column(*contracts.ledger->ids, accounts));
  columns.push_back(arrow::instant_column("start", std::move(starts)));
  columns.push_back(arrow::instant_column("end", std::move(ends)));
  return one_batch(rows, std::move(columns));
}

}  // namespace customerhealth::revenue
