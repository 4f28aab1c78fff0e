#include "groups.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <tuple>

namespace customerhealth::validation {

std::vector<std::int32_t> order_of(std::span<const double> values, std::span<const std::int32_t> accounts) {
  struct Key {
    double value;
    std::int32_t account, row;
  };
  std::vector<Key> keys;
  keys.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) keys.push_back({values[i], accounts[i], static_cast<std::int32_t>(i)});
  }
  const std::size_t present = keys.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) keys.push_back({0.0, accounts[i], static_cast<std::int32_t>(i)});
  }
  const auto before = [](const Key& x, const Key& y) {
    if (x.value != y.value) return x.value < y.value;
    return std::tie(x.account, x.row) < std::tie(y.account, y.row);
  };
  const auto middle = keys.begin() + static_cast<std::ptrdiff_t>(present);
  std::sort(keys.begin(), middle, before);
  std::sort(middle, keys.end(), before);
  std::vector<std::int32_t> order(keys.size());
  std::ranges::transform(keys, order.begin(), &Key::row);
  return order;
}

Groups::Groups(std::span<const double> values, const Cases& cases, std::span<const std::int32_t> order) {
  accounts_.reserve(order.size());
  const auto at = [&](std::size_t i) { return static_cast<std::size_t>(order[i]); };
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  for (std::size_t i = 0; i < order.size();) {
    const double value = values[at(i)];
    std::size_t end = i + 1;
    while (end < order.size() && same(values[at(end)], value)) ++end;
    const auto take = [&](bool event) {
      for (std::size_t j = i; j < end; ++j) {
        if (cases.events[at(j)] == event) accounts_.push_back(cases.accounts[at(j)]);
      }
      return accounts_.size();
    };
    const std::size_t events = take(false);
    groups_.push_back({value, i, events, take(true)});
    i = end;
  }
}

}  // namespace customerhealth::validation
