#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "standing.hpp"

namespace customerhealth::revenue {

/// What one account brings in with each of its products as of some dates.
class Products {
 public:
  Products(const Dates& dates, const View& view) : dates_{dates}, as_known_at_{view.as_known_at} {}

  /// `standing` has read the same contracts: those by which it is held at a date count at it.
  void read(std::span<const Contract> contracts, const Standing& standing);

  struct Change {
    Int128 added = 0, dropped = 0;  // of products that the account has at one of the two dates only
  };
  [[nodiscard]] Change change(std::size_t from, std::size_t to) const noexcept;

 private:
  const Dates& dates_;
  std::optional<Instant> as_known_at_;
  std::vector<std::size_t> order_;
  std::size_t count_ = 0;
  std::vector<Int128> amounts_;       // of each product at each date
  std::vector<std::int32_t> counts_;  // of its contracts
};

}  // namespace customerhealth::revenue
