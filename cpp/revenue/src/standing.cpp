#include "standing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace customerhealth::revenue {
void Standing::read(std::span<const Contract> contracts) {
  first_ = kLastInstant;
  for (const Contract& contract : contracts) {
    const Presence presence = presence_of(contract, view_.as_known_at);
    if (presence.after < held_until(contract, presence)) first_ = std::min(first_, presence.after);
    if (presence.is_empty()) continue;
    const DateRange at = dates_of(contract, dates_, view_.as_known_at);
    change(at.begin, contract.amount, 1);
    change(at.end, -contract.amount, -1);
  }
  find_stretches();
  if (with_billing_periods_) read_periods(contracts);
  if (view_.gap) hold(contracts);
}

/// Visits only the dates at which an amount changes, found by the bits of `changed_`: an account has few among many.
void Standing::find_stretches() {
  stretches_.clear();
  Int128 amount = 0;
  std::int32_t count = 0;
  for (std::size_t word = 0; word < changed_.size(); ++word) {
    for (std::uint64_t bits = std::exchange(changed_[word], 0); bits != 0; bits &= bits - 1) {
      const std::size_t date = word * kBits + static_cast<std::size_t>(std::countr_zero(bits));
      const Change change = std::exchange(changes_[date], {});
      add_stretch(date, amount, count > 0);
      amount += change.amount;
      count += change.contracts;
    }
  }
  add_stretch(dates_.size(), amount, count > 0);
}

void Standing::add_stretch(std::size_t end, Int128 amount, bool is_customer) {
  if (!stretches_.empty()) {
    Stretch& last = stretches_.back();
    if (last.amount == amount && last.is_customer == is_customer) last.end = end;
    if (last.end == end) return;
  }
  if (end > 0) stretches_.push_back({end, amount, is_customer});
}

/// The last as-of at which the contract makes its account a customer, the gap included. A contract that became known
/// after its end is empty by its presence alone, and still holds the account until its end plus the gap.
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
  const std::vector<Stretch> alive = std::exchange(stretches_, {});
  std::size_t date = 0;
  for (const Stretch& stretch : alive) {
    if (stretch.is_customer) {
      add_stretch(date = stretch.end, stretch.amount, true);
      continue;
    }
    for (; date < stretch.end; ++date) {
      const Stretch at = held(contracts, date);
      add_stretch(at.end, at.amount, at.is_customer);
    }
  }
}

/// What the account is at a date at which no contract of it is alive: still a customer if the gap since its last
/// contract has not passed and it is not known that no contract follows.
Standing::Stretch Standing::held(std::span<const Contract> contracts, std::size_t date) {
  const Stretch none{date + 1, 0, false};
  const Instant at = dates_[date], known = view_.as_known_at.value_or(at);
  Instant ended = kMissingInstant;
  for (const Contract& contract : contracts) {
    if (is_seen(contract, date) && contract.end < at) ended = std::max(ended, contract.end);
  }
  if (is_missing(ended)) return none;
  const Instant limit = plus(ended, *view_.gap);
  if (limit < at) return none;
  const bool is_renewed = std::ranges::any_of(contracts, [&](const Contract& contract) {
    return is_seen(contract, date) && contract.start >= at && contract.start <= limit;
  });
  if (known > limit && !is_renewed) return none;
  held_[date] = ended;
  Int128 amount = 0;
  for (const Contract& contract : contracts) {
    if (is_held_by(contract, date)) amount += contract.amount;
  }
  return {date + 1, amount, true};
}

}  // namespace customerhealth::revenue
