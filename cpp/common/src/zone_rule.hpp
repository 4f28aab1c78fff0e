#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace customerhealth {

/// A day of every year on which clocks change, and when on that day.
struct ZoneChange {
  enum class Kind : std::uint8_t { julian, day_of_year, weekday };
  Kind kind = Kind::weekday;
  int month = 1, week = 1, day = 0;  // of a weekday: Sunday 0; else `day` alone
  std::int64_t seconds = 2 * 3600;   // after midnight, on the clocks before the change

  /// On the clocks before the change, since 1970.
  [[nodiscard]] std::int64_t in_year(std::int64_t year) const noexcept;
};

/// What follows the last transition of a TZif file: a TZ text of POSIX.
struct ZoneRule {
  std::int64_t standard = 0;  // seconds east of UTC
  struct Summer {
    std::int64_t offset = 0;
    ZoneChange begin, end;
  };
  std::optional<Summer> summer;

  /// Nothing where the text is none.
  [[nodiscard]] static std::optional<ZoneRule> parse(std::string_view text) noexcept;
};

}  // namespace customerhealth
