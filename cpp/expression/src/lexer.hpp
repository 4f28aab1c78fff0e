#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What only this room needs lives in a namespace of its own: other rooms have literals, parsers and values too.
namespace customerhealth::expression {

enum class TokenKind : std::uint8_t { end, integer, number, text, word, quoted_word, symbol };

struct Token {
  TokenKind kind = TokenKind::end;
  std::int64_t position = 0;  // byte offset of its first character
  std::string text;           // a word, what stands between quotes, a symbol, the digits of a number
  std::uint64_t integer = 0;  // of an integer: exact
  double number = 0;          // of a number

  [[nodiscard]] bool is_symbol(std::string_view symbol) const noexcept {
    return kind == TokenKind::symbol && text == symbol;
  }
  [[nodiscard]] bool is_word(std::string_view word) const noexcept { return kind == TokenKind::word && text == word; }
  /// As an error message names it.
  [[nodiscard]] std::string described() const;
};

/// Cuts a formula into tokens, one a call. What other languages write (`==`, `null`, `AND`) is refused here, with the
/// word that fits.
class Lexer {
 public:
  /// Borrows the formula.
  explicit Lexer(const std::string& formula) noexcept : formula_{formula} {}

  /// The next token; `end` for ever after the last. Throws FormulaError.
  [[nodiscard]] Token next();

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept;
  void skip_space() noexcept;
  [[nodiscard]] Token number();
  [[nodiscard]] Token quoted(char quote, TokenKind kind);
  [[nodiscard]] Token word(bool after_point);
  [[nodiscard]] Token symbol();
  [[noreturn]] void fail(const std::string& message, std::size_t position) const;

  const std::string& formula_;
  std::size_t at_ = 0;
  TokenKind previous_ = TokenKind::end;
  bool after_point_ = false;  // the previous token was the point of a name
};

/// `date` is none: in front of anything but a text it is a name, since many tables have a column of that name.
[[nodiscard]] bool is_keyword(std::string_view word) noexcept;
/// All of them and `date`.
[[nodiscard]] std::vector<std::string_view> keywords();
[[nodiscard]] std::string lower_case(std::string_view text);  // ASCII
[[nodiscard]] bool is_plain_word(std::string_view text) noexcept;

}  // namespace customerhealth::expression
