#include "customerhealth/common/time_pattern.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "customerhealth/common/civil.hpp"

namespace customerhealth {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames{"january",   "february", "march",    "april",
                                                       "may",       "june",     "july",     "august",
                                                       "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kDayNames{"monday", "tuesday",  "wednesday", "thursday",
                                                    "friday", "saturday", "sunday"};

bool is_decimal_digit(char c) noexcept { return '0' <= c && c <= '9'; }
bool is_blank_char(char c) noexcept { return c == ' ' || ('\t' <= c && c <= '\r'); }

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && is_blank_char(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank_char(text.back())) text.remove_suffix(1);
  return text;
}

/// Directives that stand for others.
std::string_view written_out(char directive) noexcept {
  switch (directive) {
    case 'T':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    case 'D':
      return "%m/%d/%y";
    case 'F':
      return "%Y-%m-%d";
    default:
      return "";
  }
}

constexpr std::string_view kDirectives = "YymdeHIMSfjpbBhaAzZ";

/// How many digits a directive takes at least and at most, and what they say.
struct DigitRange {
  std::size_t least, most;
  int low, high;
};
DigitRange digits_of(char directive) noexcept {
  switch (directive) {
    case 'Y':
      return {4, 4, 1, 9999};
    case 'y':
      return {2, 2, 0, 99};
    case 'm':
      return {1, 2, 1, 12};
    case 'd':
    case 'e':
      return {1, 2, 1, 31};
    case 'H':
      return {1, 2, 0, 23};
    case 'I':
      return {1, 2, 1, 12};
    case 'j':
      return {1, 3, 1, 366};
    case 'f':
      return {1, 9, 0, 999'999'999};
    default:
      return {1, 2, 0, 59};
  }
}

/// Whether `text` begins with the word or its first three letters; how long that is.
std::size_t starts_with_name(std::string_view text, std::string_view name, bool whole) noexcept {
  const auto same = [&](std::size_t count) {
    if (text.size() < count) return false;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = 'A' <= text[i] && text[i] <= 'Z' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
      if (c != name[i]) return false;
    }
    return true;
  };
  const std::size_t length = whole ? name.size() : 3;
  return same(length) ? length : 0;
}

}  // namespace

struct TimePattern::Fields {
  int year = 1970, month = 1, day = 1, day_of_year = 0, hour = 0, minute = 0, second = 0, half = -1;
  std::int64_t micros = 0;
  std::optional<Micros> offset;

  void set(char directive, int value, std::size_t digits) noexcept {
    switch (directive) {
      case 'Y':
        year = value;
        break;
      case 'y':
        year = value + (value < 69 ? 2000 : 1900);  // as POSIX has it
        break;
      case 'm':
        month = value;
        break;
      case 'd':
      case 'e':
        day = value;
        break;
      case 'H':
      case 'I':
        hour = value;
        break;
      case 'M':
        minute = value;
        break;
      case 'S':
        second = value;
        break;
      case 'j':
        day_of_year = value;
        break;
      default: {
        std::int64_t nanos = value;
        for (std::size_t i = digits; i < 9; ++i) nanos *= 10;
        micros = nanos / 1000;
      }
    }
  }

  [[nodiscard]] std::optional<Written> time() const noexcept {
    std::int64_t date = 0;
    if (day_of_year > 0) {
      if (day_of_year == 366 && !is_leap(year)) return std::nullopt;
      date = day_of(Civil{year, 1, 1}) + day_of_year - 1;
    } else {
      if (day > days_in_month(year, month)) return std::nullopt;
      date = day_of(Civil{year, month, day});
    }
    const int hours = half < 0 ? hour : hour % 12 + 12 * half;
    const std::int64_t seconds = ((date * 24 + hours) * 60 + minute) * 60 + second;
    return Written{Micros{seconds * 1'000'000 + micros}, offset};
  }
};

