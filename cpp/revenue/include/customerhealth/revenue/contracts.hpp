#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/common/code.hpp"
#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/ledger.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/revenue/money.hpp"

namespace customerhealth::revenue {

/// What a contract brings in each month over [start, end), as one row of the table says it.
struct Contract {
  Instant start, end;    // end: kLastInstant where it is open
  Instant known, until;  // an as-of t sees the row when known < t <= until: then a correction takes its place
  Int128 amount = 0;     // in units of Contracts::money
  double billing_period = kNan;
  TextCode product;
};

/// Which columns of an intervals table say what; names as the table has them.
struct ContractColumns {
  std::string mrr;
  std::optional<std::string> product, currency, billing_period;
};

/// What an account is that pays nothing: a prospect, so that its contracts of 0 count for nothing, or a customer.
enum class Free : std::uint8_t { prospects, customers };

/// Until when a row tells of its account, for those who look after `known`.
struct Sighting {
  Instant known, last;
};

/// Something about the contracts that their owner should know, beside what the ledger counts.
struct ContractFinding {
  const char* check = "";
  std::int64_t rows = 0;
  std::int64_t first_row = -1;  // in the table as given, appends counted on
  std::string example;          // that row's account, and what is odd about it
};

/// The contracts of all accounts: by account in the panel's order, in it by start. Rows that never count for anything
/// are not among them: without an amount, of 0 where such are prospects, deleted, never alive.
struct Contracts {
  std::shared_ptr<const ledger::Ledger> ledger;
  Money money = Money::decimals(0);
  bool has_product = false, has_billing_period = false;
  std::string currency;  // empty: not told
  std::vector<AccountCode> accounts;
  std::vector<std::int64_t> begins{0};  // of each account's contracts, and the end of the last
  std::vector<Contract> rows;
  std::vector<Sighting> uncounted;  // of the rows that are not among `rows`
  std::vector<ContractFinding> findings;

  [[nodiscard]] std::span<const Contract> of(std::size_t account) const noexcept {
    const auto begin = static_cast<std::size_t>(begins[account]);
    return std::span{rows}.subspan(begin, static_cast<std::size_t>(begins[account + 1]) - begin);
  }
};

/// Throws DataError when the table is not of intervals with a start and an end, a column is not read by the model or
/// of a type that does not fit, an amount is negative, or currencies are mixed.
[[nodiscard]] std::shared_ptr<const Contracts> read_contracts(const model::Model& model,
                                                              std::shared_ptr<const ledger::Ledger> ledger,
                                                              const std::string& table, const ContractColumns& columns,
                                                              Free free, Watch& watch);

/// The last start or known of all rows that were known before an instant; kMissingInstant: there are none.
[[nodiscard]] Instant last_seen(const Contracts& contracts, Instant as_known_at) noexcept;

/// When a row counts for those who look at an as-of t: after < t <= until. Empty: never.
struct Presence {
  Instant after, until;
  [[nodiscard]] bool is_empty() const noexcept { return after >= until; }
};

/// With `as_known_at` by what was known at that instant, whatever t; without, by what was known at t itself.
[[nodiscard]] inline Presence presence_of(const Contract& contract, std::optional<Instant> as_known_at) noexcept {
  if (!as_known_at) return {std::max(contract.start, contract.known), std::min(contract.end, contract.until)};
  const bool is_seen = contract.known < *as_known_at && *as_known_at <= contract.until;
  return is_seen ? Presence{contract.start, contract.end} : Presence{contract.start, contract.start};
}

}  // namespace customerhealth::revenue
