#include "products.hpp"

#include <algorithm>
#include <numeric>

namespace customerhealth::revenue {

void Products::read(std::span<const Contract> contracts, const Standing& standing) {
  order_.resize(contracts.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::sort(order_, {}, [&](std::size_t i) { return contracts[i].product; });
  const std::size_t stride = dates_.size() + 1;
  count_ = 0;
  amounts_.clear();
  counts_.clear();
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const Contract& contract = contracts[order_[i]];
    if (i == 0 || contracts[order_[i - 1]].product != contract.product) {
      ++count_;
      amounts_.resize(count_ * stride, 0);
      counts_.resize(count_ * stride, 0);
    }
    const std::size_t base = (count_ - 1) * stride;
    const DateRange at = dates_of(contract, dates_, as_known_at_);
    for (std::size_t date = 0; date < dates_.size(); ++date) {
      if ((date < at.begin || date >= at.end) && !standing.is_held_by(contract, date)) continue;
      amounts_[base + date] += contract.amount;
      ++counts_[base + date];
    }
  }
}

Products::Change Products::change(std::size_t from, std::size_t to) const noexcept {
  Change change;
  for (std::size_t product = 0; product < count_; ++product) {
    const std::size_t base = product * (dates_.size() + 1);
    if (counts_[base + from] == 0) change.added += amounts_[base + to];
    if (counts_[base + to] == 0) change.dropped += amounts_[base + from];
  }
  return change;
}

}  // namespace customerhealth::revenue
