#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "entries.hpp"
#include "running.hpp"

namespace customerhealth::metrics {

/// Counts distinct values of plain entries in any window. The constructor does the work that does not depend on the
/// window, once for all windows. It picks the quickest of three forms for each account:
///
/// - `sorted`, where values ascend with time (days, months): stores the number of changes up to each row; the count of
///   a window is a difference of two of these;
/// - `bits`, where values are few: stores a bit set of the values between each two neighbouring edges; a window is the
///   union of neighbouring sets, found in two steps an edge while windows only move forward (two stacks back to back);
/// - `last`, where values are many: a value counts in a window if its last row before the window's end lies in the
///   window. Of the rows of a value between the same two as-ofs only the last can be that row.
class DistinctRows {
 public:
  /// `before[account][edge]`: the number of the account's entries before the edge (count_before). No window that
  /// `count` is asked about may begin before `first_edge`.
  DistinctRows(const Entries& entries, std::span<const std::uint64_t> keys, std::span<const std::int32_t> before,
               std::size_t edge_count, std::size_t first_edge);

  /// Writes to `out`, for each as-of, the number of distinct values of the account's entries in its window.
  void count(std::size_t account, const AccountEntries& entries, const Timeline::Window& window,
             RunningScratch& scratch, std::span<double> out) const;

 private:
  enum class Form : std::uint8_t { sorted, bits, last };
  struct Account {
    Form form = Form::sorted;
    std::size_t begin = 0;  // first element of the account in changes_, bits_ or places_
    std::size_t words = 0;  // `bits`: 64-bit words of a set
    std::size_t count = 0;  // `last`: number of distinct values
  };
  class Builder;

  void count_bits(const Account& account, const Timeline::Window& window, RunningScratch& scratch,
                  std::span<double> out) const;
  void count_last(const Account& account, const AccountEntries& entries, RunningScratch& scratch,
                  std::span<double> out) const;

  std::size_t edge_count_, first_edge_;
  std::vector<Account> accounts_;
  std::vector<std::int32_t> changes_;  // by entry
  std::vector<std::uint64_t> bits_;    // [edge][word], from first_edge on
  std::vector<std::int32_t> places_;   // by entry: a number for each different value
};

}  // namespace customerhealth::metrics
