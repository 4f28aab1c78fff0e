#include "customerhealth/common/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "customerhealth/common/civil.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth {
namespace {

constexpr std::int32_t kMostWidth = 1000, kMostPrecision = 100;

struct Spec {
  std::string fill = " ";  // one character, in UTF-8
  char align = 0;          // < > ^ =; 0: as the kind of value does
  char sign = '-';
  std::int32_t width = 0;
  char grouping = 0;            // , or _
  std::int32_t precision = -1;  // -1: none
  char type = 0;                // 0: none
};

bool is_digit(char c) noexcept { return '0' <= c && c <= '9'; }

/// How many bytes the character that begins there has.
std::size_t character(std::string_view text) noexcept {
  std::size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) ++bytes;
  return bytes;
}

/// Reads a specification from left to right; nothing where it is none.
class SpecReader {
 public:
  explicit SpecReader(std::string_view text) : text_{text} {}

  [[nodiscard]] std::optional<Spec> read() {
    Spec spec;
    alignment(spec);
    if (is_any("+- ")) spec.sign = take();
    if (is_any("0") && !has_fill_) {
      spec.fill = take();
      if (spec.align == 0) spec.align = '=';
    }
    spec.width = number(kMostWidth, 0);
    if (is_any(",_")) spec.grouping = take();
    if (is_any(".")) {
      take();
      if (text_.empty() || !is_digit(text_.front())) return std::nullopt;
      spec.precision = number(kMostPrecision, 0);
    }
    if (!text_.empty()) spec.type = take();
    if (!text_.empty() || spec.width < 0 || spec.precision < -1) return std::nullopt;
    return spec;
  }

 private:
  void alignment(Spec& spec) {
    constexpr std::string_view kAligns = "<>^=";
    const std::size_t fill = text_.empty() ? 0 : character(text_);
    if (text_.size() > fill && kAligns.find(text_[fill]) != std::string_view::npos) {
      spec.fill = std::string{text_.substr(0, fill)};
      has_fill_ = true;
      spec.align = text_[fill];
      text_.remove_prefix(fill + 1);
    } else if (is_any(kAligns)) {
      spec.align = take();
    }
  }

  [[nodiscard]] bool is_any(std::string_view of) const noexcept {
    return !text_.empty() && of.find(text_.front()) != std::string_view::npos;
  }
  char take() noexcept {
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  /// -2: more than `most`.
  std::int32_t number(std::int32_t most, std::int32_t none) noexcept {
    std::int32_t value = none;
    while (!text_.empty() && is_digit(text_.front())) {
      value = value < 0 ? value : 10 * value + (take() - '0');
      if (value > most) value = -2;
      if (value < 0) return value;
    }
    return value;
  }

  std::string_view text_;
  bool has_fill_ = false;
};

std::string to_text(double value, std::chars_format how, int precision) {
  std::array<char, 512> buffer{};  // 309 digits before the point and 100 behind it
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, how, precision);
  return {buffer.data(), result.ptr};
}

/// The exponent of the first digit.
int exponent_of(const std::string& scientific) { return std::stoi(scientific.substr(scientific.find('e') + 1)); }

/// "1.500e+02" without the zeros that say nothing: "1.5e+02".
std::string trimmed(std::string scientific) {
  const std::size_t e = scientific.find('e');
  std::size_t end = e;
  if (scientific.find('.') < e) {
    while (scientific[end - 1] == '0') --end;
    if (scientific[end - 1] == '.') --end;
  }
  return scientific.erase(end, e - end);
}

std::string with_point(std::string text) {
  return text.find_first_of(".e") == std::string::npos ? std::move(text) + ".0" : text;
}

/// Python's own way without a type: like str(float), or g with at least one digit behind the point.
std::string without_type(double value, int precision) {
  constexpr int kShortestUntil = 16;
  if (precision < 0) {
    std::array<char, 32> buffer{};
    const auto result =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    std::string scientific{buffer.data(), result.ptr};
    const int exponent = exponent_of(scientific);
    if (value != 0 && (exponent < -4 || exponent >= kShortestUntil)) return scientific;
    std::array<char, 64> fixed{};
    const auto end = std::to_chars(fixed.data(), fixed.data() + fixed.size(), value, std::chars_format::fixed);
    return with_point({fixed.data(), end.ptr});
  }
  const int digits = std::max(precision, 1);
  const std::string scientific = to_text(value, std::chars_format::scientific, digits - 1);
  const int exponent = exponent_of(scientific);
  if (value != 0 && (exponent < -4 || exponent >= digits - 1)) return trimmed(scientific);
  return with_point(to_text(value, std::chars_format::general, digits));
}

/// The digits of the absolute value, before grouping.
std::string digits_of(double value, const Spec& spec) {
  const int precision = spec.precision < 0 ? 6 : spec.precision;
  switch (spec.type) {
    case 'f':
    case 'F':
      return to_text(value, std::chars_format::fixed, precision);
    case '%':
      return std::isfinite(value * 100) ? to_text(value * 100, std::chars_format::fixed, precision) + "%" : "inf%";
    case 'e':
    case 'E':
      return to_text(value, std::chars_format::scientific, precision);
    case 'g':
    case 'G':
      return to_text(value, std::chars_format::general, std::max(precision, 1));
    default:
      return without_type(value, spec.precision);
  }
}

std::string grouped(const std::string& digits, char grouping) {
  if (grouping == 0) return digits;
  const auto whole =
      static_cast<std::size_t>(std::ranges::find_if_not(digits, [](char c) { return is_digit(c); }) - digits.begin());
  std::string out;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) out += grouping;
    out += digits[i];
  }
  return out + digits.substr(whole);
}

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string repeated(const std::string& fill, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += fill;
  return out;
}

