#include "customerhealth/revenue/contracts.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "oddities.hpp"

namespace customerhealth::revenue {
namespace {

constexpr std::int64_t kAccountsPerTask = 2048;
constexpr std::size_t kCurrenciesShown = 5;

/// The columns as indices into TableSpec::columns.
struct Places {
  std::int32_t mrr = 0;
  std::optional<std::int32_t> product, currency, billing_period;
};

std::int32_t place_of(const model::TableSpec& spec, const ledger::TableData& data, const std::string& column,
                      Type wanted) {
  const auto found = std::ranges::find(spec.columns, column);
  if (found == spec.columns.end()) {
    throw DataError{
        spec.name + "." + column + ": the model does not read this column, so the portfolio does not have " +
            "it; name it in a metric of the model, or give the frame to Revenue; " + suggestion(column, spec.columns),
        spec.name, column};
  }
  const auto place = found - spec.columns.begin();
  const Type type = data.types[static_cast<std::size_t>(place)];
  if (type != Type::any && type != wanted) {
    throw DataError{spec.name + "." + column + ": expected a column of type " + std::string{to_string(wanted)} +
                        ", this one is of type " + std::string{to_string(type)},
                    spec.name, column};
  }
  return static_cast<std::int32_t>(place);
}

Places places_of(const model::TableSpec& spec, const ledger::TableData& data, const ContractColumns& columns) {
  const auto optional = [&](const std::optional<std::string>& column, Type type) {
    return column ? std::optional{place_of(spec, data, *column, type)} : std::nullopt;
  };
  return {place_of(spec, data, columns.mrr, Type::number), optional(columns.product, Type::text),
          optional(columns.currency, Type::text), optional(columns.billing_period, Type::number)};
}

/// The unit that all of the column's segments can be counted in.
Money money_of(const ledger::TableData& data, std::int32_t mrr) {
  bool is_decimal = true;
  std::int32_t scale = INT32_MIN;
  double largest = 0;
  std::int64_t rows = 0;
  for (const auto& segment : data.segments) {
    const ledger::StoredColumn& column = segment->columns[static_cast<std::size_t>(mrr)];
    rows += segment->rows();
    if (const auto* decimals = std::get_if<ledger::DecimalBuffer>(&column))
      scale = std::max(scale, decimals->scale);
    else if (const auto* integers = std::get_if<ledger::IntegerBuffer>(&column);
             integers != nullptr && integers->is_decimal)
      scale = std::max(scale, 0);
    else
      is_decimal &= std::holds_alternative<MissingView>(column);
    const ColumnView view = ledger::view_of(column);
    if (const auto* numbers = std::get_if<std::span<const double>>(&view)) {
      for (const double number : *numbers) largest = std::max(largest, std::abs(number) >= 0 ? std::abs(number) : 0);
    } else if (const auto* integers = std::get_if<IntegerView>(&view)) {
      for (std::size_t i = 0; i < integers->values.size(); ++i) {
        if (integers->has(i)) largest = std::max(largest, std::abs(integers->number(i)));
      }
    }
  }
  const bool is_exact = is_decimal && scale != INT32_MIN && Money::holds_decimals(scale, largest, rows);
  return is_exact ? Money::decimals(scale) : Money::doubles(largest, rows);
}

/// A key's value in 64 bits, whatever its type; nothing: null, a key of its own.
std::optional<std::uint64_t> identity(const ColumnView& view, std::size_t row) {
  if (is_missing(view, row)) return std::nullopt;
  return std::visit(
      [&](const auto& values) -> std::optional<std::uint64_t> {
        using View = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<View, MissingView>)
          return std::nullopt;
        else if constexpr (std::is_same_v<View, IntegerView>)
          return static_cast<std::uint64_t>(values.values[row]);
        else if constexpr (std::is_same_v<View, std::span<const double>>)
          return std::bit_cast<std::uint64_t>(values[row] + 0.0);  // -0.0 is 0.0
        else if constexpr (std::is_same_v<View, std::span<const TextCode>>)
          return static_cast<std::uint64_t>(values[row].get());
        else if constexpr (std::is_same_v<View, std::span<const Instant>>)
          return static_cast<std::uint64_t>(values[row].time_since_epoch().count());
        else
          return static_cast<std::uint64_t>(values[row]);
      },
      view);
}

/// The contracts of some neighbouring accounts.
struct Part {
  std::vector<AccountCode> accounts;
  std::vector<std::int64_t> counts;
  std::vector<Contract> rows;
  std::vector<Sighting> uncounted;
  std::set<std::int32_t> currencies;
  Tallies tallies;
};

class PartReader {
 public:
  PartReader(const model::TableSpec& spec, const ledger::Ledger& ledger, const Places& places, const Money& money,
             Free free, const ledger::TableBlock& block)
      : spec_{spec},
        ledger_{ledger},
        places_{places},
        money_{money},
        free_{free},
        block_{block},
        starts_{block.instants(*spec.time)},
        ends_{block.instants(*spec.end)},
        known_{spec.known ? block.instants(*spec.known) : std::span<const Instant>{}} {}

