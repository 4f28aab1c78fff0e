#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "customerhealth/common/instant.hpp"

/// Values as texts, in the way of Python's format specifications (format(value, spec)): for numbers
/// `[[fill]align][sign][0][width][,_][.precision][eEfFgG%]`, for texts `[[fill]align][width][.precision][s]`, for
/// instants a pattern of strftime with %Y %y %m %d %H %M %S %b %B %a %A %j %%.
namespace customerhealth {

enum class FormatOf : std::uint8_t { number, text, instant };

/// What is wrong with a format; nothing: it fits.
[[nodiscard]] std::optional<std::string> problem_with_format(std::string_view format, FormatOf of);

// With formats that fit; an empty one gives the shortest text that reads back as the same number, the text itself, the
// date at midnight.
[[nodiscard]] std::string format_number(double value, std::string_view format);
[[nodiscard]] std::string format_text(std::string_view value, std::string_view format);
[[nodiscard]] std::string format_instant(Instant value, std::string_view format);

}  // namespace customerhealth
