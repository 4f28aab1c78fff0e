#include "json_cursor.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "customerhealth/common/utf8.hpp"

namespace customerhealth::source {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
static_assert(std::endian::native == std::endian::little);

/// The high bit of each byte that is 0; bits above the lowest such byte may be wrong.
constexpr std::uint64_t zero_bytes(std::uint64_t word) noexcept { return (word - kOnes) & ~word & kHighs; }

/// Of eight bytes inside a JSON string the first that is no plain letter: a quote, a backslash, a control character, a
/// byte of a longer sequence. 8: none is.
std::size_t first_odd(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t quotes = zero_bytes(word ^ (kOnes * '"')), slashes = zero_bytes(word ^ (kOnes * '\\'));
  const std::uint64_t controls = (word - kOnes * 0x20) & ~word & kHighs;
  const std::uint64_t odd = quotes | slashes | controls | (word & kHighs);
  return static_cast<std::size_t>(std::countr_zero(odd)) / 8;
}

bool is_digit(char c) noexcept { return '0' <= c && c <= '9'; }

/// Four hexadecimal digits; -1: they are none.
std::int32_t hex4(const char* at) noexcept {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(at, at + 4, value, 16);
  return error == std::errc{} && end == at + 4 && *at != '-' ? value : -1;
}
bool is_high(std::int32_t unit) noexcept { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::int32_t unit) noexcept { return unit >= 0xDC00 && unit < 0xE000; }

void append_utf8(std::int32_t point, std::string& out) {
  const auto push = [&out](std::int32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return push(point);
  if (point < 0x800) {
    push(0xC0 | (point >> 6));
  } else if (point < 0x10000) {
    push(0xE0 | (point >> 12));
    push(0x80 | ((point >> 6) & 0x3F));
  } else {
    push(0xF0 | (point >> 18));
    push(0x80 | ((point >> 12) & 0x3F));
    push(0x80 | ((point >> 6) & 0x3F));
  }
  push(0x80 | (point & 0x3F));
}

char unescaped(char c) noexcept {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // a quote, a backslash, a slash
  }
}

}  // namespace

void append_unescaped(std::string_view content, std::string& out) {
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t slash = std::min(content.find('\\', at), content.size());
    out += content.substr(at, slash - at);
    if (slash == content.size()) return;
    const char c = content[slash + 1];
    at = slash + 2;
    if (c != 'u') {
      out += unescaped(c);
      continue;
    }
    std::int32_t point = hex4(&content[at]);
    at += 4;
    if (is_high(point)) {
      point = 0x10000 + ((point - 0xD800) << 10) + (hex4(&content[at + 2]) - 0xDC00);
      at += 6;
    }
    append_utf8(point, out);
  }
}

bool JsonCursor::key(std::string_view& name, bool& has_escapes) noexcept {
  space();
  if (!take('"')) return false;
  const char* const begin = at_;
  if (!string(has_escapes)) return false;
  name = {begin, static_cast<std::size_t>(at_ - 1 - begin)};
  space();
  return take(':');
}

bool JsonCursor::string(bool& has_escapes) noexcept {
  for (;;) {
    while (end_ - at_ >= 8) {
      const std::size_t odd = first_odd(at_);
      at_ += odd;
      if (odd < 8) break;
    }
    if (at_ == end_) return false;
    const auto c = static_cast<unsigned char>(*at_);
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '\\') {
      has_escapes = true;
      if (!escape()) return false;
    } else if (c < 0x20) {
      return false;
    } else if (c < 0x80) {
      ++at_;
    } else {
      const std::size_t length = utf8_length({at_, static_cast<std::size_t>(end_ - at_)});
      if (length == 0) return false;
      at_ += length;
    }
  }
}

bool JsonCursor::escape() noexcept {
  if (end_ - at_ < 2) return false;
  const char c = at_[1];
  at_ += 2;
  if (c != 'u') return c != '\0' && std::strchr("\"\\/bfnrt", c) != nullptr;
  if (end_ - at_ < 4) return false;
  const std::int32_t unit = hex4(at_);
  at_ += 4;
  if (unit < 0 || is_low(unit)) return false;
  if (!is_high(unit)) return true;
  if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u' || !is_low(hex4(at_ + 2))) return false;
  at_ += 6;
  return true;
}

bool JsonCursor::word(std::string_view wanted) noexcept {
  if (static_cast<std::size_t>(end_ - at_) < wanted.size() || std::string_view{at_, wanted.size()} != wanted)
    return false;
  at_ += wanted.size();
  return true;
}

bool JsonCursor::digits() noexcept {
  const char* const begin = at_;
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return at_ != begin;
}

bool JsonCursor::number(Token::Kind& kind) noexcept {
  kind = Token::Kind::integer;
  take('-');
  if (!take('0') && !digits()) return false;
  if (take('.')) {
    kind = Token::Kind::number;
    if (!digits()) return false;
  }
  if (is_next('e') || is_next('E')) {
    kind = Token::Kind::number;
    ++at_;
    if (!take('+')) take('-');
    return digits();
  }
  return true;
}

bool JsonCursor::scalar(Token& token) noexcept {
  const char* const begin = at_;
  switch (*at_) {
    case '"': {
      ++at_;
      bool has_escapes = false;
      if (!string(has_escapes)) return false;
      token = {begin + 1, static_cast<std::uint32_t>(at_ - begin - 2),
               has_escapes ? Token::Kind::escaped : Token::Kind::text};
      return true;
    }
    case 't':
      token.kind = Token::Kind::yes;
      return word("true");
    case 'f':
      token.kind = Token::Kind::no;
      return word("false");
    case 'n':
      return word("null");
    case 'N':
      return word("NaN");
    default: {
      Token::Kind kind = Token::Kind::absent;
      if (!number(kind)) return false;
      token = {begin, static_cast<std::uint32_t>(at_ - begin), kind};
      return true;
    }
  }
}

bool JsonCursor::skip() {
  const std::size_t base = open_.size();
  std::string_view name;
  bool has_escapes = false;
  Token token;
  for (;;) {
    space();
    if (at_ == end_) return false;
    bool is_open = false;  // a value follows
    if (*at_ == '{') {
      ++at_;
      space();
      if (!take('}')) {
        open_.push_back('}');
        is_open = true;
        if (!key(name, has_escapes)) return false;
      }
    } else if (*at_ == '[') {
      ++at_;
      space();
      if (!take(']')) {
        open_.push_back(']');
        is_open = true;
      }
    } else if (!scalar(token)) {
      return false;
    }
    while (!is_open) {
      if (open_.size() == base) return true;
      space();
      if (at_ == end_) return false;
      const char c = *at_++;
      if (c == ',') {
        is_open = true;
        if (open_.back() == '}' && !key(name, has_escapes)) return false;
      } else if (c == open_.back()) {
        open_.pop_back();
      } else {
        return false;
      }
    }
  }
}

}  // namespace customerhealth::source
