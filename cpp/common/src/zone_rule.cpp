#include "zone_rule.hpp"

#include "customerhealth/common/civil.hpp"

namespace customerhealth {
namespace {

/// Takes a TZ text apart from the left.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) noexcept : text_{text} {}

  [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }
  bool take(char c) noexcept {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  /// Letters, or anything in angle brackets.
  bool take_name() noexcept {
    if (take('<')) {
      const auto end = text_.find('>');
      if (end == std::string_view::npos || end < 3) return false;
      text_.remove_prefix(end + 1);
      return true;
    }
    std::size_t letters = 0;
    while (letters < text_.size() && is_letter(text_[letters])) ++letters;
    text_.remove_prefix(letters);
    return letters >= 3;
  }

  std::optional<int> take_number(int most) noexcept {
    std::size_t digits = 0;
    int value = 0;
    while (digits < text_.size() && digits < 3 && '0' <= text_[digits] && text_[digits] <= '9') {
      value = value * 10 + (text_[digits++] - '0');
    }
    text_.remove_prefix(digits);
    return digits == 0 || value > most ? std::nullopt : std::optional{value};
  }

  /// [+-]hh[:mm[:ss]]
  std::optional<std::int64_t> take_time(int most_hours) noexcept {
    const bool minus = take('-');
    if (!minus) take('+');
    const auto hours = take_number(most_hours);
    if (!hours) return std::nullopt;
    std::int64_t seconds = *hours * std::int64_t{3600};
    for (const int unit : {60, 1}) {
      if (!take(':')) break;
      const auto part = take_number(59);
      if (!part) return std::nullopt;
      seconds += *part * unit;
    }
    return minus ? -seconds : seconds;
  }

  std::optional<ZoneChange> take_change() noexcept {
    ZoneChange change;
    if (!take(',') || !take_day(change)) return std::nullopt;
    if (!take('/')) return change;
    const auto seconds = take_time(167);
    if (!seconds) return std::nullopt;
    change.seconds = *seconds;
    return change;
  }

 private:
  static bool is_letter(char c) noexcept { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z'); }

  bool take_day(ZoneChange& change) noexcept {
    if (take('M')) {
      const auto month = take_number(12);
      const auto week = month && take('.') ? take_number(5) : std::nullopt;
      const auto day = week && take('.') ? take_number(6) : std::nullopt;
      if (!day || *month == 0 || *week == 0) return false;
      change.month = *month, change.week = *week, change.day = *day;
      return true;
    }
    const bool julian = take('J');
    change.kind = julian ? ZoneChange::Kind::julian : ZoneChange::Kind::day_of_year;
    const auto day = take_number(365);
    if (!day || (julian && *day == 0)) return false;
    change.day = *day;
    return true;
  }

  std::string_view text_;
};

}  // namespace

std::int64_t ZoneChange::in_year(std::int64_t year) const noexcept {
  const std::int64_t first = day_of(Civil{year, 1, 1});
  std::int64_t date = 0;
  if (kind == Kind::weekday) {
    const std::int64_t begin = day_of(Civil{year, month, 1});
    const std::int64_t weekday = ((begin + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
    date = begin + (day - weekday + 7) % 7 + (week - 1) * 7;
    if (date >= begin + days_in_month(year, month)) date -= 7;  // week 5: the last
  } else if (kind == Kind::julian) {
    date = first + day - 1 + (is_leap(year) && day >= 60 ? 1 : 0);  // no 29 February is counted
  } else {
    date = first + day;
  }
  return date * 86'400 + seconds;
}

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) noexcept {
  RuleReader reader{text};
  if (!reader.take_name()) return std::nullopt;
  const auto standard = reader.take_time(24);  // west of UTC
  if (!standard) return std::nullopt;
  ZoneRule rule;
  rule.standard = -*standard;
  if (reader.at_end()) return rule;
  Summer summer;
  summer.offset = rule.standard + 3600;
  RuleReader named = reader;
  if (!named.take_name()) return std::nullopt;
  RuleReader timed = named;
  if (const auto offset = timed.take_time(24)) {
    summer.offset = -*offset;
    named = timed;
  }
  const auto begin = named.take_change();
  const auto end = begin ? named.take_change() : std::nullopt;
  if (!end || !named.at_end()) return std::nullopt;
  summer.begin = *begin, summer.end = *end;
  rule.summer = summer;
  return rule;
}

}  // namespace customerhealth
