#include "ranks.hpp"

#include <bit>

#include "bits.hpp"
#include "customerhealth/common/value_order.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {

RankRows::RankRows(const Entries& entries, std::span<const double> numbers)
    : begins_{entries.begins}, ranks_(entries.rows.size()), sorted_(entries.rows.size()) {
  ValueOrder order;
  std::vector<double> scratch;
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const std::span<const double> values = entries.values(a, numbers, scratch);
    const std::size_t begin = entries.begin(a);
    const std::span<const std::uint32_t> places = order.of(values);
    for (std::size_t rank = 0; rank < places.size(); ++rank) {
      ranks_[begin + places[rank]] = static_cast<std::uint32_t>(rank);
      sorted_[begin + rank] = values[places[rank]] + 0.0;
    }
  }
}

std::span<const std::uint32_t> RankRows::ranks(std::size_t account) const noexcept {
  return std::span{ranks_}.subspan(static_cast<std::size_t>(begins_[account]),
                                   static_cast<std::size_t>(begins_[account + 1] - begins_[account]));
}

std::span<const double> RankRows::sorted(std::size_t account) const noexcept {
  return std::span{sorted_}.subspan(static_cast<std::size_t>(begins_[account]),
                                    static_cast<std::size_t>(begins_[account + 1] - begins_[account]));
}

void RankSet::clear(std::size_t size) {
  counts_.assign(size / kRanksACount + 1, 0);
  bits_.assign(counts_.size() * kWordsACount, 0);
  size_ = 0;
}

std::size_t RankSet::nth(std::int64_t n) const noexcept {
  std::size_t place = 0;
  for (; n >= counts_[place]; ++place) n -= counts_[place];
  std::size_t word = place * kWordsACount;
  auto left = static_cast<std::uint64_t>(n);
  for (std::uint64_t count = bits_set(bits_[word]); left >= count; count = bits_set(bits_[word])) {
    left -= count;
    ++word;
  }
  std::uint64_t bits = bits_[word];
  for (; left > 0; --left) bits &= bits - 1;
  return word * kWordBits + static_cast<std::size_t>(std::countr_zero(bits));
}

std::size_t RankSet::after(std::size_t rank) const noexcept {
  std::size_t word = rank / kWordBits;
  std::uint64_t bits = bits_[word] & (~std::uint64_t{1} << (rank % kWordBits));
  while (bits == 0) bits = bits_[++word];
  return word * kWordBits + static_cast<std::size_t>(std::countr_zero(bits));
}

void running_quantile(const AccountEntries& entries, const RankRows& rows, std::size_t account, double share,
                      RankSet& set, RunningScratch& scratch, const AccountCells& out) {
  const auto ranks = rows.ranks(account);
  const auto sorted = rows.sorted(account);
  set.clear(ranks.size());
  sweep(
      entries, out.size(), scratch.sweep, [&](std::size_t i) { set.insert(ranks[i]); },
      [&](std::size_t i) { set.erase(ranks[i]); },
      [&](std::size_t k) {
        if (set.size() == 0) return out.set_missing(k, Reason::silent);
        const QuantilePlace place{set.size(), share};
        const std::size_t low = set.nth(place.below);
        out.set(k, place.part == 0 ? sorted[low] : place.between(sorted[low], sorted[set.after(low)]));
      });
}

}  // namespace customerhealth::metrics
