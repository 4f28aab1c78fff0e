#include "customerhealth/lifecycle/text.hpp"

#include "customerhealth/common/format.hpp"
#include "customerhealth/common/json.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::lifecycle {
namespace {

constexpr std::string_view kMissing = "\xE2\x80\x93";  // an en dash

/// How each type of value is written, in a text or in JSON.
struct AsText {
  const Texts& texts;
  const std::string& format;

  std::string operator()(std::monostate) const { return std::string{kMissing}; }
  std::string operator()(double value) const { return format_number(value, format); }
  std::string operator()(std::int64_t value) const {
    return format.empty() ? std::to_string(value) : format_number(static_cast<double>(value), format);
  }
  std::string operator()(std::uint64_t value) const {
    return format.empty() ? std::to_string(value) : format_number(static_cast<double>(value), format);
  }
  std::string operator()(bool value) const { return format_text(value ? "true" : "false", format); }
  std::string operator()(TextCode value) const { return format_text(texts.text(value), format); }
  std::string operator()(Instant value) const { return format_instant(value, format); }
};

struct AsJson {
  const Texts& texts;

  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(double value) const { return shortest(value); }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(TextCode value) const { return json_quoted(texts.text(value)); }
  std::string operator()(Instant value) const { return json_quoted(to_string(value)); }
};

}  // namespace

KeptValue kept_value(const ColumnView& view, std::size_t row) {
  if (is_missing(view, row)) return {};
  if (const auto* numbers = std::get_if<std::span<const double>>(&view)) return (*numbers)[row];
  if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) return (*truths)[row] == Truth::yes;
  if (const auto* texts = std::get_if<std::span<const TextCode>>(&view)) return (*texts)[row];
  if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) return (*instants)[row];
  const auto& integers = std::get<IntegerView>(view);
  if (integers.is_unsigned) return static_cast<std::uint64_t>(integers.values[row]);
  return integers.values[row];
}

std::string rendered(const model::TextTemplate& text, std::span<const KeptValue> values, const Texts& texts) {
  std::string out;
  for (const model::TextTemplate::Piece& piece : text.pieces) {
    out += piece.text;
    if (piece.value < 0) continue;
    out += std::visit(AsText{texts, piece.format}, values[static_cast<std::size_t>(piece.value)]);
  }
  return out;
}

std::string evidence_of(const model::PlaySpec& play, std::span<const KeptValue> values, const Texts& texts) {
  std::string out = "{";
  for (const std::int32_t index : play.evidence) {
    const auto value = static_cast<std::size_t>(index);
    if (out.size() > 1) out += ", ";
    out += json_quoted(play.values[value].expression.text()) + ": " + std::visit(AsJson{texts}, values[value]);
  }
  return out + "}";
}

}  // namespace customerhealth::lifecycle
