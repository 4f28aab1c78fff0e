#include "customerhealth/revenue/standing.hpp"

#include <algorithm>
#include <cmath>

namespace customerhealth {

DateRange dates_of(const Contract& contract, std::span<const Instant> dates,
                   std::optional<Instant> as_known_at) noexcept {
  const Presence presence = presence_of(contract, as_known_at);
  if (presence.is_empty()) return {0, 0};
  const auto begin = std::ranges::upper_bound(dates, presence.after);
  const auto end = std::upper_bound(begin, dates.end(), presence.until);
  return {static_cast<std::size_t>(begin - dates.begin()), static_cast<std::size_t>(end - dates.begin())};
}

void Standing::read(std::span<const Contract> contracts) {
  const std::size_t size = dates_.size();
  amounts_.assign(size + 1, 0);  // first what changes at each date, then added up
  counts_.assign(size + 1, 0);
  first_ = kLastInstant;
  for (const Contract& contract : contracts) {
    const Presence presence = presence_of(contract, view_.as_known_at);
    if (presence.is_empty()) continue;
    first_ = std::min(first_, presence.after);
    const DateRange at = dates_of(contract, dates_, view_.as_known_at);
    amounts_[at.begin] += contract.amount;
    amounts_[at.end] -= contract.amount;
    ++counts_[at.begin];
    --counts_[at.end];
  }
  for (std::size_t i = 1; i < size; ++i) {
    amounts_[i] += amounts_[i - 1];
    counts_[i] += counts_[i - 1];
  }
  if (with_billing_periods_) read_periods(contracts);
  if (view_.gap) hold(contracts);
}

void Standing::read_periods(std::span<const Contract> contracts) {
  period_sums_.assign(dates_.size(), 0);
  period_counts_.assign(dates_.size(), 0);
  for (const Contract& contract : contracts) {
    if (std::isnan(contract.billing_period)) continue;
    const DateRange at = dates_of(contract, dates_, view_.as_known_at);
    for (std::size_t date = at.begin; date < at.end; ++date) {
      period_sums_[date] += contract.billing_period;
      ++period_counts_[date];
    }
  }
}

void Standing::hold(std::span<const Contract> contracts) {
  held_.assign(dates_.size(), 0);
  for (std::size_t date = 0; date < dates_.size(); ++date) {
    if (counts_[date] == 0 && dates_[date] > first_) hold(contracts, date);
  }
}

void Standing::hold(std::span<const Contract> contracts, std::size_t date) {
  const Instant at = dates_[date], known = view_.as_known_at.value_or(at);
  const auto is_seen = [&](const Contract& contract) { return contract.known < known && known <= contract.until; };
  Instant ended = kMissingInstant;
  for (const Contract& contract : contracts) {
    if (is_seen(contract) && contract.end < at) ended = std::max(ended, contract.end);
  }
  if (is_missing(ended)) return;
  const Instant limit = plus(ended, *view_.gap);
  if (limit < at) return;
  const bool is_renewed = std::ranges::any_of(contracts, [&](const Contract& contract) {
    return is_seen(contract) && contract.start >= at && contract.start <= limit;
  });
  if (known > limit && !is_renewed) return;
  held_[date] = 1;
  for (const Contract& contract : contracts) {
    if (is_seen(contract) && contract.end == ended) amounts_[date] += contract.amount;
  }
}

}  // namespace customerhealth
