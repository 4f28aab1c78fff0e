#include "customerhealth/common/utf8.hpp"

#include <cstdint>
#include <cstring>
#include <string>

namespace customerhealth {

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80U, unsigned high = 0xBFU) {
    return low <= at(i) && at(i) <= high;
  };
  const unsigned lead = at(0);
  if (lead < 0x80U) return 1;
  if (0xC2U <= lead && lead <= 0xDFU) return follows(1) ? 2 : 0;
  if (0xE0U <= lead && lead <= 0xEFU) {
    return follows(1, lead == 0xE0U ? 0xA0U : 0x80U, lead == 0xEDU ? 0x9FU : 0xBFU) && follows(2) ? 3 : 0;
  }
  if (lead < 0xF0U || lead > 0xF4U) return 0;
  return follows(1, lead == 0xF0U ? 0x90U : 0x80U, lead == 0xF4U ? 0x8FU : 0xBFU) && follows(2) && follows(3) ? 4 : 0;
}

std::size_t find_not_utf8(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t eight = kHighBits;
    if (text.size() - i >= sizeof eight) std::memcpy(&eight, text.data() + i, sizeof eight);
    if ((eight & kHighBits) == 0) {
      i += sizeof eight;
      continue;
    }
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

namespace {

/// At most so many bytes of a text that is no UTF-8 are shown.
constexpr std::size_t kMostBytesShown = 40;

std::string with_escapes(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, kMostBytesShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20U && byte < 0x7FU) {
      out += c;
    } else {
      out += "\\x";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return text.size() > kMostBytesShown ? out + "…" : out;
}

}  // namespace

std::string words_for_not_utf8(std::string_view text) {
  return "this text is not UTF-8: \"" + with_escapes(text) +
         "\"; was it written as Latin-1 or Windows-1252? Decode it as what it is";
}

}  // namespace customerhealth
