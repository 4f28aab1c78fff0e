#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/length.hpp"
#include "customerhealth/revenue/contracts.hpp"
#include "customerhealth/revenue/movements.hpp"
#include "dates.hpp"

namespace customerhealth::revenue {

/// Dates as [begin, end) of their indices.
struct DateRange {
  std::size_t begin, end;
};
/// The dates at which the contract counts.
[[nodiscard]] inline DateRange dates_of(const Contract& contract, const Dates& dates,
                                        std::optional<Instant> as_known_at) noexcept {
  const Presence presence = presence_of(contract, as_known_at);
  if (presence.is_empty()) return {0, 0};
  return {dates.count_until(presence.after), dates.count_until(presence.until)};
}

/// What one account brings in as of some dates.
///
/// An account is a customer at a date when a contract of it with an amount is alive then: start < date <= end. With a
/// gap it also is one after its last contract ended at e, at the revenue it had then, while date <= e + gap and it is
/// either too early to tell (as_known_at, else the date, <= e + gap) or known that another contract starts by e + gap.
class Standing {
 public:
  /// Neighbouring dates at which an account is a customer at one amount, or is none; `end` comes after the last.
  struct Stretch {
    std::size_t end;
    Int128 amount;
    bool is_customer;
  };

  /// Billing periods are read on demand.
  Standing(const Dates& dates, const View& view, bool with_billing_periods)
      : dates_{dates},
        view_{view},
        with_billing_periods_{with_billing_periods},
        changes_(dates.size() + 1),
        changed_(dates.size() / kBits + 1) {}

  void read(std::span<const Contract> contracts);

  /// One after the other over all dates; neighbours differ.
  [[nodiscard]] std::span<const Stretch> stretches() const noexcept { return stretches_; }
  /// Whether the contract is one of those by which alone, for the gap, the account is a customer at the date.
  [[nodiscard]] bool is_held_by(const Contract& contract, std::size_t date) const noexcept {
    return !held_.empty() && !is_missing(held_[date]) && contract.end == held_[date] && is_seen(contract, date);
  }
  /// The mean billing period of the contracts alive at the date that have one; NaN: none.
  [[nodiscard]] double billing_period(std::size_t date) const noexcept {
    return period_sums_[date] / static_cast<double>(period_counts_[date]);
  }
  /// The account became a customer for the first time just after this; kLastInstant: never.
  [[nodiscard]] Instant first() const noexcept { return first_; }

 private:
  static constexpr std::size_t kBits = 64;
  struct Change {
    Int128 amount = 0;
    std::int32_t contracts = 0;
  };

  void change(std::size_t date, Int128 amount, std::int32_t contracts) noexcept {
    changes_[date].amount += amount;
    changes_[date].contracts += contracts;
    changed_[date / kBits] |= std::uint64_t{1} << (date % kBits);
  }
  void find_stretches();
  void add_stretch(std::size_t end, Int128 amount, bool is_customer);
  void hold(std::span<const Contract> contracts);
  [[nodiscard]] Stretch held(std::span<const Contract> contracts, std::size_t date);
  [[nodiscard]] bool is_seen(const Contract& contract, std::size_t date) const noexcept {
    const Instant known = view_.as_known_at.value_or(dates_[date]);
    return contract.known < known && known <= contract.until;
  }
  [[nodiscard]] Instant held_until(const Contract& contract, const Presence& presence) const noexcept;
  void read_periods(std::span<const Contract> contracts);

  const Dates& dates_;
  View view_;
  bool with_billing_periods_;
  Instant first_ = kLastInstant;
  // The change of amount and number of contracts at each date, and a bit for each date with a change. Both are all
  // zeros again after `find_stretches`, so that nothing has to be cleared between two accounts.
  std::vector<Change> changes_;
  std::vector<std::uint64_t> changed_;
  std::vector<Stretch> stretches_;
  std::vector<Instant> held_;  // the end of the contracts that hold the account at the date; missing: none do
  std::vector<double> period_sums_;
  std::vector<std::int32_t> period_counts_;
};

}  // namespace customerhealth::revenue
