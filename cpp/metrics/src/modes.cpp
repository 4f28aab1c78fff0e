#include "modes.hpp"

#include <algorithm>
#include <numeric>

namespace customerhealth::metrics {

ModeRows::ModeRows(const Entries& entries, const NumberedRows& numbered, const PickedAggregation& aggregation) {
  constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::vector<std::uint32_t> row_of;
  std::vector<std::int32_t> order;
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const auto numbers = numbered.numbers(a);
    const auto rows = entries.rows.subspan(entries.begin(a), entries.size(a));
    row_of.assign(numbered.count(a), kNone);
    for (std::size_t i = 0; i < numbers.size(); ++i) row_of[static_cast<std::size_t>(numbers[i])] = rows[i];
    order.clear();
    for (std::size_t n = 0; n < row_of.size(); ++n) {
      if (row_of[n] != kNone) order.push_back(static_cast<std::int32_t>(n));
    }
    const auto row = [&](std::int32_t number) { return row_of[static_cast<std::size_t>(number)]; };
    std::ranges::sort(order, [&](std::int32_t x, std::int32_t y) { return comes_before(aggregation, row(x), row(y)); });
    const std::size_t begin = begins_.back();
    ranks_.resize(begin + row_of.size(), 0);
    rows_.resize(begin + row_of.size(), 0);
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
      ranks_[begin + static_cast<std::size_t>(order[rank])] = static_cast<std::int32_t>(rank);
      rows_[begin + rank] = row(order[rank]);
    }
    begins_.push_back(ranks_.size());
  }
}

std::span<const std::int32_t> ModeRows::ranks(std::size_t account) const noexcept {
  return std::span{ranks_}.subspan(begins_[account], begins_[account + 1] - begins_[account]);
}

std::span<const std::uint32_t> ModeRows::rows(std::size_t account) const noexcept {
  return std::span{rows_}.subspan(begins_[account], begins_[account + 1] - begins_[account]);
}

void running_mode(const AccountEntries& entries, const NumberedRows& numbered, const ModeRows& modes,
                  std::size_t account, EntryTree<ModeNode>& tree, RunningScratch& scratch,
                  std::span<std::int64_t> out) {
  const auto numbers = numbered.numbers(account);
  const auto ranks = modes.ranks(account);
  const auto rows = modes.rows(account);
  tree.clear(rows.size());
  const auto move = [&](std::size_t i, std::int32_t by) {
    const std::int32_t rank = ranks[static_cast<std::size_t>(numbers[i])];
    const auto leaf = static_cast<std::size_t>(rank);
    tree.set(leaf, {tree.leaf(leaf).times + by, rank});
  };
  sweep(
      entries, out.size(), scratch.sweep, [&](std::size_t i) { move(i, 1); }, [&](std::size_t i) { move(i, -1); },
      [&](std::size_t k) {
        const ModeNode& most = tree.all();
        out[k] = most.times == 0 ? -1 : static_cast<std::int64_t>(rows[static_cast<std::size_t>(most.rank)]);
      });
}

}  // namespace customerhealth::metrics
