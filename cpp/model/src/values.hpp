#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customerhealth/model/model.hpp"
#include "object.hpp"

/// The types of values a key may take: how each is read, how the schema and the docs describe it.
namespace customerhealth::model {

// ---- numbers --------------------------------------------------------------------------------------------------------

inline constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

/// A finite number with low <= value <= high.
template <std::int64_t low = -kNoLimit, std::int64_t high = kNoLimit>
struct Number {
  double value = 0;
};
/// The same for integers.
template <std::int64_t low, std::int64_t high>
struct Whole {
  std::int64_t value = 0;
};

namespace detail {
[[nodiscard]] std::string range_words(std::string_view what, std::int64_t low, std::int64_t high);
[[nodiscard]] Json range_schema(std::string_view type, std::int64_t low, std::int64_t high);
[[nodiscard]] std::optional<double> read_number(const Json& json, std::int64_t low, std::int64_t high);
void expected(const std::string& words, const Json& json, const std::string& path, Findings& findings);
}  // namespace detail

template <std::int64_t low, std::int64_t high>
struct Value<Number<low, high>> {
  static std::optional<Number<low, high>> read(const Json& json, const std::string& path, Findings& findings) {
    if (const auto number = detail::read_number(json, low, high)) return Number<low, high>{*number};
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  static Json schema(Outline& /*outline*/) { return detail::range_schema("number", low, high); }
  static std::string words() { return detail::range_words("a number", low, high); }
};

template <std::int64_t low, std::int64_t high>
struct Value<Whole<low, high>> {
  static std::optional<Whole<low, high>> read(const Json& json, const std::string& path, Findings& findings) {
    const auto* integer = std::get_if<std::int64_t>(&json.value);
    if (integer != nullptr && low <= *integer && *integer <= high) return Whole<low, high>{*integer};
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  static Json schema(Outline& /*outline*/) { return detail::range_schema("integer", low, high); }
  static std::string words() { return detail::range_words("an integer", low, high); }
};

// ---- texts ----------------------------------------------------------------------------------------------------------

struct Label {  // a text that is not empty
  std::string text;
};
struct ColumnName {
  std::string name;
};
struct TableName {
  std::string name;
};
struct MetricName {
  std::string name;
};
struct ScoreName {
  std::string name;
};
struct PanelName {  // a name as formulas write it
  Formula name;
};
struct FixedLength {
  Length length;
};
struct OnlyTrue {};
struct Ignored {};  // a text that is no part of the model

/// Declares a Value whose work stands in values.cpp.
#define CUSTOMERHEALTH_VALUE(Type)                                                                  \
  template <>                                                                                       \
  struct Value<Type> {                                                                              \
    static std::optional<Type> read(const Json& json, const std::string& path, Findings& findings); \
    static Json schema(Outline& outline);                                                           \
    static std::string words();                                                                     \
  }

CUSTOMERHEALTH_VALUE(std::string);
CUSTOMERHEALTH_VALUE(Label);
CUSTOMERHEALTH_VALUE(ColumnName);
CUSTOMERHEALTH_VALUE(TableName);
CUSTOMERHEALTH_VALUE(MetricName);
CUSTOMERHEALTH_VALUE(ScoreName);
CUSTOMERHEALTH_VALUE(Ignored);
CUSTOMERHEALTH_VALUE(bool);
CUSTOMERHEALTH_VALUE(OnlyTrue);
CUSTOMERHEALTH_VALUE(Length);
CUSTOMERHEALTH_VALUE(FixedLength);
CUSTOMERHEALTH_VALUE(Instant);
CUSTOMERHEALTH_VALUE(Formula);
CUSTOMERHEALTH_VALUE(Literal);
CUSTOMERHEALTH_VALUE(PanelName);

/// A formula that stands in for one that cannot be read, so that the rest can be checked: it fits everywhere.
[[nodiscard]] Formula placeholder(std::string path);

/// The number, as a formula.
[[nodiscard]] Formula constant(double value, std::string path);

// ---- choices --------------------------------------------------------------------------------------------------------

template <class E>
struct Choice {
  std::string_view name;
  E value;
};
/// The words of an enum: `static std::span<const Choice<E>> all()`.
template <class E>
struct Choices;

namespace detail {
[[nodiscard]] std::string choice_words(const std::vector<std::string>& names);
[[nodiscard]] Json choice_schema(const std::vector<std::string>& names);
void unknown_choice(const Json& json, const std::vector<std::string>& names, const std::string& path,
                    Findings& findings);
}  // namespace detail

template <class E>
  requires std::is_enum_v<E>
struct Value<E> {
  static std::optional<E> read(const Json& json, const std::string& path, Findings& findings) {
    if (const std::string* text = json.text()) {
      for (const Choice<E>& choice : Choices<E>::all()) {
        if (choice.name == *text) return choice.value;
      }
    }
    detail::unknown_choice(json, names(), path, findings);
    return std::nullopt;
  }
  static Json schema(Outline& /*outline*/) { return detail::choice_schema(names()); }
  static std::string words() { return detail::choice_words(names()); }

