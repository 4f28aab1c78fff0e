#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "customerhealth/common/uint256.hpp"
#include "running.hpp"

namespace customerhealth::metrics {

/// Exact prefix sums of squares along the entries of each account, computed once for all windows; the sums are those of
/// SumRows, in whose unit they are.
class SquareRows {
 public:
  SquareRows(const Entries& entries, const SumRows& sums);

  /// The sum of squares before each of the account's entries and, last, that of all. Empty where SumRows has none.
  [[nodiscard]] std::span<const Uint256> prefix(std::size_t account) const noexcept;

 private:
  std::vector<std::size_t> begins_;
  std::vector<Uint256> prefix_;
};

/// The standard deviation of the entries that count: the same bits as deviation_of() gives for them. Missing `silent`
/// where none counts, `too_few` where one does.
void running_deviation(const AccountEntries& entries, const SumRows& sums, const SquareRows& squares,
                       std::span<const double> numbers, std::size_t account, RunningScratch& scratch,
                       const AccountCells& out);

}  // namespace customerhealth::metrics
