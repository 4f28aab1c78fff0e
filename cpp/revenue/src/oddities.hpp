#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/ledger/account_ids.hpp"
#include "customerhealth/revenue/contracts.hpp"

namespace customerhealth::revenue {

/// Rows of which one thing is odd, and the first of them in the table as given.
struct Tally {
  std::int64_t rows = 0, first_row = -1;
  std::string example;

  /// `say` makes the example, where it is wanted.
  template <class Say>
  void add(std::int64_t row, const Say& say) {
    ++rows;
    if (first_row >= 0 && first_row <= row) return;
    first_row = row;
    example = say();
  }
  void add(const Tally& other);
};

/// The end of a contract, as known now.
struct End {
  Instant at;
  AccountCode account;
  std::int64_t given;
};

struct Tallies {
  Tally missing_mrr, contract_twice, negative, overlap;
  Tally day_before_start, moment_before_start, moment_before_midnight;
  std::vector<End> ends;

  void add(Tallies&& other);
};

/// A contract as known now, and the place of its row in the table as given.
struct Current {
  Contract contract;
  std::int64_t given;
};

/// What names an account in an example.
struct AccountName {
  const ledger::AccountIds* ids;
  AccountCode account;
  [[nodiscard]] std::string operator()() const { return "account " + ids->name(account); }
};

/// Looks at the contracts of one account, which come by start and leave by product: copies, those of one product that
/// run at the same time, and those that end a day, or a moment, before the next one starts.
void look_at(std::vector<Current>& contracts, const AccountName& name, bool has_key, Tallies& tallies);

/// What was counted; `last` is the last start or known of all rows.
[[nodiscard]] std::vector<ContractFinding> findings_of(const Tallies& tallies, Instant last,
                                                       const ledger::AccountIds& ids);

}  // namespace customerhealth::revenue