  static std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const Choice<E>& choice : Choices<E>::all()) out.emplace_back(choice.name);
    return out;
  }
  static std::string_view name(E value) {
    for (const Choice<E>& choice : Choices<E>::all()) {
      if (choice.value == value) return choice.name;
    }
    return {};
  }
};

// ---- compounds ------------------------------------------------------------------------------------------------------

/// T or null; T is a plain value.
template <class T>
struct Nullable {
  std::optional<T> value;
};

template <class T>
struct Value<Nullable<T>> {
  static std::optional<Nullable<T>> read(const Json& json, const std::string& path, Findings& findings) {
    if (json.is_null()) return Nullable<T>{};
    Findings own;  // T would not speak of null
    auto value = Value<T>::read(json, path, own);
    if (value) return Nullable<T>{std::move(value)};
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  static Json schema(Outline& outline) {
    return Json::Object{{"anyOf", Json::List{Value<T>::schema(outline), Json::Object{{"type", "null"}}}}};
  }
  static std::string words() { return Value<T>::words() + " or null"; }
};

/// A list with at least `least` elements; those that cannot be read are left out.
template <class T, std::size_t least = 0>
struct ListOf {
  std::vector<T> values;
  std::vector<std::size_t> indices;  // where each stands
};

template <class T, std::size_t least>
struct Value<ListOf<T, least>> {
  static std::optional<ListOf<T, least>> read(const Json& json, const std::string& path, Findings& findings) {
    const auto* list = json.list();
    if (list == nullptr || list->size() < least) {
      detail::expected(words(), json, path, findings);
      return std::nullopt;
    }
    ListOf<T, least> out;
    for (std::size_t i = 0; i < list->size(); ++i) {
      findings.check();
      auto value = Value<T>::read((*list)[i], path_to(path, i), findings);
      if (!value) continue;
      out.values.push_back(std::move(*value));
      out.indices.push_back(i);
    }
    return out;
  }
  static Json schema(Outline& outline) {
    Json::Object out{{"type", "array"}, {"items", Value<T>::schema(outline)}};
    if (least > 0) out.push_back({"minItems", static_cast<std::int64_t>(least)});
    return out;
  }
  static std::string words() {
    const std::string of = "a list (each: " + Value<T>::words() + ")";
    return least == 0 ? of
                      : of + " with " + (least == 1 ? "one element" : std::to_string(least) + " elements") + " or more";
  }
};

template <class T>
struct Named {
  std::string name, path;
  T value;
};

/// A map by name, in the order of the document. Values that cannot be read are left out of `values`, not of `names`.
template <class T>
struct MapOf {
  std::vector<Named<T>> values;
  std::vector<std::string> names;
};

namespace detail {
void check_name(const std::string& name, const std::string& path, Findings& findings);
[[nodiscard]] Json map_schema(Json values);
}  // namespace detail

template <class T>
struct Value<MapOf<T>> {
  static std::optional<MapOf<T>> read(const Json& json, const std::string& path, Findings& findings) {
    const auto* object = json.object();
    if (object == nullptr) {
      detail::expected(words(), json, path, findings);
      return std::nullopt;
    }
    findings.keep_order(json);
    MapOf<T> out;
    for (const JsonMember& member : *object) {
      findings.check();
      const std::string here = path_to(path, member.key);
      detail::check_name(member.key, here, findings);
      out.names.push_back(member.key);
      auto value = Value<T>::read(member.value, here, findings);
      if (value) out.values.push_back({member.key, here, std::move(*value)});
    }
    return out;
  }
  static Json schema(Outline& outline) { return detail::map_schema(Value<T>::schema(outline)); }
  static std::string words() { return "a map by name (each: " + Value<T>::words() + ")"; }
};

/// A value of a column, written as a key: {"admin": 2}. In the order of the keys' bytes, so that order means nothing.
template <class T>
struct TextMap {
  std::vector<std::pair<std::string, T>> values;
};

template <class T>
struct Value<TextMap<T>> {
  static std::optional<TextMap<T>> read(const Json& json, const std::string& path, Findings& findings) {
    const auto* object = json.object();
    if (object == nullptr || object->empty()) {
      detail::expected(words(), json, path, findings);
      return std::nullopt;
    }
    TextMap<T> out;
    for (const JsonMember& member : *object) {
      findings.check();
      if (auto value = Value<T>::read(member.value, path_to(path, member.key), findings)) {
        out.values.emplace_back(member.key, std::move(*value));
      }
    }
    std::ranges::sort(out.values, {}, [](const auto& entry) -> const std::string& { return entry.first; });
    return out;
  }
  static Json schema(Outline& outline) {
    return Json::Object{
        {"type", "object"}, {"minProperties", std::int64_t{1}}, {"additionalProperties", Value<T>::schema(outline)}};
  }
  static std::string words() { return "a map from values (each: " + Value<T>::words() + ")"; }
};

/// An object with declared keys.
template <class T>
  requires std::is_base_of_v<Draft, T>
struct Value<T> {
  static std::optional<T> read(const Json& json, const std::string& path, Findings& findings) {
    return object_of<T>().read(json, path, findings);
  }
  static Json schema(Outline& outline) {
    const ObjectInfo& info = object_of<T>().info();
    outline.add(info);
    return Json::Object{{"$ref", "#/$defs/" + std::string{info.name}}};
  }
  static std::string words() { return "an object: " + std::string{object_of<T>().info().name}; }
};

}  // namespace customerhealth::model
