#include "lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "customerhealth/common/errors.hpp"

namespace customerhealth::expression {
namespace {

constexpr std::array<std::string_view, 9> kKeywords{"and",     "between", "false", "in",  "is",
                                                    "missing", "not",     "or",    "true"};

constexpr std::array<std::string_view, 3> kLongSymbols{"!=", "<=", ">="};
constexpr std::string_view kShortSymbols = "()=<>+-*/%,.";

/// What people write who come from elsewhere, longest first, and what to write here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kForeign{{
    {"===", "write `=` to compare"},
    {"!==", "write `!=`"},
    {"==", "write `=`, not `==`"},
    {"<>", "write `!=`, not `<>`"},
    {"=>", "write `>=`, not `=>`"},
    {"=<", "write `<=`, not `=<`"},
    {"&&", "write `and`, not `&&`"},
    {"||", "write `or`, not `||`"},
    {"**", "write `pow(x, y)`, not `x ** y`"},
    {"//", "write `floor(x / y)`, not `x // y`"},
    {"&", "write `and`, not `&`"},
    {"|", "write `or`, not `|`"},
    {"^", "write `pow(x, y)`, not `x ^ y`"},
    {"!", "write `not`, not `!`"},
    {"~", "write `not`, not `~`"},
    {"`", "write odd column names in double quotes, not in backticks"},
    {"[", "write odd column names in double quotes, not in brackets"},
    {"\u2018", "write texts in straight single quotes: 'text'"},
    {"\u2019", "write texts in straight single quotes: 'text'"},
    {"\u201c", "write odd column names in straight double quotes, texts in single ones"},
    {"\u201d", "write odd column names in straight double quotes, texts in single ones"},
    {"\u2264", "write `<=`"},
    {"\u2265", "write `>=`"},
    {"\u2260", "write `!=`"},
}};

bool is_digit(char c) noexcept { return '0' <= c && c <= '9'; }
bool begins_word(char c) noexcept { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_'; }
bool continues_word(char c) noexcept { return begins_word(c) || is_digit(c); }

/// The whole character at `at`, so that a message does not cut UTF-8 in two; a control character by its number.
std::string character(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first >= 0x20 && first != 0x7F && at + length <= text.size()) {
    return "`" + std::string{text.substr(at, length)} + "`";
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  return std::string{"the byte 0x"} + kHex[first >> 4U] + kHex[first & 15U];
}

/// The place of the first digit that is not 0, as a power of ten: what tells 1e999 from 1e-999.
std::int64_t magnitude(std::string_view digits) {
  const std::size_t e = std::min(digits.find_first_of("eE"), digits.size());
  const std::string_view mantissa = digits.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = std::min(mantissa.find_first_of("123456789"), mantissa.size());
  const std::int64_t place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  if (e == digits.size()) return place;
  std::string_view exponent = digits.substr(e + 1);
  const bool negative = exponent.front() == '-';
  if (negative || exponent.front() == '+') exponent.remove_prefix(1);
  constexpr std::int64_t kHuge = std::numeric_limits<std::int32_t>::max();
  std::int64_t power = 0;
  const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  if (error != std::errc{}) power = kHuge * kHuge;
  return place + (negative ? -power : power);
}

/// Nothing where the number is beyond the range of doubles; too small a one is 0.
std::optional<double> parse_number(const std::string& digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc{}) return value;
  if (magnitude(digits) > 0) return std::nullopt;
  return 0.0;
}

/// What to say to a word that is a keyword elsewhere, or here in lower case.
std::optional<std::string> foreign_word(const std::string& word) {
  const std::string small = lower_case(word);
  if (small == "null") return "write `missing`, not `" + word + "`";
  if (word != small && is_keyword(small)) {
    return "keywords are in lower case: write `" + small + "` (a column of that name goes in double quotes)";
  }
  return std::nullopt;
}

}  // namespace

bool is_keyword(std::string_view word) noexcept { return std::ranges::binary_search(kKeywords, word); }

std::vector<std::string_view> keywords() {
  std::vector<std::string_view> all{kKeywords.begin(), kKeywords.end()};
  all.push_back("date");
  return all;
}

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_plain_word(std::string_view text) noexcept {
  return !text.empty() && begins_word(text.front()) && std::ranges::all_of(text, continues_word);
}

std::string Token::described() const {
  switch (kind) {
    case TokenKind::end:
      return "the end of the formula";
    case TokenKind::text:
      return "the text '" + text + "'";
    case TokenKind::quoted_word:
      return "the name \"" + text + "\"";
    default:
      return "`" + text + "`";
  }
}

void Lexer::fail(const std::string& message, std::size_t position) const {
  throw FormulaError{message, formula_, static_cast<std::int64_t>(position)};
}

