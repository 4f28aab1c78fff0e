#include "customerhealth/common/length.hpp"

#include <array>
#include <utility>

#include "customerhealth/common/civil.hpp"

namespace customerhealth {
namespace {

using Unit = Length::Unit;

constexpr std::int32_t kMostUnits = 10'000;
constexpr std::array<std::pair<std::string_view, Unit>, 6> kUnits{{{"h", Unit::hours},
                                                                   {"d", Unit::days},
                                                                   {"w", Unit::weeks},
                                                                   {"mo", Unit::months},
                                                                   {"q", Unit::quarters},
                                                                   {"y", Unit::years}}};

/// `t + months`, unbounded.
Int128 moved_by_months(Instant t, std::int64_t months) noexcept {
  const std::int64_t day = day_of(t);
  const std::int64_t time_of_day = time_of_day_of(t);
  const Civil civil = civil_of(day);
  const std::int64_t month = month_number(civil) + months;
  return Int128{day_of(civil_in_month(month, civil.day))} * kMicrosPerDay + time_of_day;
}

/// More months than lie between any two instants: further steps change nothing.
constexpr std::int64_t kAllMonths = 8'000'000;

std::int64_t bounded_months(Int128 months) noexcept {
  return static_cast<std::int64_t>(months > kAllMonths ? kAllMonths : months < -kAllMonths ? -kAllMonths : months);
}

Instant step(Instant t, const Length& length, std::int64_t times) noexcept {
  if (is_missing(t)) return t;
  if (length.is_calendar()) return plus_months(t, bounded_months(Int128{length.months()} * times));
  return saturated(t.time_since_epoch().count() + Int128{length.micros().count()} * times);
}

}  // namespace

std::optional<Length> Length::parse(std::string_view text) noexcept {
  std::int32_t count = 0;
  std::size_t digits = 0;
  while (digits < text.size() && '0' <= text[digits] && text[digits] <= '9' && count <= kMostUnits) {
    count = count * 10 + (text[digits++] - '0');
  }
  if (digits == 0 || text[0] == '0' || count > kMostUnits) return std::nullopt;
  for (const auto& [name, unit] : kUnits) {
    if (text.substr(digits) == name) return Length{count, unit};
  }
  return std::nullopt;
}

Micros Length::micros() const noexcept {
  switch (unit_) {
    case Unit::days:
      return std::chrono::days{count_};
    case Unit::weeks:
      return std::chrono::weeks{count_};
    default:
      return std::chrono::hours{count_};
  }
}

std::int32_t Length::months() const noexcept {
  return count_ * (unit_ == Unit::years ? 12 : unit_ == Unit::quarters ? 3 : 1);
}

std::string_view Length::unit() const noexcept { return kUnits[static_cast<std::size_t>(unit_)].first; }

std::string Length::to_string() const { return std::to_string(count_) + std::string{unit()}; }

Instant plus(Instant t, const Length& length, std::int64_t times) noexcept { return step(t, length, times); }
Instant minus(Instant t, const Length& length) noexcept { return step(t, length, -1); }

Instant plus_months(Instant t, std::int64_t months) noexcept {
  return is_missing(t) ? t : saturated(moved_by_months(t, bounded_months(months)));
}

std::int64_t months_between(Instant later, Instant earlier) noexcept {
  // Moved into the month of `later` it is either not after it, or one month too far.
  const std::int64_t months = month_number(civil_of(day_of(later))) - month_number(civil_of(day_of(earlier)));
  return moved_by_months(earlier, months) <= later.time_since_epoch().count() ? months : months - 1;
}

}  // namespace customerhealth
