#include "customerhealth/common/zone.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "customerhealth/common/civil.hpp"
#include "customerhealth/common/errors.hpp"
#include "zone_rule.hpp"

namespace customerhealth {

constexpr std::int64_t kZoneBegins = std::numeric_limits<std::int64_t>::min() / 4;
/// The calendar repeats after 400 years, to the weekday.
constexpr std::int64_t kCycle = std::int64_t{146'097} * 86'400;
/// No clock is further from UTC; TZif allows 26 hours.
constexpr std::int64_t kMostOffset = 26 * 3600;

/// Reads a TZif file.
class ZoneReader {
 public:
  explicit ZoneReader(std::string_view bytes) : bytes_{bytes} {}

  Zone read() {
    const char version = take_header();
    if (version == 0) {
      take_block<std::int32_t>(true);
    } else {
      take_block<std::int32_t>(false);
      take_header();
      take_block<std::int64_t>(true);
      take_footer();
    }
    return std::move(zone_);
  }

 private:
  [[noreturn]] static void fail(const std::string& what) { throw Error{"a malformed TZif file: " + what}; }

  std::string_view take(std::size_t count) {
    if (bytes_.size() < count) fail("it is cut off");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  template <class T>
  static T number(std::string_view bytes, std::size_t index) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = value << 8 | static_cast<unsigned char>(bytes[index * sizeof(T) + i]);
    }
    return static_cast<T>(value);
  }

  /// Returns the version, 0 for 1.
  char take_header() {
    const std::string_view header = take(44);
    if (!header.starts_with("TZif")) fail("it does not begin with TZif");
    const std::string_view counts = header.substr(20);
    for (std::size_t i = 0; i < 6; ++i) counts_[i] = number<std::uint32_t>(counts, i);
    return header[4];
  }

  template <class Time>
  void take_block(bool is_used) {
    const auto& [ut, standard, leaps, times, types, letters] = counts_;
    if (types == 0) fail("it has no type of time");
    if (leaps != 0) fail("it counts leap seconds, which no instant does");
    const std::string_view at = take(times * sizeof(Time));
    const std::string_view kinds = take(times);
    const std::string_view infos = take(types * std::size_t{6});
    static_cast<void>(take(letters));
    static_cast<void>(take(standard));
    static_cast<void>(take(ut));
    if (!is_used) return;
    const auto offset_of = [&](std::size_t type) {
      if (type >= types) fail("a transition leads to a type that is not there");
      const std::int64_t offset = number<std::int32_t>(infos.substr(type * 6, 4), 0);
      if (offset < -kMostOffset || kMostOffset < offset) fail("a clock is more than 26 hours off");
      return offset;
    };
    zone_.spans_.push_back({kZoneBegins, offset_of(0)});
    for (std::size_t i = 0; i < times; ++i) {
      const std::int64_t begin = number<Time>(at, i);
      if (i > 0 && begin <= zone_.spans_.back().begin) fail("its transitions do not ascend");
      const std::int64_t offset = offset_of(static_cast<unsigned char>(kinds[i]));
      if (begin > kZoneBegins) zone_.spans_.push_back({begin, offset});
    }
  }

  void take_footer() {
    if (!bytes_.starts_with('\n') || bytes_.size() < 2 || !bytes_.ends_with('\n')) fail("its rule is not there");
    const std::string_view text = bytes_.substr(1, bytes_.size() - 2);
    if (text.empty()) return;
    const auto rule = ZoneRule::parse(text);
    if (!rule) fail("'" + std::string{text} + "' is no rule");
    if (!rule->summer) {
      if (zone_.spans_.size() == 1) zone_.spans_.push_back({kZoneBegins + 1, rule->standard});
      return;
    }
    repeat(*rule);
  }

  /// The years after the last transition, as many as the calendar needs to come around.
  void repeat(const ZoneRule& rule) {
    const std::int64_t last = std::max<std::int64_t>(zone_.spans_.back().begin, 0);
    const std::int64_t first_year = civil_of(floor_divide(last, 86'400)).year;
    std::vector<Zone::Span> coming;
    for (std::int64_t year = first_year; year <= first_year + 402; ++year) {
      coming.push_back({rule.summer->begin.in_year(year) - rule.standard, rule.summer->offset});
      coming.push_back({rule.summer->end.in_year(year) - rule.summer->offset, rule.standard});
    }
    std::ranges::stable_sort(coming, {}, &Zone::Span::begin);
    for (const Zone::Span& span : coming) {
      if (span.begin > zone_.spans_.back().begin || (span.begin == zone_.spans_.back().begin && span.begin > last)) {
        zone_.spans_.push_back(span);
      }
    }
    zone_.repeats_ = true;
    zone_.repeats_from_ = last + 400 * std::int64_t{86'400};  // past the first change of the rule
  }

  std::string_view bytes_;
  std::array<std::uint32_t, 6> counts_{};
  Zone zone_;
};

namespace {

/// So many cycles lie between an instant and one that the spans reach.
std::int64_t cycles_after(std::int64_t seconds, std::int64_t from) noexcept {
  return seconds < from + kCycle ? 0 : (seconds - from) / kCycle;
}

}  // namespace

Zone Zone::parse(std::string_view bytes) { return ZoneReader{bytes}.read(); }

std::size_t Zone::span_at(std::int64_t seconds) const noexcept {
  const auto after = std::ranges::upper_bound(spans_, seconds, {}, &Span::begin);
  return static_cast<std::size_t>(after - spans_.begin()) - 1;
}

Zone::Reading Zone::to_instant(Micros local) const noexcept {
  const std::int64_t given = local.count();
  std::int64_t seconds = floor_divide(given, 1'000'000);
  const std::int64_t micros = given - seconds * 1'000'000;
  const std::int64_t cycles = repeats_ ? cycles_after(seconds, repeats_from_) : 0;
  seconds -= cycles * kCycle;
  const auto instant = [&](std::int64_t utc, std::int64_t rest) {
    return saturated(Int128{utc + cycles * kCycle} * 1'000'000 + rest);
  };
  Reading out{Instant{}, Standing::never};
  std::size_t jump = 0;
  for (std::size_t i = span_at(seconds - 2 * kMostOffset); i < spans_.size(); ++i) {
    const Span& span = spans_[i];
    if (i > 0 && span.begin > seconds + kMostOffset) break;
    const bool has_ended = i + 1 < spans_.size() && seconds >= spans_[i + 1].begin + span.offset;
    if (has_ended) continue;
    if (i > 0 && seconds < span.begin + span.offset) {
      if (jump == 0) jump = i;  // clocks have passed this time before they came to it
      continue;
    }
    if (out.standing == Standing::once) return {out.instant, Standing::twice};
    out = {instant(seconds - span.offset, micros), Standing::once};
  }
  if (out.standing == Standing::never) out.instant = instant(spans_[jump].begin, 0);
  return out;
}

Micros Zone::to_local(Instant when) const noexcept {
  const std::int64_t given = when.time_since_epoch().count();
  std::int64_t seconds = floor_divide(given, 1'000'000);
  if (repeats_) seconds -= cycles_after(seconds, repeats_from_) * kCycle;
  const std::int64_t offset = spans_[span_at(seconds)].offset;
  return saturated(Int128{given} + Int128{offset} * 1'000'000).time_since_epoch();
}

}  // namespace customerhealth
