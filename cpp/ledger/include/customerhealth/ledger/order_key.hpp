#pragma once

#include <cstddef>
#include <tuple>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/ledger/segment.hpp"

namespace customerhealth::ledger {

/// The value of a table's `order` at a row, as it compares with values of other types: numbers exactly, decimals down
/// to 10^-38. Null is least.
struct OrderKey {
  bool is_there = false;
  Int128 whole = 0;
  Int128 parts = 0;   // of what is beyond `whole`, in 10^-38
  double number = 0;  // tells apart what is beyond 128 bits

  friend bool operator<(const OrderKey& a, const OrderKey& b) noexcept {
    return std::tie(a.is_there, a.whole, a.parts, a.number) < std::tie(b.is_there, b.whole, b.parts, b.number);
  }
};
[[nodiscard]] OrderKey order_key(const StoredColumn& column, std::size_t row) noexcept;

}  // namespace customerhealth::ledger