  void read(AccountCode account, std::size_t begin, std::size_t end, Part& part) {
    rows_.clear();
    current_.clear();
    for (std::size_t row = begin; row < end; ++row) rows_.push_back(contract(row));
    if (spec_.key) supersede(account, begin, part);
    const auto before = part.rows.size();
    for (std::size_t row = begin; row < end; ++row) {
      Contract& contract = rows_[row - begin];
      if (counts(account, row, contract, part)) {
        part.rows.push_back(contract);
        if (contract.until == kLastInstant) current_.push_back({contract, block_.given[row]});
      } else {
        part.uncounted.push_back({contract.known, std::max(contract.start, contract.known)});
      }
    }
    look_at(current_, AccountName{ledger_.ids.get(), account}, spec_.key.has_value(), part.tallies);
    if (part.rows.size() == before) return;
    part.accounts.push_back(account);
    part.counts.push_back(static_cast<std::int64_t>(part.rows.size() - before));
  }

 private:
  [[nodiscard]] const ColumnView& view(std::int32_t column) const {
    return block_.columns[static_cast<std::size_t>(column)].view();
  }

  [[nodiscard]] Contract contract(std::size_t row) const {
    Contract contract;
    contract.start = starts_[row];
    contract.end = ends_.empty() || is_missing(ends_[row]) ? kLastInstant : ends_[row];
    contract.known = known_.empty() || is_missing(known_[row]) ? contract.start : known_[row];
    contract.until = kLastInstant;
    return contract;
  }

  /// Of the rows of one key the one known last counts: each gives way when its successor becomes known.
  void supersede(AccountCode account, std::size_t begin, Part& part) {
    order_.resize(rows_.size());
    keys_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    for (std::size_t i = 0; i < rows_.size(); ++i) keys_[i] = identity(view(*spec_.key), begin + i);
    const auto arrival = [&](std::uint32_t i) { return block_.arrival.empty() ? i : block_.arrival[begin + i]; };
    std::ranges::sort(order_, [&](std::uint32_t a, std::uint32_t b) {
      return std::tuple{keys_[a], rows_[a].known, arrival(a)} < std::tuple{keys_[b], rows_[b].known, arrival(b)};
    });
    for (std::size_t i = 0; i + 1 < order_.size(); ++i) {
      const auto row = order_[i], next = order_[i + 1];
      if (!keys_[row] || keys_[row] != keys_[next]) continue;
      rows_[row].until = rows_[next].known;
      if (rows_[row].known == rows_[next].known)
        part.tallies.contract_twice.add(block_.given[begin + next], AccountName{ledger_.ids.get(), account});
    }
  }

