#include "customerhealth/revenue/standing.hpp"

#include <algorithm>
#include <cmath>

namespace customerhealth {
namespace {

/// How many of the dates are at or before an instant. Without branches: where a contract starts cannot be foretold.
std::size_t count_until(std::span<const Instant> dates, Instant at) noexcept {
  if (dates.empty()) return 0;
  const Instant* base = dates.data();
  std::size_t count = dates.size();
  while (count > 1) {
    const std::size_t half = count / 2;
    base += base[half - 1] <= at ? half : 0;
    count -= half;
  }
  return static_cast<std::size_t>(base - dates.data()) + (*base <= at ? 1 : 0);
}

}  // namespace

DateRange dates_of(const Contract& contract, std::span<const Instant> dates,
                   std::optional<Instant> as_known_at) noexcept {
  const Presence presence = presence_of(contract, as_known_at);
  if (presence.is_empty()) return {0, 0};
  return {count_until(dates, presence.after), count_until(dates, presence.until)};
}

void Standing::read(std::span<const Contract> contracts) {
  const std::size_t size = dates_.size();
  amounts_.assign(size + 1, 0);  // first what changes at each date, then added up
  counts_.assign(size + 1, 0);
  first_ = kLastInstant;
  for (const Contract& contract : contracts) {
    const Presence presence = presence_of(contract, view_.as_known_at);
    if (presence.after < held_until(contract, presence)) first_ = std::min(first_, presence.after);
    if (presence.is_empty()) continue;
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

/// A contract that became known after its end counts from then on while the gap lasts.
Instant Standing::held_until(const Contract& contract, const Presence& presence) const noexcept {
  if (!view_.gap || view_.as_known_at) return presence.until;
  return std::min(plus(contract.end, *view_.gap), contract.until);
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
  held_.assign(dates_.size(), kMissingInstant);
  for (std::size_t date = 0; date < dates_.size(); ++date) {
    if (counts_[date] == 0) hold(contracts, date);
  }
}

void Standing::hold(std::span<const Contract> contracts, std::size_t date) {
  const Instant at = dates_[date], known = view_.as_known_at.value_or(at);
  Instant ended = kMissingInstant;
  for (const Contract& contract : contracts) {
    if (is_seen(contract, date) && contract.end < at) ended = std::max(ended, contract.end);
  }
  if (is_missing(ended)) return;
  const Instant limit = plus(ended, *view_.gap);
  if (limit < at) return;
  const bool is_renewed = std::ranges::any_of(contracts, [&](const Contract& contract) {
    return is_seen(contract, date) && contract.start >= at && contract.start <= limit;
  });
  if (known > limit && !is_renewed) return;
  held_[date] = ended;
  for (const Contract& contract : contracts) {
    if (is_held_by(contract, date)) amounts_[date] += contract.amount;
  }
}

}  // namespace customerhealth
