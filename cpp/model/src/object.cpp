#include "object.hpp"

namespace customerhealth::model {
namespace {

void check_required(const ObjectInfo& info, const Json& json, const std::string& path, Findings& findings) {
  for (const KeyInfo& key : info.keys) {
    if (!key.required || json.find(key.name) != nullptr) continue;
    findings.add(path, "'" + std::string{key.name} + "' is missing; expected " + key.words());
  }
}

/// Whether the object has a key of the group.
bool is_met(const ObjectInfo& info, std::string_view group, const Json& json) {
  return std::ranges::any_of(info.keys,
                             [&](const KeyInfo& key) { return key.group == group && json.find(key.name) != nullptr; });
}

/// Of a group at most one key may be given, of a required group exactly one. Each further key is reported with the
/// first.
void check_groups(const ObjectInfo& info, const Json& json, const std::string& path, Findings& findings) {
  std::vector<const KeyInfo*> seen;
  for (const KeyInfo& key : info.keys) {
    if (key.group.empty() || json.find(key.name) == nullptr) continue;
    const auto beside = std::ranges::find(seen, key.group, &KeyInfo::group);
    if (beside == seen.end()) {
      seen.push_back(&key);
    } else {
      findings.add(path_to(path, key.name),
                   "stands beside '" + std::string{(*beside)->name} + "': only one of them can be given");
    }
  }
  for (const std::string_view group : info.required_groups) {
    if (!is_met(info, group, json)) findings.add(path, "needs one of " + alternatives(info.group_names(group)));
  }
}

void check_needs(const ObjectInfo& info, const Json& json, const std::string& path, Findings& findings) {
  for (const KeyInfo& key : info.keys) {
    if (json.find(key.name) == nullptr) continue;
    for (const std::string_view needed : key.needs) {
      if (json.find(needed) != nullptr) continue;
      // check_groups() has reported a required group of which no key is given: do not report its keys again.
      const std::string_view group = info.find(needed)->group;
      const bool said =
          std::ranges::find(info.required_groups, group) != info.required_groups.end() && !is_met(info, group, json);
      if (!said) findings.add(path_to(path, key.name), "needs '" + std::string{needed} + "', which is not given");
    }
  }
}

/// Whether `word` is one of those that the key takes. The schema is the one list of them.
bool is_choice(const KeyInfo& key, const std::string& word) {
  Outline ignored;
  const Json schema = key.schema(ignored);
  return std::ranges::any_of(*schema.find("enum")->list(), [&](const Json& choice) { return *choice.text() == word; });
}

void check_kinds(const ObjectInfo& info, const Json& json, const std::string& path, Findings& findings) {
  const Json* given = info.kind_key.empty() ? nullptr : json.find(info.kind_key);
  const std::string* kind = given == nullptr ? nullptr : given->text();
  if (kind == nullptr) return;
  if (!is_choice(*info.find(info.kind_key), *kind)) return;  // reported when the kind was read
  for (const KeyInfo& key : info.keys) {
    for (const auto& [of_kind, needed] : key.kind_needs) {
      if (of_kind != *kind || json.find(key.name) == nullptr || json.find(needed) != nullptr) continue;
      findings.add(path_to(path, key.name), "needs '" + std::string{needed} + "', which is not given");
    }
    if (key.kinds.empty()) continue;
    const bool fits = std::ranges::find(key.kinds, *kind) != key.kinds.end();
    const bool present = json.find(key.name) != nullptr;
    const std::string name{key.name};
    if (fits && key.required_in_kinds && !present) {
      findings.add(path, "'" + name + "' is missing: a table of kind '" + *kind + "' needs it");
    }
    if (!fits && present) {
      findings.add(path_to(path, key.name), "does not go with kind '" + *kind + "', only with " +
                                                alternatives({key.kinds.begin(), key.kinds.end()}));
    }
  }
}

}  // namespace

/// Adds the object and, since a schema adds the objects that it refers to, those within it.
void Outline::add(const ObjectInfo& object) {
  if (std::ranges::find(objects, &object) != objects.end()) return;
  objects.push_back(&object);
  for (const KeyInfo& key : object.keys) (void)key.schema(*this);
}

const KeyInfo* ObjectInfo::find(std::string_view key) const noexcept {
  const auto found = std::ranges::find(keys, key, &KeyInfo::name);
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> ObjectInfo::key_names() const {
  std::vector<std::string> names;
  for (const KeyInfo& key : keys) names.emplace_back(key.name);
  return names;
}

std::vector<std::string> ObjectInfo::group_names(std::string_view group) const {
  std::vector<std::string> names;
  for (const KeyInfo& key : keys) {
    if (key.group == group) names.emplace_back(key.name);
  }
  return names;
}

void check_unknown(const ObjectInfo& info, const Json::Object& object, const std::string& path, Findings& findings) {
  for (const JsonMember& member : object) {
    const std::string here = path_to(path, member.key);
    if (info.find(member.key) != nullptr) continue;
    if (member.key != kDescriptionKey) {
      findings.add(here, "unknown key; " + suggestion(member.key, info.key_names()));
    } else if (member.value.text() == nullptr) {
      findings.add(here, "expected a text, got " + describe(member.value));
    }
  }
}

void check_rules(const ObjectInfo& info, const Json& json, const std::string& path, Findings& findings) {
  const bool has_any =
      std::ranges::any_of(info.keys, [&](const KeyInfo& key) { return json.find(key.name) != nullptr; });
  if (info.may_be_empty && !has_any) return;
  check_required(info, json, path, findings);
  check_groups(info, json, path, findings);
  check_needs(info, json, path, findings);
  check_kinds(info, json, path, findings);
}

}  // namespace customerhealth::model