  /// Whether the row is a contract at all; what it brings is read.
  bool counts(AccountCode account, std::size_t row, Contract& contract, Part& part) {
    if (is_missing(view(places_.mrr), row)) {
      part.tallies.missing_mrr.add(block_.given[row], AccountName{ledger_.ids.get(), account});
      return false;
    }
    contract.amount = amount(row);
    if (contract.amount < 0) {
      part.tallies.negative.add(block_.given[row], [&] {
        return shown(money_.number(contract.amount)) + " for " + AccountName{ledger_.ids.get(), account}();
      });
      return false;
    }
    if (spec_.deleted) {
      const auto* truths = std::get_if<std::span<const Truth>>(&view(*spec_.deleted));
      if (truths != nullptr && (*truths)[row] == Truth::yes) return false;
    }
    if (contract.end <= contract.start) return false;
    if (contract.amount == 0 && free_ == Free::prospects) return false;
    if (places_.product) contract.product = text(*places_.product, row);
    if (places_.currency) {
      const TextCode currency = text(*places_.currency, row);
      if (!currency.is_missing()) part.currencies.insert(currency.get());
    }
    if (places_.billing_period) contract.billing_period = number(*places_.billing_period, row);
    return true;
  }

  [[nodiscard]] Int128 amount(std::size_t row) const {
    if (!money_.is_decimal()) return money_.amount(number(places_.mrr, row));
    const ledger::DecimalView& decimals = block_.decimals[static_cast<std::size_t>(places_.mrr)];
    if (!decimals.is_decimal()) {
      throw DataError{spec_.name + "." + spec_.columns[static_cast<std::size_t>(places_.mrr)] +
                          ": decimals of several scales that do not fit 128 bits at the finest of them",
                      spec_.name, spec_.columns[static_cast<std::size_t>(places_.mrr)]};
    }
    Int128 amount = decimals[row];
    for (std::int32_t scale = decimals.scale(); scale < money_.scale(); ++scale) amount *= 10;
    return amount;
  }

  [[nodiscard]] double number(std::int32_t column, std::size_t row) const {
    if (const auto* numbers = std::get_if<std::span<const double>>(&view(column))) return (*numbers)[row];
    if (const auto* integers = std::get_if<IntegerView>(&view(column))) return integers->number(row);
    return kNan;
  }

  [[nodiscard]] TextCode text(std::int32_t column, std::size_t row) const {
    const auto* texts = std::get_if<std::span<const TextCode>>(&view(column));
    return texts == nullptr ? TextCode{} : (*texts)[row];
  }