std::string padded(std::string_view sign, std::string_view text, const Spec& spec, char align) {
  const std::size_t length = characters(sign) + characters(text);
  const auto width = static_cast<std::size_t>(spec.width);
  const std::size_t gap = width > length ? width - length : 0;
  const std::size_t left = align == '<' ? 0 : align == '^' ? gap / 2 : gap;
  const std::string before = repeated(spec.fill, left), after = repeated(spec.fill, gap - left);
  std::string out;
  if (align == '=') return out.append(sign) + before + std::string{text};
  return out.append(before).append(sign).append(text) + after;
}

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::string_view kPatterns = "YymdHMSbBaAj%";

std::string zero_padded(std::int64_t value, std::size_t digits) {
  std::string text = std::to_string(std::abs(value));
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return value < 0 ? "-" + text : text;
}

/// One instant, taken apart.
struct Clockwork {
  Civil date;
  std::int64_t seconds;  // of the day
  std::size_t weekday;
  std::int64_t day_of_year;

  explicit Clockwork(Instant t)
      : date{civil_of(day_of(t))},
        seconds{time_of_day_of(t) / 1'000'000},
        weekday{static_cast<std::size_t>(day_of(t) + 4 - 7 * floor_divide(day_of(t) + 4, 7))},  // a Thursday was day 0
        day_of_year{day_of(t) - day_of(Civil{date.year, 1, 1}) + 1} {}

  [[nodiscard]] std::string part(char pattern) const {
    switch (pattern) {
      case 'Y':
        return zero_padded(date.year, 4);
      case 'y':
        return zero_padded(date.year - 100 * floor_divide(date.year, 100), 2);
      case 'm':
        return zero_padded(date.month, 2);
      case 'd':
        return zero_padded(date.day, 2);
      case 'H':
        return zero_padded(seconds / 3600, 2);
      case 'M':
        return zero_padded(seconds / 60 % 60, 2);
      case 'S':
        return zero_padded(seconds % 60, 2);
      case 'b':
        return std::string{kMonths[static_cast<std::size_t>(date.month - 1)].substr(0, 3)};
      case 'B':
        return std::string{kMonths[static_cast<std::size_t>(date.month - 1)]};
      case 'a':
        return std::string{kDays[weekday].substr(0, 3)};
      case 'A':
        return std::string{kDays[weekday]};
      case 'j':
        return zero_padded(day_of_year, 3);
      default:
        return "%";
    }
  }
};

std::optional<std::string> problem_with_date(std::string_view format) {
  for (std::size_t i = format.find('%'); i != std::string_view::npos; i = format.find('%', i + 2)) {
    if (i + 1 < format.size() && kPatterns.find(format[i + 1]) != std::string_view::npos) continue;
    return "a date takes %Y %y %m %d %H %M %S %b %B %a %A %j and %%, not '" + std::string{format.substr(i, 2)} + "'";
  }
  if (format.find('%') == std::string_view::npos) return "a date takes a pattern such as '%d %B %Y'";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> problem_with_format(std::string_view format, FormatOf of) {
  if (format.empty()) return std::nullopt;
  if (of == FormatOf::instant) return problem_with_date(format);
  const auto spec = SpecReader{format}.read();
  if (of == FormatOf::text) {
    const bool fits = spec && spec->align != '=' && spec->sign == '-' && format.find('-') == std::string_view::npos &&
                      spec->grouping == 0 && (spec->type == 0 || spec->type == 's');
    return fits ? std::nullopt : std::optional<std::string>{"a text takes a format such as '>10' or '.20'"};
  }
  if (!spec) return "a number takes a format such as '.1f', ',.0f' or '.0%'";
  if (spec->type == 'd' || spec->type == 'n') return "numbers are floats: write '.0f'";
  if (spec->type != 0 && std::string_view{"eEfFgG%"}.find(spec->type) == std::string_view::npos) {
    return "a number takes the types e, E, f, F, g, G and %, not '" + std::string{spec->type} + "'";
  }
  if (spec->grouping != 0 && spec->fill == "0" && spec->align == '=') return "zeros and grouping do not go together";
  return std::nullopt;
}

std::string format_number(double value, std::string_view format) {
  if (format.empty()) return shortest(value);
  const Spec spec = SpecReader{format}.read().value_or(Spec{});
  std::string digits = grouped(digits_of(std::abs(value), spec), spec.grouping);
  if (spec.type == 'E' || spec.type == 'G') {
    std::ranges::replace(digits, 'e', 'E');
  }
  const std::string_view sign = std::signbit(value) ? "-" : spec.sign == '+' ? "+" : spec.sign == ' ' ? " " : "";
  return padded(sign, digits, spec, spec.align == 0 ? '>' : spec.align);
}

std::string format_text(std::string_view value, std::string_view format) {
  const Spec spec = SpecReader{format}.read().value_or(Spec{});
  std::size_t end = 0;
  for (std::int32_t left = spec.precision; end < value.size() && left != 0; --left) {
    end += character(value.substr(end));
  }
  return padded("", value.substr(0, end), spec, spec.align == 0 ? '<' : spec.align);
}

std::string format_instant(Instant value, std::string_view format) {
  if (format.empty()) return to_string(value);
  const Clockwork clock{value};
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size())
      out += clock.part(format[++i]);
    else
      out += format[i];
  }
  return out;
}

}  // namespace customerhealth
