#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/metrics/entries.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth {

/// Aggregations that cost by the rows plus the as-ofs, not by their product: each row changes the answer where it begins
/// to count and where it ceases to. One account at a time; `out` has an element an as-of.

/// Memory that is used again from account to account.
struct RunningScratch {
  std::vector<std::int32_t> change, next, slots, covered, order;
  std::vector<Int128> enter, leave;
  std::vector<double> values;
};

/// How many entries count.
void running_count(const AccountEntries& entries, RunningScratch& scratch, std::span<double> out);

/// The exact sum of `numbers[row]` over the entries that count, rounded once; infinite where it overflows. Every row of
/// the entries has a number.
void running_sum(const AccountEntries& entries, std::span<const double> numbers, RunningScratch& scratch,
                 std::span<double> out);

/// How many different values the entries that count have: a value counts while any of its rows does.
void running_distinct(const AccountEntries& entries, const Identities& values, RunningScratch& scratch,
                      std::span<double> out);

/// For each as-of the first entry, in the given order of entries, that counts; -1 where none does.
void running_first(const AccountEntries& entries, std::span<const std::int32_t> order, RunningScratch& scratch,
                   std::span<std::int32_t> out);

}  // namespace customerhealth
