#include "json_scanner.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace customerhealth::records {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101ULL, kHighs = 0x8080808080808080ULL;

/// A high bit in each byte that is below n; a higher byte than the first one may bear one by mistake.
constexpr std::uint64_t below(std::uint64_t eight, std::uint64_t n) noexcept {
  return (eight - kOnes * n) & ~eight & kHighs;
}
constexpr std::uint64_t equal(std::uint64_t eight, char c) noexcept {
  return below(eight ^ (kOnes * static_cast<std::uint8_t>(c)), 1);
}

bool is_digit(char c) noexcept { return '0' <= c && c <= '9'; }

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if ('a' <= c && c <= 'f') return c - 'a' + 10;
  if ('A' <= c && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto byte = [&](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      byte(0xE0 | (code >> 12));
    } else {
      byte(0xF0 | (code >> 18));
      byte(0x80 | ((code >> 12) & 0x3F));
    }
    byte(0x80 | ((code >> 6) & 0x3F));
  }
  byte(0x80 | (code & 0x3F));
}

/// The four digits after \u; -1 where they are none.
std::int32_t read_hex(std::string_view digits) noexcept {
  if (digits.size() < 4) return -1;
  std::int32_t code = 0;
  for (const char c : digits.substr(0, 4)) {
    const int digit = hex_digit(c);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

}  // namespace

void JsonScanner::blanks() noexcept {
  for (; at_ != end_; ++at_) {
    if (*at_ == '\n') {
      ++line_;
    } else if (*at_ == '\r') {
      if (at_ + 1 == end_ || at_[1] != '\n') ++line_;
    } else if (*at_ != ' ' && *at_ != '\t') {
      return;
    }
  }
}

JsonScanner::Text JsonScanner::text() {
  const char* const quote = at_++;
  const char* const begin = at_;
  Text out;
  std::uint64_t high = 0;
  while (true) {
    while (end_ - at_ >= 8) {  // eight bytes at a time, up to one that means something
      std::uint64_t eight = 0;
      std::memcpy(&eight, at_, 8);
      if ((below(eight, 0x20) | equal(eight, '"') | equal(eight, '\\')) != 0) break;
      high |= eight;
      at_ += 8;
    }
    const char* const stop_looking = end_ - at_ < 8 ? end_ : at_ + 8;
    while (at_ != stop_looking && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) {
      high |= static_cast<std::uint64_t>(static_cast<unsigned char>(*at_++));
    }
    if (at_ == end_) stop_at(quote, "a text is never closed");
    if (*at_ == '"') break;
    if (*at_ == '\\') {
      out.has_escapes = true;
      if (++at_ == end_) stop_at(quote, "a text is never closed");
      if (*at_ == 'u') {
        if (read_hex({at_ + 1, end_}) < 0) stop("expected four hexadecimal digits after \\u");
      } else if (std::strchr("\"\\/bfnrt", *at_) == nullptr || *at_ == '\0') {
        stop("expected one of \" \\ / b f n r t u after a backslash");
      }
      ++at_;
    } else if (static_cast<unsigned char>(*at_) < 0x20) {
      stop(*at_ == '\n' || *at_ == '\r' ? "a line break inside a text: it is never closed, or written as \\n"
                                        : "a control character inside a text; it is written as \\u00..");
    }
  }
  out.raw = {begin, at_++};
  out.has_high_bytes = (high & kHighs) != 0;
  return out;
}

JsonScanner::Text JsonScanner::name() {
  blanks();
  if (peek() != '"') expected("a name in double quotes");
  const Text out = text();
  blanks();
  if (!skip(':')) expected("a colon after the name");
  blanks();
  return out;
}

JsonKind JsonScanner::number() {
  const char* const begin = at_;
  skip('-');
  if (!is_digit(peek())) stop_at(begin, "expected a digit after the minus");
  if (skip('0')) {
    if (is_digit(peek())) stop_at(begin, "a number with a zero before it");
  }
  while (is_digit(peek())) ++at_;
  JsonKind kind = JsonKind::integer;
  if (skip('.')) {
    kind = JsonKind::real;
    if (!is_digit(peek())) stop_at(begin, "expected a digit after the point");
    while (is_digit(peek())) ++at_;
  }
  if (skip('e') || skip('E')) {
    kind = JsonKind::real;
    if (!skip('+')) skip('-');
    if (!is_digit(peek())) stop_at(begin, "expected a digit in the exponent");
    while (is_digit(peek())) ++at_;
  }
  return kind;
}

bool JsonScanner::word(std::string_view word) noexcept {
  if (static_cast<std::size_t>(end_ - at_) < word.size() || std::string_view{at_, word.size()} != word) return false;
  at_ += word.size();
  return true;
}

std::optional<JsonKind> JsonScanner::scalar() {
  if (peek() == '"') return text(), JsonKind::text;
  if (is_digit(peek()) || (peek() == '-' && at_ + 1 != end_ && at_[1] != 'I')) return number();
  if (word("true") || word("false")) return JsonKind::boolean;
  if (word("null") || word("NaN")) return std::nullopt;
  if (peek() == 'I' || peek() == '-') stop("Infinity is no number of JSON; what has no end is null");
  expected("a value");
}

std::optional<JsonKind> JsonScanner::value() {
  blanks();
  const char first = peek();
  if (first != '{' && first != '[') return scalar();
  open_.clear();
  while (true) {
    blanks();
    if (skip('{')) {
      blanks();
      if (!skip('}')) {
        open_.push_back('}');
        name();
        continue;
      }
    } else if (skip('[')) {
      blanks();
      if (!skip(']')) {
        open_.push_back(']');
        continue;
      }
    } else {
      scalar();
    }
    while (!open_.empty()) {  // what comes after a value
      blanks();
      if (skip(',')) break;
      if (!skip(open_.back())) expected(open_.back() == '}' ? "a comma or }" : "a comma or ]");
      open_.pop_back();
    }
    if (open_.empty()) return first == '{' ? JsonKind::object : JsonKind::list;
    if (open_.back() == '}') name();
  }
}

void JsonScanner::expected(std::string_view what) const {
  std::string words = "expected " + std::string{what};
  if (at_ == end_) {
    words.append(", but nothing follows: it is cut off");
  } else {
    std::size_t size = 1;  // a whole character
    while (at_ + size != end_ && (static_cast<unsigned char>(at_[size]) & 0xC0U) == 0x80) ++size;
    words.append(", got ").append(at_, size);
  }
  stop(std::move(words));
}

void append_unescaped(const JsonScanner& scanner, std::string_view raw, std::string& out) {
  for (std::size_t place = 0; place < raw.size();) {
    const std::size_t slash = std::min(raw.find('\\', place), raw.size());
    out.append(raw, place, slash - place);
    if (slash == raw.size()) return;
    const char c = raw[slash + 1];
    place = slash + 2;
    static constexpr std::string_view kLetters = "bfnrt", kMeant = "\b\f\n\r\t";
    if (const std::size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      out.push_back(kMeant[letter]);
    } else if (c != 'u') {
      out.push_back(c);
    } else {
      auto code = static_cast<std::uint32_t>(read_hex(raw.substr(place)));
      place += 4;
      if (0xD800 <= code && code < 0xE000) {  // two of them are one character
        const std::string_view rest = raw.substr(place);
        const std::int32_t low = code < 0xDC00 && rest.starts_with("\\u") ? read_hex(rest.substr(2)) : -1;
        if (low < 0xDC00 || low >= 0xE000) scanner.stop_at(raw.data() + slash, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
        place += 6;
      }
      append_utf8(code, out);
    }
  }
}

std::string_view words_for(JsonKind kind) noexcept {
  static constexpr std::array<std::string_view, kJsonKinds> kWords{"a text",        "a number",  "a number",
                                                                   "true or false", "an object", "a list"};
  return kWords[static_cast<std::size_t>(kind)];
}

}  // namespace customerhealth::records
