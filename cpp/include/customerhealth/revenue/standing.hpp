#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/length.hpp"
#include "customerhealth/revenue/contracts.hpp"

namespace customerhealth {

/// How revenue is looked at.
struct View {
  std::optional<Instant> as_known_at;  // nothing: each date as it was known then
  std::optional<Length> gap;           // an account whose last contract ended at most this long ago has not left yet
};

/// Dates as [begin, end) of their indices.
struct DateRange {
  std::size_t begin, end;
};
/// The dates at which the contract counts.
[[nodiscard]] DateRange dates_of(const Contract& contract, std::span<const Instant> dates,
                                 std::optional<Instant> as_known_at) noexcept;

/// What one account brings in as of some dates, which ascend.
///
/// An account is a customer at a date when a contract of it with an amount is alive then: start < date <= end. With a
/// gap it also is one after its last contract ended at e, at the revenue it had then, while date <= e + gap and it is
/// either too early to tell (as_known_at, else the date, <= e + gap) or known that another contract starts by e + gap.
class Standing {
 public:
  /// Billing periods are read on demand.
  Standing(std::span<const Instant> dates, const View& view, bool with_billing_periods)
      : dates_{dates}, view_{view}, with_billing_periods_{with_billing_periods} {}

  void read(std::span<const Contract> contracts);

  [[nodiscard]] bool is_customer(std::size_t date) const noexcept { return counts_[date] > 0 || is_held(date); }
  /// Only by the gap.
  [[nodiscard]] bool is_held(std::size_t date) const noexcept { return !held_.empty() && !is_missing(held_[date]); }
  /// Whether the contract is one of those by which the account is held at the date.
  [[nodiscard]] bool is_held_by(const Contract& contract, std::size_t date) const noexcept {
    return is_held(date) && contract.end == held_[date] && is_seen(contract, date);
  }
  [[nodiscard]] Int128 amount(std::size_t date) const noexcept { return amounts_[date]; }
  /// The mean billing period of the contracts alive at the date that have one; NaN: none.
  [[nodiscard]] double billing_period(std::size_t date) const noexcept {
    return period_sums_[date] / static_cast<double>(period_counts_[date]);
  }
  /// The account became a customer for the first time just after this; kLastInstant: never.
  [[nodiscard]] Instant first() const noexcept { return first_; }

 private:
  void hold(std::span<const Contract> contracts);
  void hold(std::span<const Contract> contracts, std::size_t date);
  [[nodiscard]] bool is_seen(const Contract& contract, std::size_t date) const noexcept {
    const Instant known = view_.as_known_at.value_or(dates_[date]);
    return contract.known < known && known <= contract.until;
  }
  [[nodiscard]] Instant held_until(const Contract& contract, const Presence& presence) const noexcept;
  void read_periods(std::span<const Contract> contracts);

  std::span<const Instant> dates_;
  View view_;
  bool with_billing_periods_;
  Instant first_ = kLastInstant;
  std::vector<Int128> amounts_;
  std::vector<std::int32_t> counts_;
  std::vector<Instant> held_;  // the end of the contracts that hold the account at the date; missing: none do
  std::vector<double> period_sums_;
  std::vector<std::int32_t> period_counts_;
};

}  // namespace customerhealth
