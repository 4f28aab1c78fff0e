#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/instant.hpp"

namespace customerhealth {

/// The clocks of a zone of the IANA database over all time: its transitions and, after the last of them, its rule.
class Zone {
 public:
  /// How often a time stands on the clocks of a zone.
  enum class Standing : std::uint8_t { once, twice, never };
  struct Reading {
    Instant instant;
    Standing standing = Standing::once;
  };

  /// Reads TZif (RFC 8536), any version. Throws Error when the bytes contradict themselves.
  [[nodiscard]] static Zone parse(std::string_view bytes);

  /// The instant at which clocks show `local`, microseconds since 1970-01-01 00:00 on them: the first where they do
  /// twice; the instant at which they jump where they never do.
  [[nodiscard]] Reading to_instant(Micros local) const noexcept;
  /// What clocks show, in the same way.
  [[nodiscard]] Micros to_local(Instant instant) const noexcept;

 private:
  friend class ZoneReader;

  /// Clocks differ from UTC by `offset` from `begin` to the next one's begin, all in seconds.
  struct Span {
    std::int64_t begin, offset;
  };
  [[nodiscard]] std::size_t span_at(std::int64_t seconds) const noexcept;

  std::vector<Span> spans_;        // ascending; the first one begins before all instants
  bool repeats_ = false;           // the last 400 years of spans come again and again
  std::int64_t repeats_from_ = 0;  // where they begin
};

/// Where the clocks of zones come from.
class ZoneLibrary {
 public:
  virtual ~ZoneLibrary() = default;
  /// TZif; nothing for a name that is no zone's.
  [[nodiscard]] virtual std::optional<std::string> read(const std::string& name) const = 0;
  /// What zones there are, for messages.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;
};

/// The files of the operating system.
[[nodiscard]] const ZoneLibrary& system_zones();

}  // namespace customerhealth
