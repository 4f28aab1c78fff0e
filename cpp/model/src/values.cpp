#include "values.hpp"

#include <algorithm>

#include "customerhealth/common/number.hpp"
#include "customerhealth/common/vocabulary.hpp"

namespace customerhealth::model {
namespace detail {
namespace {

constexpr std::string_view kNamePattern = "^[a-z][a-z0-9_]*$";

bool is_name(std::string_view name) {
  const auto lower = [](char c) { return 'a' <= c && c <= 'z'; };
  const auto inside = [&](char c) { return lower(c) || ('0' <= c && c <= '9') || c == '_'; };
  return !name.empty() && lower(name.front()) && std::ranges::all_of(name, inside);
}

/// `write mean` for `avg`, where `mean` is one of the names.
std::string meant(const std::string& text, const std::vector<std::string>& names) {
  const std::string here{called_here(text)};
  return std::ranges::find(names, here) != names.end() ? "write " + here : word_suggestion(text, names);
}

}  // namespace

std::string range_words(std::string_view what, std::int64_t low, std::int64_t high) {
  std::string number{what};
  if (low == high) return std::to_string(low);
  if (low == -kNoLimit) return number;
  if (high == kNoLimit) return number + ", " + std::to_string(low) + " or more";
  return number + " from " + std::to_string(low) + " to " + std::to_string(high);
}

Json range_schema(std::string_view type, std::int64_t low, std::int64_t high) {
  Json::Object out{{"type", std::string{type}}};
  if (low == high) return Json::Object{{"const", low}};
  if (low != -kNoLimit) out.push_back({"minimum", low});
  if (high != kNoLimit) out.push_back({"maximum", high});
  return out;
}

std::optional<double> read_number(const Json& json, std::int64_t low, std::int64_t high) {
  const auto number = json.number();
  if (!number) return std::nullopt;
  const bool fits = (low == -kNoLimit || *number >= static_cast<double>(low)) &&
                    (high == kNoLimit || *number <= static_cast<double>(high));
  return fits ? number : std::nullopt;
}

void expected(const std::string& words, const Json& json, const std::string& path, Findings& findings) {
  findings.add(path, "expected " + words + "; got " + describe(json));
}

std::string choice_words(const std::vector<std::string>& names) { return alternatives(names); }

Json choice_schema(const std::vector<std::string>& names) {
  return Json::Object{{"enum", Json::List(names.begin(), names.end())}};
}

void unknown_choice(const Json& json, const std::vector<std::string>& names, const std::string& path,
                    Findings& findings) {
  const std::string* text = json.text();
  if (text == nullptr) return expected(choice_words(names), json, path, findings);
  findings.add(path, "no such word: " + shown(*text) + "; " + meant(*text, names));
}

void check_name(const std::string& name, const std::string& path, Findings& findings) {
  const auto reserved = expression::reserved_words();
  if (!is_name(name)) {
    findings.add(path, "a name is made of a-z, 0-9 and _, and begins with a letter");
  } else if (std::ranges::binary_search(reserved, std::string_view{name})) {
    findings.add(path, "'" + name + "' is a word of the formula language: choose another name");
  }
}

Json map_schema(Json values) {
  return Json::Object{{"type", "object"},
                      {"propertyNames", Json::Object{{"pattern", std::string{kNamePattern}}}},
                      {"additionalProperties", std::move(values)}};
}

}  // namespace detail

namespace {

Json typed(const char* type) { return Json::Object{{"type", type}}; }
Json label_schema() { return Json::Object{{"type", "string"}, {"minLength", std::int64_t{1}}}; }

/// A text, not empty.
template <class T>
std::optional<T> read_label(const Json& json, const std::string& path, Findings& findings) {
  const std::string* text = json.text();
  if (text != nullptr && !text->empty()) return T{*text};
  detail::expected(Value<T>::words(), json, path, findings);
  return std::nullopt;
}

Json length_schema(const std::string& units) {
  return Json::Object{{"type", "string"}, {"pattern", "^([1-9][0-9]{0,3}|10000)(" + units + ")$"}};
}

std::optional<Length> parse_length(const Json& json) {
  return json.text() == nullptr ? std::nullopt : Length::parse(*json.text());
}

}  // namespace

std::optional<std::string> Value<std::string>::read(const Json& json, const std::string& path, Findings& findings) {
  if (json.text() != nullptr) return *json.text();
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<std::string>::schema(Outline& /*outline*/) { return typed("string"); }
std::string Value<std::string>::words() { return "a text"; }

std::optional<Ignored> Value<Ignored>::read(const Json& json, const std::string& path, Findings& findings) {
  findings.leave_out(json);
  if (json.text() != nullptr) return Ignored{};
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<Ignored>::schema(Outline& /*outline*/) { return typed("string"); }
std::string Value<Ignored>::words() { return "a text"; }

std::optional<Label> Value<Label>::read(const Json& json, const std::string& path, Findings& findings) {
  return read_label<Label>(json, path, findings);
}
Json Value<Label>::schema(Outline& /*outline*/) { return label_schema(); }
std::string Value<Label>::words() { return "a text that is not empty"; }

std::optional<ColumnName> Value<ColumnName>::read(const Json& json, const std::string& path, Findings& findings) {
  return read_label<ColumnName>(json, path, findings);
}
Json Value<ColumnName>::schema(Outline& /*outline*/) { return label_schema(); }
std::string Value<ColumnName>::words() { return "the name of a column"; }

std::optional<TableName> Value<TableName>::read(const Json& json, const std::string& path, Findings& findings) {
  return read_label<TableName>(json, path, findings);
}
Json Value<TableName>::schema(Outline& /*outline*/) { return label_schema(); }
std::string Value<TableName>::words() { return "the name of a table of the model"; }

std::optional<MetricName> Value<MetricName>::read(const Json& json, const std::string& path, Findings& findings) {
  return read_label<MetricName>(json, path, findings);
}
Json Value<MetricName>::schema(Outline& /*outline*/) { return label_schema(); }
std::string Value<MetricName>::words() { return "the name of a metric that is split"; }

std::optional<ScoreName> Value<ScoreName>::read(const Json& json, const std::string& path, Findings& findings) {
  return read_label<ScoreName>(json, path, findings);
}
Json Value<ScoreName>::schema(Outline& /*outline*/) { return label_schema(); }
std::string Value<ScoreName>::words() { return "the name of a score"; }

std::optional<bool> Value<bool>::read(const Json& json, const std::string& path, Findings& findings) {
  if (json.boolean() != nullptr) return *json.boolean();
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<bool>::schema(Outline& /*outline*/) { return typed("boolean"); }
std::string Value<bool>::words() { return "true or false"; }

std::optional<OnlyTrue> Value<OnlyTrue>::read(const Json& json, const std::string& path, Findings& findings) {
  if (json.boolean() != nullptr && *json.boolean()) return OnlyTrue{};
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<OnlyTrue>::schema(Outline& /*outline*/) { return Json::Object{{"const", true}}; }
std::string Value<OnlyTrue>::words() { return "true"; }

std::optional<Length> Value<Length>::read(const Json& json, const std::string& path, Findings& findings) {
  if (const auto length = parse_length(json)) return length;
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<Length>::schema(Outline& /*outline*/) { return length_schema("h|d|w|mo|q|y"); }
std::string Value<Length>::words() { return "a length such as '12h', '28d', '4w', '1mo', '1q' or '1y'"; }

std::optional<FixedLength> Value<FixedLength>::read(const Json& json, const std::string& path, Findings& findings) {
  const auto length = parse_length(json);
  if (length && !length->is_calendar()) return FixedLength{*length};
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<FixedLength>::schema(Outline& /*outline*/) { return length_schema("h|d|w"); }
std::string Value<FixedLength>::words() { return "a fixed length such as '12h', '28d' or '4w'"; }

std::optional<Instant> Value<Instant>::read(const Json& json, const std::string& path, Findings& findings) {
  if (const std::string* text = json.text()) {
    if (const auto instant = parse_instant(*text)) return instant;
  }
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<Instant>::schema(Outline& /*outline*/) { return typed("string"); }
std::string Value<Instant>::words() { return "a date such as '2026-01-31'"; }

std::optional<Formula> Value<Formula>::read(const Json& json, const std::string& path, Findings& findings) {
  const std::string* text = json.text();
  if (text == nullptr) {
    detail::expected(words(), json, path, findings);
    return placeholder(path);
  }
  try {
    return Formula{expression::Expression::parse(*text), path};
  } catch (const FormulaError& error) {
    findings.add(path, error);
    return placeholder(path);
  }
}
Json Value<Formula>::schema(Outline& /*outline*/) { return label_schema(); }
std::string Value<Formula>::words() { return "a formula (a text)"; }

std::optional<Literal> Value<Literal>::read(const Json& json, const std::string& path, Findings& findings) {
  if (const bool* truth = json.boolean()) return Literal{*truth, *truth ? "true" : "false"};
  if (const auto* integer = std::get_if<std::int64_t>(&json.value)) return Literal{*integer, std::to_string(*integer)};
  if (const auto* integer = std::get_if<std::uint64_t>(&json.value)) return Literal{*integer, std::to_string(*integer)};
  if (const auto* real = std::get_if<double>(&json.value)) return Literal{*real, shortest(*real)};
  if (json.text() != nullptr && !json.text()->empty()) return Literal{*json.text(), *json.text()};
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<Literal>::schema(Outline& /*outline*/) {
  return Json::Object{{"type", Json::List{"string", "number", "boolean"}}, {"minLength", std::int64_t{1}}};
}
std::string Value<Literal>::words() { return "a text that is not empty, a number, true or false"; }

Formula placeholder(std::string path) { return {expression::Expression::parse("missing"), std::move(path)}; }

Formula constant(double value, std::string path) {
  return {expression::Expression::parse(shortest(value)), std::move(path)};
}

}  // namespace customerhealth::model