char Lexer::peek(std::size_t ahead) const noexcept {
  return at_ + ahead < formula_.size() ? formula_[at_ + ahead] : '\0';
}

void Lexer::skip_space() noexcept {
  while (at_ < formula_.size() && std::string_view{" \t\r\n"}.find(formula_[at_]) != std::string_view::npos) ++at_;
}

Token Lexer::next() {
  const std::size_t end_of_previous = at_;
  skip_space();
  const std::size_t begin = at_;
  // `.5` is a number, but in `m.5` the point belongs to the name; in `x between y and .5` it does not.
  const bool after_word = previous_ == TokenKind::word || previous_ == TokenKind::quoted_word;
  const bool after_name = after_word && begin == end_of_previous;
  Token token;
  if (at_ == formula_.size()) {
    token.kind = TokenKind::end;
  } else if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)) && !after_name)) {
    token = number();
  } else if (peek() == '\'') {
    token = quoted('\'', TokenKind::text);
  } else if (peek() == '"') {
    token = quoted('"', TokenKind::quoted_word);
  } else if (begins_word(peek())) {
    token = word(after_point_);
  } else {
    token = symbol();
  }
  token.position = static_cast<std::int64_t>(begin);
  after_point_ = after_word && token.is_symbol(".");
  previous_ = token.kind;
  return token;
}

Token Lexer::number() {
  const std::size_t begin = at_;
  bool whole = true;
  while (is_digit(peek())) ++at_;
  if (peek() == '.') {
    whole = false;
    ++at_;
    if (!is_digit(peek())) fail("a digit is wanted after the point of a number (1.0 or 1)", at_);
    while (is_digit(peek())) ++at_;
  }
  if (peek() == 'e' || peek() == 'E') {
    whole = false;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!is_digit(peek())) fail("an exponent is wanted after the e of a number (1e3)", at_);
    while (is_digit(peek())) ++at_;
  }
  if (continues_word(peek())) fail("a name cannot begin with a digit, nor a number hold letters or _", begin);
  Token token{TokenKind::number, 0, formula_.substr(begin, at_ - begin), 0, 0};
  if (whole) {
    token.kind = TokenKind::integer;
    const char* digits = token.text.data();
    if (std::from_chars(digits, digits + token.text.size(), token.integer).ec != std::errc{}) {
      fail("this integer does not fit 64 bits; write it as a number (" + token.text + ".0) if it need not be exact",
           begin);
    }
  } else if (const auto value = parse_number(token.text)) {
    token.number = *value;
  } else {
    fail("this number is beyond the range of 64-bit floats (about 1.8e308)", begin);
  }
  return token;
}

Token Lexer::quoted(char quote, TokenKind kind) {
  const std::size_t begin = at_++;
  Token token{kind, 0, {}, 0, 0};
  for (;;) {
    const std::size_t end = formula_.find(quote, at_);
    if (end == std::string::npos) {
      fail(kind == TokenKind::text ? "this text has no closing quote (a quote inside a text is doubled: 'it''s')"
                                   : "this name has no closing double quote",
           begin);
    }
    token.text.append(formula_, at_, end - at_);
    at_ = end + 1;
    if (peek() != quote || at_ >= formula_.size()) return token;
    token.text += quote;
    ++at_;
  }
}

Token Lexer::word(bool after_point) {
  const std::size_t begin = at_;
  while (continues_word(peek())) ++at_;
  Token token{TokenKind::word, 0, formula_.substr(begin, at_ - begin), 0, 0};
  if (!after_point) {
    if (const auto advice = foreign_word(token.text)) fail(*advice, begin);
  }
  return token;
}

Token Lexer::symbol() {
  const std::string_view rest = std::string_view{formula_}.substr(at_);
  if (after_point_ && rest.front() == '*') {  // in `m.**2` the first star is the name's
    ++at_;
    return {TokenKind::symbol, 0, "*", 0, 0};
  }
  for (const auto& [foreign, advice] : kForeign) {
    // `!=` is no `!`.
    if (rest.starts_with(foreign) && !(foreign == "!" && rest.starts_with("!="))) fail(std::string{advice}, at_);
  }
  std::string_view found;
  for (const std::string_view symbol : kLongSymbols) {
    if (rest.starts_with(symbol)) found = symbol;
  }
  if (found.empty() && kShortSymbols.find(rest.front()) != std::string_view::npos) found = rest.substr(0, 1);
  if (found.empty()) fail(character(formula_, at_) + " has no meaning in a formula", at_);
  at_ += found.size();
  return {TokenKind::symbol, 0, std::string{found}, 0, 0};
}

}  // namespace customerhealth::expression
