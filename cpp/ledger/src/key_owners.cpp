#include "customerhealth/ledger/key_owners.hpp"

#include <algorithm>
#include <tuple>

namespace customerhealth::ledger {

std::vector<std::int64_t> KeyOwners::last_rows() const {
  std::vector<std::int64_t> rows;
  for (const Owner& owner : owners_) {
    if (owner.account >= 0) rows.push_back(owner.serial);
  }
  std::ranges::sort(rows);
  return rows;
}

void KeyOwners::add(const model::TableSpec& spec, const Segment& rows, std::span<const std::int32_t> keys,
                    std::int64_t rows_before) {
  const auto* known =
      spec.known ? std::get_if<Buffer<Instant>>(&rows.columns[static_cast<std::size_t>(*spec.known)]) : nullptr;
  for (std::int64_t i = 0; i < rows.account_count(); ++i) {
    const std::int64_t end = rows.begins[static_cast<std::size_t>(i) + 1];
    for (auto r = static_cast<std::size_t>(rows.begins[static_cast<std::size_t>(i)]); r < static_cast<std::size_t>(end);
         ++r) {
      const std::int64_t serial = rows.serial[r];
      const std::int32_t key = keys[static_cast<std::size_t>(serial - rows_before)];
      if (key < 0) continue;
      Owner row{rows.account(i).get(), kFirstInstant, {}, serial};
      if (known != nullptr && !is_missing((*known)[r])) row.known = (*known)[r];
      if (spec.order) row.order = order_key(rows.columns[static_cast<std::size_t>(*spec.order)], r);
      const auto code = static_cast<std::size_t>(key);
      if (code >= owners_.size()) owners_.resize(code + 1);
      Owner& last = owners_[code];
      if (std::tie(last.known, last.order, last.serial) < std::tie(row.known, row.order, row.serial)) last = row;
    }
  }
}

}  // namespace customerhealth::ledger
