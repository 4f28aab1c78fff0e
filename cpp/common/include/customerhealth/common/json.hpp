#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "customerhealth/common/parallel.hpp"

namespace customerhealth {

struct Json;
struct JsonMember;

/// Exactly these make a Json, so that no int or pointer turns into one of them by accident.
template <class T>
inline constexpr bool kIsJson =
    (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> ||
     std::is_same_v<T, std::uint64_t> || std::is_same_v<T, double> || std::is_same_v<T, std::string> ||
     std::is_same_v<T, std::vector<Json>> || std::is_same_v<T, std::vector<JsonMember>>);

/// A JSON value as the document has it: members keep their order, integers their 64 bits. A number that is a whole one
/// within 64 bits is an integer however it was written, so that `1.0` and `1` are the same; uint64 holds only what is
/// too large for int64.
struct Json {
  using List = std::vector<Json>;
  using Object = std::vector<JsonMember>;
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, List, Object> value;

  Json();
  Json(const char* text);  // NOLINT: literals of schemas
  template <class T>
    requires kIsJson<std::remove_cvref_t<T>>
  Json(T&& v) : value{std::forward<T>(v)} {}  // NOLINT: so that schemas read like JSON

  [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::nullptr_t>(value); }
  [[nodiscard]] const bool* boolean() const noexcept { return std::get_if<bool>(&value); }
  [[nodiscard]] const std::string* text() const noexcept { return std::get_if<std::string>(&value); }
  [[nodiscard]] const List* list() const noexcept { return std::get_if<List>(&value); }
  [[nodiscard]] const Object* object() const noexcept { return std::get_if<Object>(&value); }
  [[nodiscard]] Object* object() noexcept { return std::get_if<Object>(&value); }
  [[nodiscard]] std::optional<double> number() const noexcept;
  /// The member of an object, or nothing.
  [[nodiscard]] const Json* find(std::string_view key) const noexcept;
};

struct JsonMember {
  std::string key;
  Json value;
};

// Here, where a member is complete: not all compilers wait.
inline Json::Json() = default;
inline Json::Json(const char* text) : value{std::string{text}} {}

/// The normal form of a number: see Json.
[[nodiscard]] Json json_number(double value);

/// The text in double quotes, escaped as JSON asks and no further.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// The text in single quotes, cut when it is long: for messages.
[[nodiscard]] std::string shown(std::string_view text);

/// What stands there, for "expected a number, got ...": the text 'abc', the number 3, a list.
[[nodiscard]] std::string describe(const Json& json);

/// What canonical writing must know about values beyond themselves, by their place in the document.
struct CanonicalNotes {
  std::unordered_set<const Json*> ordered;   // objects whose members' order means something
  std::unordered_set<const Json*> left_out;  // members that are no part of the model
};

/// No white space; keys sorted by bytes where their order means nothing. Interrupted where the watch says so.
[[nodiscard]] std::string write_canonical(const Json& json, const CanonicalNotes& notes, const Watch* watch = nullptr);

/// For people: two spaces a level, keys in their order.
[[nodiscard]] std::string write_pretty(const Json& json);

}  // namespace customerhealth
