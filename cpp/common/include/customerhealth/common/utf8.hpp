#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace customerhealth {

/// The length in bytes of the UTF-8 sequence that begins `text`; 0 where none does (overlong forms, surrogates, a
/// sequence that is cut short, an empty text).
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// The first byte that belongs to no UTF-8 sequence; npos: all do.
[[nodiscard]] std::size_t find_not_utf8(std::string_view text) noexcept;

/// What an error says of a text that is no UTF-8, its bytes escaped.
[[nodiscard]] std::string words_for_not_utf8(std::string_view text);

}  // namespace customerhealth
