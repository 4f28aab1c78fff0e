#include "customerhealth/common/civil.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth {
namespace {

/// Reads a text from the left; what does not fit makes it bad for good.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : rest_{text} {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool at_digit() const noexcept { return !rest_.empty() && '0' <= rest_[0] && rest_[0] <= '9'; }

  bool skip(char c) noexcept {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) noexcept { good_ = skip(c) && good_; }

  /// Exactly that many digits, at least `low` and at most `high`.
  int number(int digits, int low, int high) noexcept {
    int value = 0;
    for (int i = 0; i < digits; ++i) {
      if (!at_digit()) return fail();
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return low <= value && value <= high ? value : fail();
  }

  /// Digits after the point, as microseconds; finer ones are cut off, which floors.
  std::int64_t fraction() noexcept {
    if (!at_digit()) return fail();
    std::int64_t micros = 0;
    for (std::int64_t unit = 100'000; at_digit(); unit /= 10) {
      micros += unit * (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return micros;
  }

 private:
  int fail() noexcept {
    good_ = false;
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

std::int64_t read_day(Reader& reader) noexcept {
  Civil civil{};
  civil.year = reader.number(4, 1, 9999);
  reader.expect('-');
  civil.month = reader.number(2, 1, 12);
  reader.expect('-');
  if (!reader.good()) return 0;
  civil.day = reader.number(2, 1, days_in_month(civil.year, civil.month));
  return day_of(civil);
}

/// hh:mm, hh:mm:ss or hh:mm:ss.ffffff
std::int64_t read_time_of_day(Reader& reader) noexcept {
  std::int64_t seconds = std::int64_t{reader.number(2, 0, 23)} * 3600;
  reader.expect(':');
  seconds += std::int64_t{reader.number(2, 0, 59)} * 60;
  if (!reader.skip(':')) return seconds * 1'000'000;
  seconds += reader.number(2, 0, 59);
  return seconds * 1'000'000 + (reader.skip('.') ? reader.fraction() : 0);
}

/// Nothing (UTC), Z, UTC, +hh:mm, +hhmm or +hh, perhaps after a blank, as BigQuery and Snowflake write them.
std::int64_t read_zone(Reader& reader) noexcept {
  if (reader.at_end()) return 0;
  reader.skip(' ');
  if (reader.skip('Z')) return 0;
  if (reader.skip('U')) {
    reader.expect('T');
    reader.expect('C');
    return 0;
  }
  const bool west = reader.skip('-');
  if (!west) reader.expect('+');
  std::int64_t minutes = std::int64_t{reader.number(2, 0, 23)} * 60;
  if (reader.skip(':') || reader.at_digit()) minutes += reader.number(2, 0, 59);
  return (west ? -minutes : minutes) * 60'000'000;
}

std::string padded(std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

std::string year_text(std::int64_t year) {
  std::string sign = year < 0 ? "-" : year > 9999 ? "+" : "";
  return sign.append(padded(year < 0 ? -year : year, 4));
}

std::string time_text(std::int64_t micros) {
  const std::int64_t seconds = micros / 1'000'000;
  std::string out = padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2);
  if (const std::int64_t rest = micros % 1'000'000; rest != 0) {
    out.append(".").append(padded(rest, 6));
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out;
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) noexcept {
  Reader reader{text};
  const std::int64_t day = read_day(reader);
  std::int64_t micros = 0;
  if (reader.good() && !reader.at_end()) {
    if (!reader.skip(' ')) reader.expect('T');
    micros = read_time_of_day(reader);
    micros -= read_zone(reader);
  }
  if (!reader.good() || !reader.at_end()) return std::nullopt;
  return Instant{Micros{day * kMicrosPerDay + micros}};
}

std::string to_string(Instant t) {
  if (is_missing(t)) return "missing";
  const Civil civil = civil_of(day_of(t));
  std::string out = year_text(civil.year) + "-" + padded(civil.month, 2) + "-" + padded(civil.day, 2);
  const std::int64_t rest = time_of_day_of(t);
  return rest == 0 ? out : out + "T" + time_text(rest) + "Z";
}

}  // namespace customerhealth
