#include "json_column.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "customerhealth/common/blanks.hpp"
#include "customerhealth/common/length.hpp"

namespace customerhealth::source {
namespace {

using Kind = Token::Kind;
using arrow::SourceKind;

constexpr std::size_t kMostShown = 40;     // bytes of a value in messages
constexpr std::size_t kShortInteger = 18;  // so many digits always fit 64 bits

std::optional<std::int64_t> integer_of(std::string_view digits) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size() ? std::optional{value} : std::nullopt;
}
std::optional<std::uint64_t> unsigned_of(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size() ? std::optional{value} : std::nullopt;
}

/// A finite number, or nothing; what is too small for a double is 0, what is too large infinite.
std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string{text}.c_str(), nullptr);
  return value;
}

/// The number that a text writes: digits with a point, as in 1234.5 or 1e3.
std::optional<double> number_in(std::string_view text) {
  const std::string_view digits = trimmed(text);
  if (digits.empty() || digits.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  const auto value = number_of(digits);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

bool equals_lower(std::string_view text, std::string_view lower) noexcept {
  return std::ranges::equal(text, lower,
                            [](char a, char b) { return ('A' <= a && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}
Truth truth_in(std::string_view text) noexcept {
  const std::string_view word = trimmed(text);
  const auto is = [word](const char* known) { return equals_lower(word, known); };
  if (is("true") || is("t") || is("yes") || is("y") || is("1")) return Truth::yes;
  if (is("false") || is("f") || is("no") || is("n") || is("0")) return Truth::no;
  return Truth::missing;
}

/// An integer as it is shown, without zeros before it.
bool is_id(std::string_view text) noexcept {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  return !digits.empty() && (digits[0] != '0' || text == "0") && integer_of(text).has_value();
}

/// The content of a text; `scratch` holds it where it had escapes.
std::string_view content(const Token& token, std::string& scratch) {
  if (token.kind != Kind::escaped) return token.text();
  scratch.clear();
  append_unescaped(token.text(), scratch);
  return scratch;
}

bool is_text(const Token& token) noexcept { return token.kind == Kind::text || token.kind == Kind::escaped; }
bool is_truth(const Token& token) noexcept { return token.kind == Kind::yes || token.kind == Kind::no; }

Reading numbers(const Seen& seen) {
  if (seen.number || seen.huge || (seen.wide && seen.negative)) return {SourceKind::number};
  return {SourceKind::integer, seen.wide};
}

/// Of numbers, instants and truths the first that all texts write; where they write none, the first that fits.
Reading written(const Seen& seen, const Wanted& wanted) {
  const std::array<std::tuple<Type, SourceKind, bool>, 3> choices{
      {{Type::number, SourceKind::number, seen.texts_number},
       {Type::instant, SourceKind::instant, seen.texts_instant},
       {Type::boolean, SourceKind::boolean, seen.texts_truth}}};
  std::optional<SourceKind> first;
  for (const auto& [type, kind, all] : choices) {
    if (!fits(wanted, type)) continue;
    if (all) return {kind};
    if (!first) first = kind;
  }
  return {first.value_or(SourceKind::text)};
}

}  // namespace

void Seen::add(const Seen& other) noexcept {
  integer |= other.integer, negative |= other.negative, wide |= other.wide, huge |= other.huge;
  number |= other.number, text |= other.text, truth |= other.truth, nested |= other.nested;
  texts_number &= other.texts_number, texts_instant &= other.texts_instant;
  texts_truth &= other.texts_truth, texts_id &= other.texts_id;
}

Seen look_at(std::span<const Token> tokens, bool by_texts) {
  Seen seen;
  std::string scratch;
  for (const Token& token : tokens) {
    switch (token.kind) {
      case Kind::integer:
        seen.integer = true;
        seen.negative |= *token.at == '-';
        if (token.size > kShortInteger && !integer_of(token.text()))
          (unsigned_of(token.text()) ? seen.wide : seen.huge) = true;
        break;
      case Kind::number:
        seen.number = true;
        break;
      case Kind::text:
      case Kind::escaped: {
        seen.text = true;
        if (!by_texts) break;
        const std::string_view text = content(token, scratch);
        seen.texts_number = seen.texts_number && number_in(text);
        seen.texts_instant = seen.texts_instant && parse_instant(trimmed(text));
        seen.texts_truth = seen.texts_truth && truth_in(text) != Truth::missing;
        seen.texts_id = seen.texts_id && (text.empty() || is_id(text));
        break;
      }
      case Kind::no:
      case Kind::yes:
        seen.truth = true;
        break;
      case Kind::nested:
        seen.nested = true;
        break;
      case Kind::absent:
      case Kind::mismatch:
        break;
    }
  }
  return seen;
}

bool fits(const Wanted& wanted, Type type) {
  return wanted.types.empty() || std::ranges::find(wanted.types, type) != wanted.types.end();
}

bool needs_texts(const Wanted& wanted) {
  return (wanted.is_name && wanted.integer_ids.value_or(false)) ||
         (!fits(wanted, Type::text) && wanted.types.size() > 1);
}

Reading reading_of(const Seen& seen, const Wanted& wanted) {
  const bool any_number = seen.integer || seen.number;
  const bool only_numbers = any_number && !seen.text && !seen.truth && !seen.nested;
  const bool only_nested = seen.nested && !any_number && !seen.text && !seen.truth;
  const Reading text{SourceKind::text, false, only_nested && !wanted.is_name};
  if (!any_number && !seen.text && !seen.truth && !seen.nested) return {};
  if (wanted.is_name) {
    if (wanted.integer_ids == false) return text;
    if (only_numbers && !seen.huge) return numbers(seen);
    const bool all_ids = !seen.number && !seen.wide && !seen.huge && seen.texts_id;
    return wanted.integer_ids == true && all_ids ? Reading{SourceKind::integer} : text;
  }
  const bool only_truths = seen.truth && !any_number && !seen.text && !seen.nested;
  if (only_truths && (fits(wanted, Type::boolean) || fits(wanted, Type::number))) return {SourceKind::boolean};
  const bool as_number = fits(wanted, Type::number) && !(seen.huge && fits(wanted, Type::text));
  if (any_number && !seen.text && !seen.nested && as_number) return numbers(seen);
  if (fits(wanted, Type::text)) return text;
  if (only_truths) return {SourceKind::boolean};
  if (only_numbers) return fits(wanted, Type::boolean) ? Reading{SourceKind::boolean} : numbers(seen);
  return written(seen, wanted);
}

std::string shown(const Token& token) {
  std::string scratch;
  if (token.kind == Kind::yes) return "true";
  if (token.kind == Kind::no) return "false";
  return std::string{is_text(token) ? content(token, scratch) : token.text()};
}

namespace {

/// Fills a chunk token by token.
class Filler {
 public:
  Filler(std::span<const Token> tokens, const Reading& reading, const Wanted& wanted)
      : tokens_{tokens}, reading_{reading}, wanted_{wanted} {}

  ReadTokens run() && {
    values_.kind = reading_.kind;
    values_.is_unsigned = reading_.is_unsigned;
    values_.rows = std::ssize(tokens_);
    values_.valid.resize((tokens_.size() + 7) / 8);
    switch (reading_.kind) {
      case SourceKind::integer:
        values_.integers.resize(tokens_.size());
        each([this](std::size_t i, const Token& token) { return integer(i, token); });
        break;
      case SourceKind::number:
        values_.numbers.resize(tokens_.size());
        each([this](std::size_t i, const Token& token) { return number(i, token); });
        break;
      case SourceKind::boolean:
        values_.truths.resize((tokens_.size() + 7) / 8);
        each([this](std::size_t i, const Token& token) { return truth(i, token); });
        break;
      case SourceKind::instant:
        values_.integers.resize(tokens_.size());
        each([this](std::size_t i, const Token& token) { return instant(i, token); });
        break;
      case SourceKind::text:
        values_.integers.reserve(tokens_.size() + 1);
        values_.integers.push_back(0);
        each([this](std::size_t i, const Token& token) { return text(i, token); });
        break;
      default:
        each([](std::size_t, const Token&) { return false; });
    }
    out_.values = std::move(values_);
    return std::move(out_);
  }

 private:
  template <class Read>
  void each(const Read& read) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      const bool is_there = token.kind != Kind::absent;
      if (is_there && (token.kind == Kind::mismatch || !read(i, token))) mixed(i, token);
      if (reading_.kind == SourceKind::text) values_.integers.push_back(std::ssize(values_.bytes));
    }
  }
  void mixed(std::size_t i, const Token& token) {
    if (out_.mixed++ > 0) return;
    out_.first_mixed = static_cast<std::int64_t>(i);
    out_.example = shown(token).substr(0, kMostShown);
  }
  void set(std::size_t i) noexcept { values_.valid[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8)); }

  bool integer(std::size_t i, const Token& token) {
    if (is_truth(token) && !wanted_.is_name) {
      values_.integers[i] = token.kind == Kind::yes ? 1 : 0;
    } else if (token.kind == Kind::integer && reading_.is_unsigned) {
      values_.integers[i] = static_cast<std::int64_t>(unsigned_of(token.text()).value_or(0));
    } else if (token.kind == Kind::integer || is_text(token)) {
      const std::string_view digits = content(token, scratch_);
      if (digits.empty()) return true;  // no name
      const auto value = integer_of(digits);
      if (!value) return false;
      values_.integers[i] = *value;
    } else {
      return false;
    }
    set(i);
    return true;
  }

  bool number(std::size_t i, const Token& token) {
    std::optional<double> value;
    if (is_truth(token)) value = token.kind == Kind::yes ? 1.0 : 0.0;
    if (is_text(token)) value = number_in(content(token, scratch_));
    if (token.kind == Kind::integer || token.kind == Kind::number) value = number_of(token.text());
    if (!value) return false;
    values_.numbers[i] = *value;
    set(i);
    return true;
  }

  bool truth(std::size_t i, const Token& token) {
    Truth value = Truth::missing;
    if (is_truth(token)) value = token.kind == Kind::yes ? Truth::yes : Truth::no;
    if (is_text(token)) value = truth_in(content(token, scratch_));
    if (token.kind == Kind::integer && (token.text() == "0" || token.text() == "1")) value = truth_in(token.text());
    if (value == Truth::missing) return false;
    if (value == Truth::yes) values_.truths[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
    set(i);
    return true;
  }

  bool instant(std::size_t i, const Token& token) {
    if (!is_text(token)) return false;
    const std::string_view text = trimmed(content(token, scratch_));
    if (text.empty()) return true;
    const auto value = parse_instant(text);
    if (!value) {
      if (out_.bad_instant < 0) out_.bad_instant = static_cast<std::int64_t>(i);
      return wanted_.types.size() == 1;  // then it is an error
    }
    values_.integers[i] = micros_since_epoch(*value);
    set(i);
    return true;
  }

  bool text(std::size_t i, const Token& token) {
    if (token.kind == Kind::nested && !reading_.takes_nested) return false;
    if (token.kind == Kind::escaped)
      append_unescaped(token.text(), values_.bytes);
    else if (is_truth(token))
      values_.bytes += token.kind == Kind::yes ? "true" : "false";
    else
      values_.bytes += token.text();
    const bool is_none = wanted_.is_name && std::ssize(values_.bytes) == values_.integers.back();
    if (!is_none) set(i);
    return true;
  }

  std::span<const Token> tokens_;
  const Reading& reading_;
  const Wanted& wanted_;
  arrow::OwnValues values_;
  ReadTokens out_;
  std::string scratch_;
};

}  // namespace

arrow::OwnValues join(std::vector<arrow::OwnValues> parts) {
  arrow::OwnValues out = std::move(parts.front());
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (std::size_t p = 1; p < parts.size(); ++p) {
    const arrow::OwnValues& part = parts[p];
    if (out.kind == SourceKind::text) {
      const std::int64_t before = std::ssize(out.bytes);
      for (std::size_t i = 1; i < part.integers.size(); ++i) out.integers.push_back(before + part.integers[i]);
    } else {
      append(out.integers, part.integers);
    }
    append(out.valid, part.valid);
    append(out.numbers, part.numbers);
    append(out.truths, part.truths);
    out.bytes += part.bytes;
    out.rows += part.rows;
  }
  return out;
}

ReadTokens read_tokens(std::span<const Token> tokens, const Reading& reading, const Wanted& wanted) {
  return Filler{tokens, reading, wanted}.run();
}

}  // namespace customerhealth::source
