#include <charconv>
#include <cmath>

#include "customerhealth/model/model.hpp"

namespace customerhealth::model {
namespace {

template <class T>
std::optional<T> parse_whole(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The number that a key of a JSON map spells. Integers keep all 64 bits, which a double would not.
std::optional<Literal> number_in(const std::string& text) {
  if (const auto integer = parse_whole<std::int64_t>(text)) return Literal{*integer, text};
  if (const auto integer = parse_whole<std::uint64_t>(text)) return Literal{*integer, text};
  const auto real = parse_whole<double>(text);
  if (!real || !std::isfinite(*real)) return std::nullopt;
  constexpr double kTwoTo63 = 9223372036854775808.0;
  const bool whole = std::trunc(*real) == *real && -kTwoTo63 <= *real && *real < kTwoTo63;
  return whole ? Literal{static_cast<std::int64_t>(*real), text} : Literal{*real, text};
}

}  // namespace

std::optional<Literal> literal_for(const Literal& literal, Type type, bool from_key) {
  const auto* text = std::get_if<std::string>(&literal.value);
  const bool truth = std::holds_alternative<bool>(literal.value);
  const auto keep = [&](bool fits) { return fits ? std::optional{literal} : std::nullopt; };
  switch (type) {
    case Type::number:
      if (text != nullptr) return from_key ? number_in(*text) : std::nullopt;
      return keep(!truth);
    case Type::boolean:
      if (from_key && text != nullptr && (*text == "true" || *text == "false")) return Literal{*text == "true", *text};
      return keep(truth);
    case Type::text:
      return keep(text != nullptr);
    case Type::instant:
      return keep(text != nullptr && parse_instant(*text).has_value());
    default:
      return literal;
  }
}

}  // namespace customerhealth::model