std::optional<TimePattern> TimePattern::parse(std::string_view text, std::string& problem) {
  TimePattern out;
  std::string spelled;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_directive = text[i] == '%' && i + 1 < text.size();
    const std::string_view longer = is_directive ? written_out(text[i + 1]) : "";
    spelled += longer.empty() ? std::string{text.substr(i, is_directive ? 2 : 1)} : std::string{longer};
    i += is_directive ? 1 : 0;
  }
  for (std::size_t i = 0; i < spelled.size(); ++i) {
    if (spelled[i] != '%') {
      const bool blank = is_blank_char(spelled[i]);
      if (blank && out.pieces_.ends_with(' ')) continue;
      out.pieces_ += blank ? std::string{" "} : std::string{'\0', spelled[i]};
      continue;
    }
    const char directive = ++i < spelled.size() ? spelled[i] : '\0';
    if (directive == '%') {
      out.pieces_ += std::string{'\0', '%'};
    } else if (directive != '\0' && kDirectives.find(directive) != std::string_view::npos) {
      out.pieces_ += directive;
    } else {
      problem = "strptime has no %" + std::string(directive == '\0' ? 0 : 1, directive) +
                "; there are %Y %y %m %d %e %b %B %j %H %I %p %M %S %f %z %Z %a %A %F %T %D %R %%";
      return std::nullopt;
    }
  }
  const auto has = [&](std::string_view some) {
    for (std::size_t i = 0; i < out.pieces_.size(); ++i) {
      if (out.pieces_[i] == '\0') {
        ++i;
      } else if (some.find(out.pieces_[i]) != std::string_view::npos) {
        return true;
      }
    }
    return false;
  };
  if (!has("Yy")) return problem = "it says no year: %Y or %y", std::nullopt;
  if (!has("mbBhj")) return problem = "it says no month: %m, %b or %B, or %j", std::nullopt;
  if (has("I") && !has("p"))
    return problem = "%I is an hour of a half day, which %p names; %H is one of 24", std::nullopt;
  out.step_ = has("f")    ? Micros{1}
              : has("S")  ? Micros{std::chrono::seconds{1}}
              : has("M")  ? Micros{std::chrono::minutes{1}}
              : has("HI") ? Micros{std::chrono::hours{1}}
                          : Micros{std::chrono::days{1}};
  return out;
}

bool TimePattern::match(std::size_t piece, std::string_view text, Fields& fields) const noexcept {
  if (piece == pieces_.size()) return text.empty();
  const char directive = pieces_[piece];
  switch (directive) {
    case '\0':
      return text.starts_with(pieces_[piece + 1]) && match(piece + 2, text.substr(1), fields);
    case ' ': {
      std::size_t blanks = 0;
      while (blanks < text.size() && is_blank_char(text[blanks])) ++blanks;
      return blanks > 0 && match(piece + 1, text.substr(blanks), fields);
    }
    case 'b':
    case 'B':
    case 'h':
    case 'a':
    case 'A':
    case 'p':
      return match_word(piece, text, fields);
    case 'z':
    case 'Z':
      return match_offset(piece, text, fields);
    default:
      return match_number(piece, text, fields);
  }
}

/// As many digits as fit; fewer where what follows would not fit then.
bool TimePattern::match_number(std::size_t piece, std::string_view text, Fields& fields) const noexcept {
  const char directive = pieces_[piece];
  const DigitRange digits = digits_of(directive);
  if (directive == 'e' && text.starts_with(' ')) text.remove_prefix(1);
  std::size_t count = 0;
  while (count < text.size() && count < digits.most && is_decimal_digit(text[count])) ++count;
  for (; count >= digits.least && count > 0; --count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text[i] - '0');
    if (value < digits.low || digits.high < value) continue;
    Fields tried = fields;
    tried.set(directive, value, count);
    if (!match(piece + 1, text.substr(count), tried)) continue;
    fields = tried;
    return true;
  }
  return false;
}

