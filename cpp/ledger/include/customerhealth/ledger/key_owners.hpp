#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/code.hpp"
#include "customerhealth/ledger/account_ids.hpp"
#include "customerhealth/ledger/order_key.hpp"
#include "customerhealth/ledger/segment.hpp"
#include "customerhealth/model/table_spec.hpp"

namespace customerhealth::ledger {

/// Whose account each key of a table of keys is, by the key's code. A value: an append makes a new one.
class KeyOwners {
 public:
  struct Owner {
    std::int32_t account = -1;
    Instant known = kFirstInstant;
    OrderKey order;
    std::int64_t serial = -1;
  };

  KeyOwners() = default;
  explicit KeyOwners(std::vector<Owner> owners) : owners_{std::move(owners)} {}
  [[nodiscard]] std::span<const Owner> owners() const noexcept { return owners_; }

  /// -1: no row of the table has the key.
  [[nodiscard]] std::int32_t account_of(AccountCode key) const noexcept {
    const auto code = static_cast<std::size_t>(key.get());
    return code < owners_.size() ? owners_[code].account : -1;
  }
  /// The rows that give a key its account, by their places among all rows (Segment::serial); ascending.
  [[nodiscard]] std::vector<std::int64_t> last_rows() const;

  /// Takes rows that arrive: `keys` has the key's code of each as they came, -1 where it is null. `rows_before` is the
  /// serial of the first.
  void add(const model::TableSpec& spec, const Segment& rows, std::span<const std::int32_t> keys,
           std::int64_t rows_before);

 private:
  std::vector<Owner> owners_;
};

/// The rows of a table whose account goes by a key, grouped by the key: what Segment calls an account is a key's code.
struct KeyedRows {
  std::vector<std::shared_ptr<const Segment>> segments;
  std::vector<AccountCode> orphans;  // keys without an account that have rows here
};

}  // namespace customerhealth::ledger
