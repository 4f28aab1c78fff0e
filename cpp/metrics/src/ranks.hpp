#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "running.hpp"

namespace customerhealth::metrics {

/// The numbers of each account's entries in order, computed once for all quantiles and windows: what counts at an as-of
/// is then a set of ranks, a bit each, of which the n-th is found by counting bits.
class RankRows {
 public:
  /// No number at the rows of the entries may be missing.
  RankRows(const Entries& entries, std::span<const double> numbers);

  /// By entry, its place among the account's numbers in ascending order; equal ones as they stand.
  [[nodiscard]] std::span<const std::uint32_t> ranks(std::size_t account) const noexcept;
  /// By rank, the number; there is one zero, +0.0.
  [[nodiscard]] std::span<const double> sorted(std::size_t account) const noexcept;

 private:
  std::vector<std::int64_t> begins_;
  std::vector<std::uint32_t> ranks_;
  std::vector<double> sorted_;
};

/// A set of ranks. Beside the bits it keeps how many are set in each sixteen words, so that a search skips those.
class RankSet {
 public:
  /// Empty, of ranks below `size`.
  void clear(std::size_t size);
  void insert(std::uint32_t rank) noexcept {
    bits_[rank / kWordBits] |= std::uint64_t{1} << (rank % kWordBits);
    ++counts_[rank / kRanksACount];
    ++size_;
  }
  void erase(std::uint32_t rank) noexcept {
    bits_[rank / kWordBits] &= ~(std::uint64_t{1} << (rank % kWordBits));
    --counts_[rank / kRanksACount];
    --size_;
  }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  /// The n-th rank of the set, from 0 on.
  [[nodiscard]] std::size_t nth(std::int64_t n) const noexcept;
  /// The next rank of the set; there is one.
  [[nodiscard]] std::size_t after(std::size_t rank) const noexcept;

 private:
  static constexpr std::size_t kWordBits = 64, kWordsACount = 16, kRanksACount = kWordBits * kWordsACount;
  std::vector<std::uint64_t> bits_;
  std::vector<std::int32_t> counts_;
  std::int64_t size_ = 0;
};

/// The quantile of the entries that count, as quantile_of() gives it; missing `silent` where none counts.
void running_quantile(const AccountEntries& entries, const RankRows& rows, std::size_t account, double share,
                      RankSet& set, RunningScratch& scratch, const AccountCells& out);

}  // namespace customerhealth::metrics
