#include <algorithm>
#include <charconv>
#include <string_view>

#include "drafts.hpp"

namespace customerhealth::model {

std::optional<TypesDraft> Value<TypesDraft>::read(const Json& json, const std::string& path, Findings& findings) {
  const auto* object = json.object();
  if (object == nullptr) {
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  TypesDraft out;
  for (const JsonMember& member : *object) {
    const std::string here = path_to(path, member.key);
    if (member.value.object() != nullptr) {
      if (auto instant = Value<InstantDraft>::read(member.value, here, findings)) {
        out.values.push_back({member.key, here, {Type::instant, std::move(instant)}});
      }
    } else if (const auto type = Value<Type>::read(member.value, here, findings)) {
      out.values.push_back({member.key, here, {*type, std::nullopt}});
    }
  }
  std::ranges::sort(out.values, {}, &Named<TypeDraft>::name);
  return out;
}

Json Value<TypesDraft>::schema(Outline& outline) {
  Json each = Json::Object{{"anyOf", Json::List{Value<Type>::schema(outline), Value<InstantDraft>::schema(outline)}}};
  return Json::Object{{"type", "object"}, {"additionalProperties", std::move(each)}};
}

std::string Value<TypesDraft>::words() {
  return "a map from columns (each: " + Value<Type>::words() + ", or " + Value<InstantDraft>::words() + ")";
}

std::optional<KeyDraft> Value<KeyDraft>::read(const Json& json, const std::string& path, Findings& findings) {
  if (json.list() == nullptr) {
    const auto column = Value<ColumnName>::read(json, path, findings);
    if (!column) return std::nullopt;
    return KeyDraft{{column->name}};
  }
  const auto columns = Value<ListOf<ColumnName, 1>>::read(json, path, findings);
  if (!columns) return std::nullopt;
  KeyDraft out;
  for (std::size_t i = 0; i < columns->values.size(); ++i) {
    const std::string& name = columns->values[i].name;
    if (std::ranges::find(out.columns, name) != out.columns.end()) {
      findings.add(path_to(path, columns->indices[i]), "the column '" + name + "' is given twice");
    } else {
      out.columns.push_back(name);
    }
  }
  return out;
}

Json Value<KeyDraft>::schema(Outline& outline) {
  return Json::Object{
      {"anyOf", Json::List{Value<ColumnName>::schema(outline), Value<ListOf<ColumnName, 1>>::schema(outline)}}};
}

std::string Value<KeyDraft>::words() {
  return Value<ColumnName>::words() + ", or a list of columns that name a row together";
}

namespace {

/// The steps of `results[0].items`, `["odd.name"].items`; nothing where the text is no path.
std::optional<RowsPath> parse_rows(const std::string& text) {
  RowsPath out{text, {}};
  std::string_view rest = text;
  while (!rest.empty()) {
    if (rest[0] == '[') {
      const std::size_t end = rest.find(
          rest.size() > 1 && (rest[1] == '"' || rest[1] == '\'') ? std::string{rest[1], ']'} : std::string{"]"}, 2);
      if (end == std::string_view::npos) return std::nullopt;
      const std::string_view inner = rest.substr(1, end - 1);
      if (inner[0] == '"' || inner[0] == '\'') {
        out.steps.emplace_back(std::string{inner.substr(1)});
        rest.remove_prefix(end + 2);
      } else {
        std::int64_t place = 0;
        const auto [last, error] = std::from_chars(inner.data(), inner.data() + inner.size(), place);
        if (error != std::errc{} || last != inner.data() + inner.size() || place < 0) return std::nullopt;
        out.steps.emplace_back(place);
        rest.remove_prefix(end + 1);
      }
    } else {
      const std::string_view name = rest.substr(0, rest.find_first_of(".["));
      if (name.empty()) return std::nullopt;
      out.steps.emplace_back(std::string{name});
      rest.remove_prefix(name.size());
    }
    if (rest.empty() || rest[0] == '[') continue;
    if (rest[0] != '.' || rest.size() == 1 || rest[1] == '[') return std::nullopt;
    rest.remove_prefix(1);
  }
  constexpr std::size_t kMostSteps = 64;  // each is a frame of the reader's stack
  return out.steps.empty() || out.steps.size() > kMostSteps ? std::nullopt : std::optional{std::move(out)};
}

}  // namespace

std::optional<RowsPath> Value<RowsPath>::read(const Json& json, const std::string& path, Findings& findings) {
  const std::string* text = json.text();
  if (text != nullptr) {
    if (auto steps = parse_rows(*text)) return steps;
  }
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}

Json Value<RowsPath>::schema(Outline& /*outline*/) {
  return Json::Object{{"type", "string"}, {"minLength", std::int64_t{1}}};
}

std::string Value<RowsPath>::words() { return "the path of a list, such as data or results[0].items"; }

}  // namespace customerhealth::model
