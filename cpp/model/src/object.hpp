#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "customerhealth/common/json.hpp"
#include "json_reader.hpp"
#include "problems.hpp"

/// How the keys of the model document are declared: once, in an Object<T>, from which the parser, the JSON Schema, the
/// docs' tables and "did you mean" are made. The declarations themselves stand in keys_*.cpp.
namespace customerhealth::model {

struct ObjectInfo;

/// Allowed in every object that is not a map by name; nobody has to declare it.
inline constexpr std::string_view kDescriptionKey = "description";

/// The kinds of objects a document is made of, in the order in which they are met.
struct Outline {
  std::vector<const ObjectInfo*> objects;
  void add(const ObjectInfo& object);
};

/// How a type of value is read and described; specialised in values.hpp and, for enums, by Choices<E>.
///   static std::optional<T> read(const Json&, const std::string& path, Findings&);  // nothing: a problem was added
///   static Json schema(Outline&);
///   static std::string words();  // for the docs and "expected ..."
template <class T>
struct Value;

/// The facts of a key, from which checks, the schema and the docs are made.
struct KeyInfo {
  std::string_view name, meaning;
  std::string_view fallback = {};  // the default, as JSON; empty: none
  bool required = false;
  std::string_view group = {};                                            // keys of one group exclude each other
  std::vector<std::string_view> needs;                                    // keys without which this one means nothing
  std::vector<std::pair<std::string_view, std::string_view>> kind_needs;  // likewise of one kind: kind, needed key
  std::vector<std::string_view> kinds;  // values of the object's `kind` it goes with; empty: all
  bool required_in_kinds = false;
  Json (*schema)(Outline&) = nullptr;
  std::string (*words)() = nullptr;
};

struct ObjectInfo {
  std::string_view name, meaning;
  std::vector<KeyInfo> keys;
  std::vector<std::string_view> required_groups;  // groups of which one key must be given
  std::string_view kind_key = {};                 // the key that `kinds` speak of
  bool may_be_empty = false;                      // without any of its keys it says nothing, and needs none

  [[nodiscard]] const KeyInfo* find(std::string_view key) const noexcept;
  [[nodiscard]] std::vector<std::string> key_names() const;
  [[nodiscard]] std::vector<std::string> group_names(std::string_view group) const;
};

/// The value that the document has for a key, or the default.
struct EntryBase {
  std::string_view key;
  bool given = false;
};
template <class T>
struct Entry : EntryBase {
  std::optional<T> value;  // none: not given (and no default), or given and wrong, which was said

  [[nodiscard]] explicit operator bool() const noexcept { return value.has_value(); }
  [[nodiscard]] const T& operator*() const noexcept { return *value; }
  [[nodiscard]] const T* operator->() const noexcept { return &*value; }
};

/// An object of the document as it was read, before names are resolved.
struct Draft {
  std::string path;
  [[nodiscard]] std::string at(const EntryBase& entry) const { return path_to(path, entry.key); }
};

/// The checks that need no more than the declarations: unknown keys, required ones, groups, needs, kinds.
void check_unknown(const ObjectInfo& info, const Json::Object& object, const std::string& path, Findings& findings);
void check_rules(const ObjectInfo& info, const Json& json, const std::string& path, Findings& findings);

/// The declaration of an object that is read into a T (a Draft with an Entry for each key). Modifiers speak of the key
/// before them.
template <class T>
class Object {
 public:
  Object(std::string_view name, std::string_view meaning) { info_.name = name, info_.meaning = meaning; }

  template <class Owner, class V>
  Object& key(std::string_view name, Entry<V> Owner::* member, std::string_view meaning) {
    KeyInfo key;
    key.name = name, key.meaning = meaning;
    key.schema = &Value<V>::schema;
    key.words = &Value<V>::words;
    info_.keys.push_back(std::move(key));
    if (all_need_) needs_.push_back({info_.keys.size() - 1, all_need_});
    members_.push_back(
        {entry_of(member), [member](T& draft, const Json& json, const std::string& path, Findings& findings) {
           (draft.*member).value = Value<V>::read(json, path, findings);
         }});
    return *this;
  }