  static std::string shown(double number) {
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  const model::TableSpec& spec_;
  const ledger::Ledger& ledger_;
  const Places& places_;
  const Money& money_;
  Free free_;
  const ledger::TableBlock& block_;
  std::span<const Instant> starts_, ends_, known_;
  std::vector<Contract> rows_;
  std::vector<Current> current_;  // the contracts of the account as known now, by start
  std::vector<std::uint32_t> order_;
  std::vector<std::optional<std::uint64_t>> keys_;
};

void refuse_negative(const model::TableSpec& spec, const std::string& column, const Tallies& tallies) {
  if (tallies.negative.rows == 0) return;
  throw DataError{spec.name + "." + column + ": recurring revenue is 0 or more, got " + tallies.negative.example +
                      "; " + std::to_string(tallies.negative.rows) +
                      " rows are negative. Take discounts and credits off the contract that they belong to",
                  spec.name, column, tallies.negative.first_row, tallies.negative.rows};
}

std::string one_currency(const model::TableSpec& spec, const std::string& column, const ledger::Ledger& ledger,
                         const std::set<std::int32_t>& codes) {
  std::set<std::string> names;
  for (const std::int32_t code : codes) names.emplace(ledger.texts->text(TextCode{code}));
  if (names.size() <= 1) return names.empty() ? "" : *names.begin();
  std::string list;
  std::size_t shown = 0;
  for (const std::string& name : names) {
    if (shown++ == kCurrenciesShown) break;
    list += (list.empty() ? "" : ", ") + name;
  }
  throw DataError{spec.name + "." + column + ": " + std::to_string(names.size()) + " currencies (" + list +
                      (names.size() > kCurrenciesShown ? ", ..." : "") +
                      ") cannot be added up; convert the amounts to one, or make one Revenue a currency",
                  spec.name, column};
}

std::shared_ptr<Contracts> join(std::vector<Part>& parts, Tallies& tallies, std::set<std::int32_t>& currencies) {
  auto out = std::make_shared<Contracts>();
  std::size_t rows = 0;
  for (const Part& part : parts) rows += part.rows.size();
  out->rows.reserve(rows);
  for (Part& part : parts) {
    out->accounts.insert(out->accounts.end(), part.accounts.begin(), part.accounts.end());
    for (const std::int64_t count : part.counts) out->begins.push_back(out->begins.back() + count);
    out->rows.insert(out->rows.end(), part.rows.begin(), part.rows.end());
    out->uncounted.insert(out->uncounted.end(), part.uncounted.begin(), part.uncounted.end());
    currencies.merge(part.currencies);
    tallies.add(std::move(part.tallies));
    part = Part{};
  }
  return out;
}

std::vector<Part> read_parts(const model::TableSpec& spec, const ledger::TableData& data, const ledger::Ledger& ledger,
                             const Places& places, const Money& money, Free free, Watch& watch) {
  const std::int64_t tasks = (ledger.account_count + kAccountsPerTask - 1) / kAccountsPerTask;
  std::vector<Part> parts(static_cast<std::size_t>(tasks));
  for_each(tasks, [&](std::int64_t task) {
    watch.check();
    const auto begin = static_cast<std::size_t>(task * kAccountsPerTask);
    const auto count = std::min(static_cast<std::size_t>(kAccountsPerTask), ledger.order.size() - begin);
    const auto accounts = std::span{ledger.order}.subspan(begin, count);
    const ledger::TableBlock block = ledger::read_block(spec, data, accounts);
    PartReader reader{spec, ledger, places, money, free, block};
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      reader.read(accounts[i], static_cast<std::size_t>(block.begins[i]), static_cast<std::size_t>(block.begins[i + 1]),
                  parts[static_cast<std::size_t>(task)]);
    }
  });
  return parts;
}

}  // namespace

std::shared_ptr<const Contracts> read_contracts(const model::Model& model, std::shared_ptr<const ledger::Ledger> ledger,
                                                const std::string& table, const ContractColumns& columns, Free free,
                                                Watch& watch) {
  const auto index = model.find_table(table);
  if (!index) {
    std::vector<std::string> names;
    for (const model::TableSpec& spec : model.tables) names.push_back(spec.name);
    throw DataError{"'" + table + "' is no table of the model; " + suggestion(table, names), table, ""};
  }
  const model::TableSpec& spec = model.tables[index->place()];
  const ledger::TableData& data = ledger->tables[index->place()];
  if (spec.kind != model::TableKind::intervals) {
    throw DataError{"table '" + table + "': revenue needs contracts with a start and an end, a table of kind intervals",
                    table, ""};
  }
  const Places places = places_of(spec, data, columns);
  const Money money = money_of(data, places.mrr);
  std::vector<Part> parts =
      data.segments.empty() ? std::vector<Part>{} : read_parts(spec, data, *ledger, places, money, free, watch);
  Tallies tallies;
  std::set<std::int32_t> currencies;
  auto out = join(parts, tallies, currencies);
  refuse_negative(spec, columns.mrr, tallies);
  if (columns.currency) out->currency = one_currency(spec, *columns.currency, *ledger, currencies);
  out->ledger = std::move(ledger);
  out->money = money;
  out->has_product = places.product.has_value();
  out->has_billing_period = places.billing_period.has_value();
  out->findings = findings_of(tallies, last_seen(*out, kLastInstant), *out->ledger->ids);
  return out;
}

Instant last_seen(const Contracts& contracts, Instant as_known_at) noexcept {
  Instant last = kMissingInstant;
  for (const Contract& contract : contracts.rows) {
    if (contract.known < as_known_at) last = std::max({last, contract.start, contract.known});
  }
  for (const Sighting& row : contracts.uncounted) {
    if (row.known < as_known_at) last = std::max(last, row.last);
  }
  return last;
}

}  // namespace customerhealth::revenue
