#include "instants.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "customerhealth/arrow/made_chunks.hpp"
#include "customerhealth/common/civil.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/utf8.hpp"

namespace customerhealth::source {
namespace {

using FormatKind = model::InstantFormat::Kind;

std::string_view without_blanks_around(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Nothing where it is out of range.
std::optional<Instant> in_range(Int128 micros) noexcept {
  const Instant instant = saturated(micros);
  return instant == kFirstInstant || instant == kLastInstant ? std::nullopt : std::optional{instant};
}

/// A count of units as microseconds, what is finer floored.
std::optional<Instant> since_1970(Int128 count, std::int64_t per_second) noexcept {
  if (per_second == 0) return in_range(count * kMicrosPerDay);
  if (per_second <= 1'000'000) return in_range(count * (1'000'000 / per_second));
  const Int128 size = per_second / 1'000'000;
  return in_range(count / size - (count % size < 0 ? 1 : 0));
}

/// A double tells no more than 15 digits, so that it stands for the nearest microsecond.
std::optional<Instant> since_1970(double count, std::int64_t per_second) noexcept {
  const double micros =
      per_second == 0 ? count * static_cast<double>(kMicrosPerDay) : count * (1e6 / static_cast<double>(per_second));
  if (!(std::abs(micros) < 0x1p63)) return std::nullopt;
  return in_range(static_cast<Int128>(std::floor(micros + 0.5)));
}

/// Digits, perhaps with a fraction: exactly.
std::optional<Instant> since_1970(std::string_view text, std::int64_t per_second) noexcept {
  const std::size_t point = text.find('.');
  std::int64_t whole = 0;
  const std::string_view digits = text.substr(0, point);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (point == std::string_view::npos) return since_1970(Int128{whole}, per_second);
  Int128 part = 0, unit = 1;
  for (const char c : text.substr(point + 1)) {
    if (c < '0' || '9' < c) return std::nullopt;
    if (unit < Int128{1'000'000'000'000'000}) part = part * 10 + (c - '0'), unit *= 10;
  }
  if (unit == 1) return std::nullopt;
  if (digits.starts_with('-')) part = -part;
  const Int128 micros =
      per_second == 0 ? Int128{kMicrosPerDay} * (whole * unit + part) : Int128{1'000'000} * (whole * unit + part);
  const Int128 size = unit * std::max<std::int64_t>(per_second, 1);
  return in_range(micros / size - (micros % size < 0 ? 1 : 0));
}

/// Whether an ISO text says how far its clock is from UTC.
bool names_offset(std::string_view text) noexcept {
  const auto clock = text.find(':');
  if (clock == std::string_view::npos) return text.ends_with('Z') || text.ends_with('z');
  return text.find_first_of("+-Zz", clock) != std::string_view::npos || text.ends_with("UTC");
}

class Converter {
 public:
  Converter(const arrow::ColumnChunk& chunk, const model::InstantFormat& format) : chunk_{chunk}, format_{format} {
    out_.values = Buffer<Instant>(static_cast<std::size_t>(chunk.rows()));
    std::ranges::fill(out_.values.span(), kMissingInstant);
    if (format.zone != nullptr) out_.standings.assign(out_.values.size(), Zone::Standing::once);
  }

  Converted convert() && {
    switch (chunk_.kind()) {
      case arrow::SourceKind::instant:
        instants();
        break;
      case arrow::SourceKind::text:
        texts();
        break;
      case arrow::SourceKind::integer:
        integers();
        break;
      case arrow::SourceKind::number:
        numbers();
        break;
      default:
        break;
    }
    out_.step = step();
    return std::move(out_);
  }

 private:
  [[nodiscard]] Micros step() const noexcept {
    if (chunk_.kind() == arrow::SourceKind::instant) return chunk_.instant_step();
    if (format_.kind == FormatKind::pattern && format_.pattern) return format_.pattern->step();
    if (format_.kind != FormatKind::unit) return Micros{1};
    if (format_.per_second == 0) return std::chrono::days{1};
    return std::max(Micros{1}, Micros{1'000'000 / format_.per_second});
  }

  void set(std::size_t row, std::optional<Instant> instant) {
    if (!instant) return out_.bad.push_back(static_cast<std::int64_t>(row));
    out_.values[row] = *instant;
    ++out_.fitting;
  }
  /// A time on the clocks of the zone.
  void set_local(std::size_t row, Micros local) {
    if (format_.zone == nullptr) return set(row, in_range(local.count()));
    const Zone::Reading reading = format_.zone->to_instant(local);
    out_.standings[row] = reading.standing;
    set(row, reading.instant);
  }

  void instants() {
    const std::int64_t bad = chunk_.instants(0, out_.values.span());
    const bool naive = format_.zone != nullptr && chunk_.is_naive();
    for (std::size_t i = 0; i < out_.values.size(); ++i) {
      const Instant time = out_.values[i];
      if (is_missing(time)) {
        if (bad >= 0 && static_cast<std::int64_t>(i) == bad) out_.bad.push_back(bad);
      } else if (naive && time != kFirstInstant && time != kLastInstant) {
        set_local(i, time.time_since_epoch());
      } else {
        ++out_.fitting;
      }
    }
  }

  void texts() {
    std::vector<std::string_view> cells(out_.values.size());
    chunk_.texts(0, cells);
    for (std::size_t i = 0; i < cells.size(); ++i) text(i, without_blanks_around(cells[i]));
  }
  void text(std::size_t row, std::string_view cell) {
    if (cell.empty()) return;
    if (format_.kind == FormatKind::unit) return set(row, since_1970(cell, format_.per_second));
    if (format_.kind == FormatKind::pattern) {
      const auto written = format_.pattern->read(cell);
      if (!written) return set(row, std::nullopt);
      if (!written->offset) return set_local(row, written->local);
      return set(row, in_range(Int128{written->local.count()} - written->offset->count()));
    }
    const auto instant = parse_instant(cell);
    if (!instant || names_offset(cell)) return set(row, instant);
    set_local(row, instant->time_since_epoch());
  }

  void integers() {
    std::vector<std::int64_t> values(out_.values.size());
    std::vector<std::uint8_t> valid(values.size());
    chunk_.integers(0, values, valid);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (valid[i] == 0) continue;
      const Int128 value = chunk_.is_unsigned() ? Int128{static_cast<std::uint64_t>(values[i])} : Int128{values[i]};
      if (format_.kind == FormatKind::unit) {
        set(i, since_1970(value, format_.per_second));
      } else {
        text(i, std::to_string(values[i]));  // 20260731
      }
    }
  }

  void numbers() {
    std::vector<double> values(out_.values.size());
    chunk_.numbers(0, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] != values[i]) continue;
      if (format_.kind == FormatKind::unit) {
        set(i, since_1970(values[i], format_.per_second));
      } else {
        text(i, shortest(values[i]));
      }
    }
  }

  const arrow::ColumnChunk& chunk_;
  const model::InstantFormat& format_;
  Converted out_;
};

std::string cell_at(const arrow::ColumnChunk& chunk, std::int64_t row) {
  if (chunk.kind() == arrow::SourceKind::text) {
    std::string_view text;
    chunk.texts(row, {&text, 1});
    return find_not_utf8(text) == std::string_view::npos ? "'" + std::string{text} + "'" : "a text that is no UTF-8";
  }
  double number = kNan;
  if (chunk.kind() != arrow::SourceKind::instant) chunk.numbers(row, {&number, 1});
  return number == number ? shortest(number) : "the time";
}

std::string what_fits(const model::InstantFormat& format) {
  switch (format.kind) {
    case FormatKind::unit:
      return format.per_second == 0
                 ? "a count of days since 1970, as 20665 or 20665.5"
                 : "a count of " + format.text + " since 1970 that fits 64 bits of microseconds, as " + "1785542399" +
                       std::string(format.per_second == 1           ? 0
                                   : format.per_second == 1'000     ? 3
                                   : format.per_second == 1'000'000 ? 6
                                                                    : 9,
                                   '0');
    case FormatKind::pattern:
      return "a time in the pattern " + format.text + ", as " + format.pattern->example();
    case FormatKind::iso:
      break;
  }
  return "an ISO date or time, as 2026-07-31 or 2026-07-31T23:59:58+02:00";
}

}  // namespace

bool can_convert(arrow::SourceKind kind) noexcept {
  return kind != arrow::SourceKind::boolean && kind != arrow::SourceKind::unusable;
}

Converted convert(const arrow::ColumnChunk& chunk, const model::InstantFormat& format) {
  return Converter{chunk, format}.convert();
}

std::string words_for(const arrow::ColumnChunk& chunk, std::int64_t row, const model::InstantFormat& format,
                      bool none_fits) {
  const std::string cell = cell_at(chunk, row);
  return none_fits ? "no cell of this column is " + what_fits(format) + "; the first is " + cell
                   : cell + " is not " + what_fits(format);
}

arrow::ColumnChunk after_days(const arrow::ColumnChunk& chunk, const Zone& zone) {
  Buffer<Instant> values(static_cast<std::size_t>(chunk.rows()));
  static_cast<void>(chunk.instants(0, values.span()));
  constexpr Instant kFarOff{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};
  for (Instant& end : values.span()) {
    if (is_missing(end) || end == kFirstInstant || end >= kFarOff) continue;
    const Micros day = std::chrono::floor<std::chrono::days>(Instant{zone.to_local(end)}).time_since_epoch();
    end = zone.to_instant(day + std::chrono::days{1}).instant;
  }
  return arrow::instant_chunk(std::move(values));
}

}  // namespace customerhealth::source
