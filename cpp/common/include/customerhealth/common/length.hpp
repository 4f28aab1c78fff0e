#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "customerhealth/common/instant.hpp"

namespace customerhealth {

/// A length of time as a model writes it: `12h`, `28d`, `4w` are fixed; `1mo`, `1q`, `1y` are calendar lengths.
class Length {
 public:
  enum class Unit : std::uint8_t { hours, days, weeks, months, quarters, years };

  constexpr Length(std::int32_t count, Unit unit) noexcept : count_{count}, unit_{unit} {}

  /// Reads `<n><unit>` with 1 <= n <= 10,000; nothing when the text is not a length.
  [[nodiscard]] static std::optional<Length> parse(std::string_view text) noexcept;

  [[nodiscard]] constexpr std::int32_t count() const noexcept { return count_; }
  /// As it is written: `h`, `d`, `w`, `mo`, `q` or `y`.
  [[nodiscard]] std::string_view unit() const noexcept;
  [[nodiscard]] constexpr bool is_calendar() const noexcept { return unit_ >= Unit::months; }
  /// Only for fixed lengths.
  [[nodiscard]] Micros micros() const noexcept;
  /// Only for calendar lengths.
  [[nodiscard]] std::int32_t months() const noexcept;
  [[nodiscard]] std::string to_string() const;

  friend constexpr bool operator==(const Length&, const Length&) noexcept = default;

 private:
  std::int32_t count_;
  Unit unit_;
};

/// `t + times * length`. Calendar steps keep the time of day and cut the day to the month's last. An edge outside
/// the range of instants is the range's end. A missing instant stays missing.
[[nodiscard]] Instant plus(Instant t, const Length& length, std::int64_t times = 1) noexcept;
[[nodiscard]] Instant minus(Instant t, const Length& length) noexcept;

/// `t + months` in the calendar, saturating.
[[nodiscard]] Instant plus_months(Instant t, std::int64_t months) noexcept;

/// The largest n with `earlier + n months <= later`.
[[nodiscard]] std::int64_t months_between(Instant later, Instant earlier) noexcept;

/// ISO 8601: `2026-01-31`, `2026-01-31T12:30:00.5`, with `Z` or `+02:00`; naive is UTC. Nothing when it is no date.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text) noexcept;
/// The date at midnight, else date and time; as `2026-01-31` or `2026-01-31T12:30:00.5Z`.
[[nodiscard]] std::string to_string(Instant t);

}  // namespace customerhealth
