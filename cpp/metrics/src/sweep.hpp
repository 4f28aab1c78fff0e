#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "entries.hpp"

namespace customerhealth::metrics {

/// Memory that all accounts of a block use in turn.
struct SweepScratch {
  std::vector<std::int32_t> first_from, next_from, first_until, next_until;  // chains of entries by as-of; -1 ends one
};

namespace sweeping {

constexpr std::int32_t kNone = -1;

/// Chains the entries that have a place in `places`; in each chain they ascend.
template <class Place>
void chain(std::size_t entries, std::size_t as_ofs, const Place& place, std::vector<std::int32_t>& first,
           std::vector<std::int32_t>& next) {
  first.assign(as_ofs + 1, kNone);
  next.resize(entries);
  for (std::size_t i = entries; i-- > 0;) {
    std::int32_t& head = first[static_cast<std::size_t>(place(i))];
    next[i] = head;
    head = static_cast<std::int32_t>(i);
  }
}

/// Runs may begin and end anywhere: the ends of the run that counts walk to them, or leave it if the next shares none.
template <class Enter, class Leave, class Take>
void runs(const AccountEntries& entries, const Enter& enter, const Leave& leave, const Take& take) {
  std::int32_t first = 0, last = 0;
  for (std::size_t k = 0; k < entries.first.size(); ++k) {
    const std::int32_t to_first = entries.first[k], to_last = entries.last[k];
    if (to_first >= last || to_last <= first) {
      while (first < last) leave(static_cast<std::size_t>(first++));
      first = last = to_first;
    }
    while (last < to_last) enter(static_cast<std::size_t>(last++));
    while (first > to_first) enter(static_cast<std::size_t>(--first));
    while (last > to_last) leave(static_cast<std::size_t>(--last));
    while (first < to_first) leave(static_cast<std::size_t>(first++));
    take(k);
  }
}

}  // namespace sweeping

/// Follows the entries that count from one as-of to the next: `enter(i)` when the account's i-th entry begins to count,
/// `leave(i)` when it no longer does, and `take(k)` when just those count that do at as-of k. Each entry enters and
/// leaves at most once while windows move forward. What counts is a set: answers that must not depend on other as-ofs
/// are exact functions of it, whatever the order in which it came about.
template <class Enter, class Leave, class Take>
void sweep(const AccountEntries& entries, std::size_t as_ofs, SweepScratch& scratch, const Enter& enter,
           const Leave& leave, const Take& take) {
  if (entries.plain) return sweeping::runs(entries, enter, leave, take);
  const std::size_t count = entries.rows.size();
  const auto counts = [&](std::size_t i) { return entries.from[i] < entries.until[i]; };
  const auto never = static_cast<std::int32_t>(as_ofs);
  sweeping::chain(
      count, as_ofs, [&](std::size_t i) { return counts(i) ? entries.from[i] : never; }, scratch.first_from,
      scratch.next_from);
  sweeping::chain(
      count, as_ofs, [&](std::size_t i) { return counts(i) ? entries.until[i] : never; }, scratch.first_until,
      scratch.next_until);
  for (std::size_t k = 0; k < as_ofs; ++k) {
    for (std::int32_t i = scratch.first_until[k]; i >= 0; i = scratch.next_until[static_cast<std::size_t>(i)]) {
      leave(static_cast<std::size_t>(i));
    }
    for (std::int32_t i = scratch.first_from[k]; i >= 0; i = scratch.next_from[static_cast<std::size_t>(i)]) {
      enter(static_cast<std::size_t>(i));
    }
    take(k);
  }
}

}  // namespace customerhealth::metrics
