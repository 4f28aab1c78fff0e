#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "entries.hpp"
#include "running.hpp"

namespace customerhealth::metrics {

/// What "how many different values" needs to know of plain entries: worked out once, for every window. Each account is
/// held in the form that is quickest for it:
///
/// - `sorted`: values that ascend with time (days, months): between two rows, how often they change;
/// - `bits`: few values: between two neighbouring edges, a bit for each value that occurs; a window is the union of
///   neighbours, and unions of windows that move on cost two steps an edge (two stacks back to back);
/// - `last`: many values: a value counts in a window when its last row before the window's end lies in it. Of a value's
///   rows between the same two as-ofs only the last can be that row.
class DistinctRows {
 public:
  /// `before`: by account and edge, as account_entries takes it. Windows that begin before `first_edge` are never asked
  /// for.
  DistinctRows(const Entries& entries, std::span<const std::uint64_t> keys, std::span<const std::int32_t> before,
               std::size_t edge_count, std::size_t first_edge);

  /// Of the account's entries, seen through the window.
  void count(std::size_t account, const AccountEntries& entries, const Timeline::Window& window,
             RunningScratch& scratch, std::span<double> out) const;

 private:
  enum class Form : std::uint8_t { sorted, bits, last };
  struct Account {
    Form form = Form::sorted;
    std::size_t begin = 0;  // in changes_, bits_ or places_
    std::size_t words = 0;  // of `bits`: a value's bit is in one of so many
    std::size_t count = 0;  // of `last`: different values
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
