#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/metrics/entries.hpp"
#include "customerhealth/metrics/fixed_point.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth {

/// Aggregations that cost by the rows plus the as-ofs, not by their product: each row changes the answer where it
/// begins to count and where it ceases to. One account at a time; `out` has an element an as-of.

/// Memory that is used again from account to account.
struct RunningScratch {
  std::vector<std::int32_t> change, next, covered, order;
  std::vector<Int128> sums;
};

/// How many entries count.
void running_count(const AccountEntries& entries, RunningScratch& scratch, std::span<double> out);

/// The values of all entries, ready to be added exactly: worked out once, for every window.
struct SumRows {
  std::vector<Int128> scaled;                     // of each entry, on its account's scale
  std::vector<std::optional<FixedPoint>> scales;  // of each account; none: its exponents lie too far apart
};
/// Every row of the entries has a number.
[[nodiscard]] SumRows sum_rows(const Entries& entries, std::span<const double> numbers);

/// The exact sum of the account's entries that count, rounded once; infinite where it overflows.
void running_sum(const Entries& entries, const SumRows& rows, std::span<const double> numbers, std::size_t account,
                 std::span<const std::int32_t> until, RunningScratch& scratch, std::span<double> out);

/// The rows of plain entries that matter to "how many different values": of a value's rows between the same two as-ofs
/// only the last can. What is left serves every window.
struct DistinctRows {
  std::vector<std::int64_t> begins;    // of each account's run, and the end of the last
  std::vector<std::uint32_t> entries;  // indices into all entries
  std::vector<std::int32_t> replaced;  // where the value's next row takes over
  std::vector<std::int32_t> enter;     // [account][as-of]: how many of the rows begin to count there
};
[[nodiscard]] DistinctRows distinct_rows(const Entries& entries, std::span<const std::uint64_t> keys,
                                         std::size_t as_of_count);

/// How many different values the account's entries that count have, by `until` of all entries.
void running_distinct(const DistinctRows& rows, std::size_t account, std::span<const std::int32_t> until,
                      RunningScratch& scratch, std::span<double> out);

/// The same where rows were late, corrected or superseded: a value counts while any of its rows does.
void running_distinct(const AccountEntries& entries, std::span<const std::uint64_t> keys, RunningScratch& scratch,
                      std::span<double> out);

/// For each as-of the first entry, in the given order of entries, that counts; -1 where none does.
void running_first(const AccountEntries& entries, std::span<const std::int32_t> order, RunningScratch& scratch,
                   std::span<std::int32_t> out);

}  // namespace customerhealth