  Object& required() { return last().required = true, *this; }
  Object& fallback(std::string_view json) { return last().fallback = json, *this; }
  Object& group(std::string_view name) { return last().group = name, *this; }
  template <class Owner, class V>
  Object& needs(Entry<V> Owner::* member) {
    return needs_.push_back({info_.keys.size() - 1, entry_of(member)}), *this;
  }
  template <class Owner, class V, class E>
  Object& needs_for(Entry<V> Owner::* member, std::initializer_list<E> kinds) {
    for (const E kind : kinds) kind_needs_.push_back({info_.keys.size() - 1, Value<E>::name(kind), entry_of(member)});
    return *this;
  }
  template <class E>
  Object& required_for(std::initializer_list<E> kinds) {
    return last().required_in_kinds = true, only_for(kinds);
  }
  template <class E>
  Object& only_for(std::initializer_list<E> kinds) {
    for (const E kind : kinds) last().kinds.push_back(Value<E>::name(kind));
    return *this;
  }

  /// Goes on with keys that several kinds of objects declare alike.
  Object& also(Object& (*declare)(Object&)) { return declare(*this); }

  // These speak of the whole object.
  Object& one_of_group(std::string_view group) { return info_.required_groups.push_back(group), *this; }
  Object& or_empty() { return info_.may_be_empty = true, *this; }
  template <class Owner, class V>
  Object& kinds_by(Entry<V> Owner::* member) {
    return info_.kind_key = name_of(entry_of(member)), *this;
  }
  /// The keys that follow all need this one.
  template <class Owner, class V>
  Object& all_need(Entry<V> Owner::* member) {
    return all_need_ = entry_of(member), *this;
  }
  /// Ends a declaration: only now are all keys known that others may need.
  Object& done() {
    for (const auto& [key, entry] : needs_) info_.keys[key].needs.push_back(name_of(entry));
    needs_.clear();
    for (const auto& [key, kind, entry] : kind_needs_) info_.keys[key].kind_needs.emplace_back(kind, name_of(entry));
    kind_needs_.clear();
    return *this;
  }

  [[nodiscard]] const ObjectInfo& info() const noexcept { return info_; }

  [[nodiscard]] std::optional<T> read(const Json& json, const std::string& path, Findings& findings) const {
    const auto* object = json.object();
    if (object == nullptr) {
      findings.add(path, "expected an object, got " + describe(json));
      return std::nullopt;
    }
    T draft;
    draft.path = path;
    for (std::size_t i = 0; i < members_.size(); ++i) read_key(i, json, draft, findings);
    check_unknown(info_, *object, path, findings);
    check_rules(info_, json, path, findings);
    return draft;
  }

 private:
  using EntryOf = std::function<EntryBase&(T&)>;
  struct Member {
    EntryOf entry;
    std::function<void(T&, const Json&, const std::string&, Findings&)> read;
  };

  void read_key(std::size_t i, const Json& json, T& draft, Findings& findings) const {
    const KeyInfo& key = info_.keys[i];
    EntryBase& entry = members_[i].entry(draft);
    entry.key = key.name;
    const Json* value = json.find(key.name);
    entry.given = value != nullptr;
    if (value != nullptr) {
      members_[i].read(draft, *value, path_to(draft.path, key.name), findings);
    } else if (!key.fallback.empty()) {
      Findings none;  // a test reads every default
      members_[i].read(draft, read_json(key.fallback, none), path_to(draft.path, key.name), none);
    }
  }

  [[nodiscard]] KeyInfo& last() { return info_.keys.back(); }

  template <class Owner, class V>
  [[nodiscard]] static EntryOf entry_of(Entry<V> Owner::* member) {
    return [member](T& draft) -> EntryBase& { return draft.*member; };
  }

  [[nodiscard]] std::string_view name_of(const EntryOf& entry) const {
    T draft;
    const EntryBase* wanted = &entry(draft);
    const auto found = std::ranges::find_if(members_, [&](const Member& m) { return &m.entry(draft) == wanted; });
    return info_.keys.at(static_cast<std::size_t>(found - members_.begin())).name;
  }

  ObjectInfo info_;
  std::vector<Member> members_;
  std::vector<std::pair<std::size_t, EntryOf>> needs_;
  std::vector<std::tuple<std::size_t, std::string_view, EntryOf>> kind_needs_;
  EntryOf all_need_;
};

/// The declaration of T; defined in keys_*.cpp.
template <class T>
[[nodiscard]] const Object<T>& object_of();

}  // namespace customerhealth::model
