#include <algorithm>

#include "customerhealth/panel/data.hpp"

namespace customerhealth::panel {

std::vector<std::int64_t> Panel::rows_by_table(const std::variant<std::string, std::int64_t>& account) const {
  const ledger::Ledger& ledger = *data_->snapshot->ledger;
  std::vector<std::int64_t> rows(ledger.tables.size(), 0);
  const ledger::AccountIds& ids = *ledger.ids;
  const auto* text = std::get_if<std::string>(&account);
  if ((ids.kind() == ledger::AccountIds::Kind::text) != (text != nullptr) || ledger.order.empty()) return rows;
  const auto found = std::ranges::find_if(ledger.order, [&](AccountCode code) {
    return text != nullptr ? ids.text(code) == *text : ids.integer(code) == std::get<std::int64_t>(account);
  });
  if (found == ledger.order.end()) return rows;
  for (std::size_t t = 0; t < rows.size(); ++t) rows[t] = rows_of(ledger.tables[t], *found);
  return rows;
}

}  // namespace customerhealth::panel
