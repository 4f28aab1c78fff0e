#pragma once

#include <span>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/ledger/account_ids.hpp"

namespace customerhealth::ledger {

/// `account_id` of each row of a result.
[[nodiscard]] arrow::ResultColumn account_column(const AccountIds& ids, std::span<const AccountCode> accounts);

/// Likewise where they are of several ledgers, all with ids of that kind.
struct NamedAccount {
  const AccountIds* ids = nullptr;
  AccountCode code;
};
[[nodiscard]] arrow::ResultColumn account_column(AccountIds::Kind kind, std::span<const NamedAccount> accounts);

}  // namespace customerhealth::ledger
