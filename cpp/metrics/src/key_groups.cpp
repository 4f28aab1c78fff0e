#include "key_groups.hpp"

#include <numeric>

namespace customerhealth::metrics {

void KeyGroups::group_all(std::int64_t begin, std::int64_t end) {
  order_.resize(static_cast<std::size_t>(end - begin));
  std::iota(order_.begin(), order_.end(), static_cast<std::uint32_t>(begin));
  ends_.assign({0, static_cast<std::uint32_t>(order_.size())});
}

/// Counts the rows of each number, then puts each row at its place. Rows without a key come last.
void KeyGroups::group(const Identities& keys, std::int64_t begin, std::int64_t end) {
  keys_.clear();
  for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) {
    if (keys.has(row)) keys_.push_back(keys.keys[row]);
  }
  numbers_.resize(keys_.size());
  places_.number(keys_, numbers_);
  const std::size_t count = keys_.empty() ? 0 : places_.count();
  order_.resize(static_cast<std::size_t>(end - begin));
  ends_.assign(count + 1, 0);
  for (const std::int32_t number : numbers_) ++ends_[static_cast<std::size_t>(number) + 1];
  std::partial_sum(ends_.begin(), ends_.end(), ends_.begin());
  auto without = static_cast<std::uint32_t>(keys_.size());
  std::size_t at = 0;
  for (auto row = static_cast<std::uint32_t>(begin); row < static_cast<std::uint32_t>(end); ++row) {
    if (keys.has(row))
      order_[ends_[static_cast<std::size_t>(numbers_[at++])]++] = row;
    else
      order_[without++] = row;
  }
  // Each element is now the end of its own group, which is the begin of the next.
  std::rotate(ends_.begin(), ends_.end() - 1, ends_.end());
  ends_.front() = 0;
  for (auto row = static_cast<std::uint32_t>(keys_.size()); row < order_.size(); ++row) ends_.push_back(row + 1);
}

}  // namespace customerhealth::metrics
