#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace customerhealth::source {

/// What stands at the end of a path into a JSON text.
struct Token {
  enum class Kind : std::uint8_t {
    absent,    // the path leads nowhere, or to null
    mismatch,  // the path should go on, and what stands there has nothing to go on into
    integer,   // digits, perhaps with a sign
    number,    // with a point or an exponent
    text,
    escaped,  // a text with escapes
    no,
    yes,
    nested,  // an object or a list, as it stands in the text
  };
  const char* at = nullptr;  // of texts: behind the quote
  std::uint32_t size = 0;
  Kind kind = Kind::absent;

  [[nodiscard]] std::string_view text() const noexcept { return {at, size}; }
};

/// Adds the content of a JSON string to `out`, its escapes resolved.
void append_unescaped(std::string_view content, std::string& out);

/// A place in a JSON text that moves on by its grammar (RFC 8259). Each step says whether the text has it; where it
/// does not, the text is no JSON.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : at_{text.data()}, end_{text.data() + text.size()} {}

  [[nodiscard]] const char* at() const noexcept { return at_; }
  [[nodiscard]] bool is_at_end() const noexcept { return at_ == end_; }
  /// Back to a place that it came from.
  void go(const char* place) noexcept { at_ = place; }

  void space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  [[nodiscard]] bool is_next(char c) const noexcept { return at_ != end_ && *at_ == c; }
  bool take(char c) noexcept {
    if (!is_next(c)) return false;
    ++at_;
    return true;
  }

  /// The name of a member, as it stands between its quotes, and its colon.
  bool key(std::string_view& name, bool& has_escapes) noexcept;
  /// An object, member by member: `visit(name, has_escapes)` reads the value, and says whether the text has it.
  template <class Visit>
  bool members(const Visit& visit) {
    return all_of('{', '}', [&] {
      std::string_view name;
      bool has_escapes = false;
      return key(name, has_escapes) && visit(name, has_escapes);
    });
  }
  /// A list: `visit()` reads the next element, and says whether the text has it.
  template <class Visit>
  bool elements(const Visit& visit) {
    return all_of('[', ']', visit);
  }

  /// Anything but an object or a list. There is a next character.
  bool scalar(Token& token) noexcept;
  /// Any value, read to its end.
  bool skip();

 private:
  /// What stands between two brackets, with commas between.
  template <class Visit>
  bool all_of(char open, char close, const Visit& visit) {
    if (!take(open)) return false;
    space();
    if (take(close)) return true;
    for (;;) {
      if (!visit()) return false;
      space();
      if (take(close)) return true;
      if (!take(',')) return false;
    }
  }

  bool string(bool& has_escapes) noexcept;  // the rest of one, behind its quote
  bool escape() noexcept;
  bool word(std::string_view wanted) noexcept;
  bool digits() noexcept;
  bool number(Token::Kind& kind) noexcept;

  const char* at_;
  const char* end_;
  std::string open_;  // the brackets that are to close
};

}  // namespace customerhealth::source
