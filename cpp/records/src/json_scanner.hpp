#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/records/json_table.hpp"

namespace customerhealth::records {

/// A place in a text of JSON that moves on value by value. What is no JSON throws a Stop.
class JsonScanner {
 public:
  struct Stop {
    const char* at;
    std::string words;
    bool of_path = false;
  };
  struct Text {
    std::string_view raw;  // between the quotes
    bool has_escapes = false, has_high_bytes = false;
  };

  explicit JsonScanner(std::string_view text) noexcept : at_{text.data()}, end_{text.data() + text.size()} {}

  [[nodiscard]] const char* at() const noexcept { return at_; }
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  /// The byte here; 0 at the end.
  [[nodiscard]] char peek() const noexcept { return at_ == end_ ? '\0' : *at_; }

  /// Goes on in another part of the same text, a line further down.
  void move_to(std::string_view part, std::int64_t line) noexcept {
    at_ = part.data(), end_ = part.data() + part.size(), line_ = line;
  }

  void blanks() noexcept;
  bool skip(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  /// A text; the scanner stands at its quote.
  Text text();
  /// The name of a member and its colon; blanks around both.
  Text name();
  /// A value of any kind with all that is in it; nothing where it is null.
  std::optional<JsonKind> value();

  [[noreturn]] void stop(std::string words) const { throw Stop{at_, std::move(words)}; }
  [[noreturn]] void stop_at(const char* at, std::string words, bool of_path = false) const {
    throw Stop{at, std::move(words), of_path};
  }
  /// Says what was expected here and what there is.
  [[noreturn]] void expected(std::string_view what) const;

 private:
  JsonKind number();
  std::optional<JsonKind> scalar();
  bool word(std::string_view word) noexcept;

  const char* at_;
  const char* end_;
  std::int64_t line_ = 1;
  std::vector<char> open_;  // the brackets around the value that is passed by
};

/// What a text with escapes says.
void append_unescaped(const JsonScanner& scanner, std::string_view raw, std::string& out);

/// "a number", for messages.
[[nodiscard]] std::string_view words_for(JsonKind kind) noexcept;

}  // namespace customerhealth::records
