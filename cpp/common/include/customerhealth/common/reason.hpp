#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace customerhealth {

/// Why a value is missing; `none` stands beside a value that is there.
enum class Reason : std::uint8_t {
  none,
  never,           // the account has no visible row in the table
  silent,          // it has, but none counts here
  stale,           // the table (or the metric) has nothing new enough
  too_young,       // not enough history yet
  too_few,         // fewer rows than asked for
  open,            // an end that has not come
  undefined,       // arithmetic: x / 0, overflow
  not_applicable,  // the measure or score does not concern this account
  out_of_range,    // beyond the last band, an unlisted label
  few_peers,       // fewer peers than asked for
  coverage,        // too little of a score's weight has points
};

[[nodiscard]] std::string_view to_string(Reason reason) noexcept;
/// Nothing when the text names no reason; `none` has no name.
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view text) noexcept;
inline constexpr Reason kLastReason = Reason::coverage;

}  // namespace customerhealth
