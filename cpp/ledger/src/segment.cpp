#include "customerhealth/ledger/segment.hpp"

#include <algorithm>

namespace customerhealth::ledger {

ColumnView view_of(const StoredColumn& column) noexcept {
  return std::visit(
      [](const auto& stored) -> ColumnView {
        using Stored = std::decay_t<decltype(stored)>;
        if constexpr (std::is_same_v<Stored, MissingView>) {
          return stored;
        } else if constexpr (std::is_same_v<Stored, IntegerBuffer>) {
          return IntegerView{stored.values.span(), stored.valid.span(), stored.is_unsigned, stored.wide};
        } else if constexpr (std::is_same_v<Stored, DecimalBuffer>) {
          return stored.numbers.span();
        } else {
          return stored.span();
        }
      },
      column);
}

std::int64_t Segment::index_of(AccountCode account) const noexcept {
  if (accounts.empty()) return account.get() < account_count() ? account.get() : -1;
  const auto at = std::ranges::lower_bound(accounts, account);
  return at != accounts.end() && *at == account ? at - accounts.begin() : -1;
}

RowRange Segment::run(AccountCode account) const noexcept {
  const std::int64_t index = index_of(account);
  if (index < 0) return {};
  return {begins[static_cast<std::size_t>(index)], begins[static_cast<std::size_t>(index) + 1]};
}

}  // namespace customerhealth::ledger