bool TimePattern::match_word(std::size_t piece, std::string_view text, Fields& fields) const noexcept {
  const char directive = pieces_[piece];
  if (directive == 'p') {
    constexpr std::array<std::string_view, 4> kHalves{"am", "pm", "a.m.", "p.m."};
    for (std::size_t h = 0; h < kHalves.size(); ++h) {
      if (starts_with_name(text, kHalves[h], true) == 0) continue;
      Fields tried = fields;
      tried.half = static_cast<int>(h % 2);
      if (match(piece + 1, text.substr(kHalves[h].size()), tried)) return fields = tried, true;
    }
    return false;
  }
  const bool is_month = directive != 'a' && directive != 'A';
  const std::span<const std::string_view> names =
      is_month ? std::span<const std::string_view>{kMonthNames} : std::span<const std::string_view>{kDayNames};
  for (const bool whole : {true, false}) {
    for (std::size_t n = 0; n < names.size(); ++n) {
      const std::size_t length = starts_with_name(text, names[n], whole);
      if (length == 0) continue;
      Fields tried = fields;
      if (is_month) tried.month = static_cast<int>(n) + 1;
      if (match(piece + 1, text.substr(length), tried)) return fields = tried, true;
    }
  }
  return false;
}

/// +02:00, +0200, +02, Z; %Z: UTC, GMT or Z.
bool TimePattern::match_offset(std::size_t piece, std::string_view text, Fields& fields) const noexcept {
  for (const std::string_view word : {"utc", "gmt", "z"}) {
    if ((word == "z" || pieces_[piece] == 'Z') && starts_with_name(text, word, true) > 0) {
      Fields tried = fields;
      tried.offset = Micros{0};
      if (match(piece + 1, text.substr(word.size()), tried)) return fields = tried, true;
    }
  }
  if (pieces_[piece] == 'Z' || text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const auto two = [&](std::size_t at) {
    const bool good = at + 1 < text.size() && is_decimal_digit(text[at]) && is_decimal_digit(text[at + 1]);
    return good ? (text[at] - '0') * 10 + (text[at + 1] - '0') : -1;
  };
  const int hours = two(1);
  if (hours < 0 || hours > 26) return false;
  for (const std::size_t at : {std::size_t{4}, std::size_t{3}, std::size_t{0}}) {  // of the minutes; 0: there are none
    if (at == 4 && (text.size() < 4 || text[3] != ':')) continue;
    const int minutes = at == 0 ? 0 : two(at);
    if (minutes < 0 || minutes > 59) continue;
    Fields tried = fields;
    const Micros size = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    tried.offset = text.front() == '-' ? -size : size;
    if (match(piece + 1, text.substr(at == 0 ? 3 : at + 2), tried)) return fields = tried, true;
  }
  return false;
}

std::optional<TimePattern::Written> TimePattern::read(std::string_view text) const noexcept {
  Fields fields;
  if (!match(0, without_blanks(text), fields)) return std::nullopt;
  return fields.time();
}

std::string TimePattern::example() const {
  std::string out;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    switch (pieces_[i]) {
      case '\0':
        out += pieces_[++i];
        break;
      case 'Y':
        out += "2026";
        break;
      case 'y':
        out += "26";
        break;
      case 'm':
        out += "07";
        break;
      case 'd':
      case 'e':
        out += "31";
        break;
      case 'b':
      case 'h':
        out += "Jul";
        break;
      case 'B':
        out += "July";
        break;
      case 'a':
        out += "Fri";
        break;
      case 'A':
        out += "Friday";
        break;
      case 'j':
        out += "212";
        break;
      case 'H':
        out += "23";
        break;
      case 'I':
        out += "11";
        break;
      case 'p':
        out += "PM";
        break;
      case 'M':
        out += "59";
        break;
      case 'S':
        out += "58";
        break;
      case 'f':
        out += "123456";
        break;
      case 'z':
        out += "+0200";
        break;
      case 'Z':
        out += "UTC";
        break;
      default:
        out += pieces_[i];
    }
  }
  return out;
}

}  // namespace customerhealth
