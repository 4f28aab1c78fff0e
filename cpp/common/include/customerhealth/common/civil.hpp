#pragma once

#include <array>
#include <cstdint>

#include "customerhealth/common/instant.hpp"

/// The proleptic Gregorian calendar over the whole range of instants. std::chrono::year ends at 32,767; int64
/// microseconds reach the year 294,247. The algorithms are Howard Hinnant's (chrono-compatible low-level date
/// algorithms), in 64 bits.
namespace customerhealth {

struct Civil {
  std::int64_t year;
  int month;  // 1..12
  int day;    // 1..31
};

[[nodiscard]] constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

[[nodiscard]] constexpr bool is_leap(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

[[nodiscard]] constexpr int days_in_month(std::int64_t year, int month) noexcept {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

/// The day an instant lies in, counted from 1970-01-01.
[[nodiscard]] constexpr std::int64_t day_of(Instant t) noexcept {
  return floor_divide(t.time_since_epoch().count(), kMicrosPerDay);
}

[[nodiscard]] constexpr std::int64_t time_of_day_of(Instant t) noexcept {
  const std::int64_t rest = t.time_since_epoch().count() % kMicrosPerDay;
  return rest < 0 ? rest + kMicrosPerDay : rest;
}

[[nodiscard]] constexpr std::int64_t day_of(const Civil& civil) noexcept {
  const std::int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);  // years that begin in March
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (civil.month + (civil.month > 2 ? -3 : 9)) + 2) / 5 + civil.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

[[nodiscard]] constexpr Civil civil_of(std::int64_t day) noexcept {
  const std::int64_t shifted = day + 719'468;
  const std::int64_t era = floor_divide(shifted, 146'097);
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

/// Months since January of the year 0.
[[nodiscard]] constexpr std::int64_t month_number(const Civil& civil) noexcept {
  return civil.year * 12 + civil.month - 1;
}

/// The day of that month, cut to its last.
[[nodiscard]] constexpr Civil civil_in_month(std::int64_t month_number, int day) noexcept {
  const std::int64_t year = floor_divide(month_number, 12);
  const int month = static_cast<int>(month_number - year * 12) + 1;
  const int last = days_in_month(year, month);
  return {year, month, day < last ? day : last};
}

[[nodiscard]] constexpr Instant saturated(Int128 micros) noexcept {
  if (micros < kFirstInstant.time_since_epoch().count()) return kFirstInstant;
  if (micros > kLastInstant.time_since_epoch().count()) return kLastInstant;
  return Instant{Micros{static_cast<std::int64_t>(micros)}};
}

static_assert(day_of(Civil{1970, 1, 1}) == 0 && day_of(Civil{2000, 2, 29}) == 11'016);

}  // namespace customerhealth
