#include "drafts.hpp"

namespace customerhealth::model {
namespace {

Json::List as_list(const std::vector<std::string>& names) { return Json::List(names.begin(), names.end()); }

Json needs(std::string_view key) { return Json::Object{{"required", Json::List{std::string{key}}}}; }

Json property(const KeyInfo& key, Outline& outline) {
  Json schema = key.schema(outline);
  schema.object()->push_back({"description", std::string{key.meaning}});
  Findings none;
  if (!key.fallback.empty()) schema.object()->push_back({"default", read_json(key.fallback, none)});
  return schema;
}

/// Of the keys of a group at most one; of a required group exactly one.
void add_groups(const ObjectInfo& info, Json::List& rules) {
  std::vector<std::string_view> groups;
  for (const KeyInfo& key : info.keys) {
    if (!key.group.empty() && std::ranges::find(groups, key.group) == groups.end()) groups.push_back(key.group);
  }
  for (const std::string_view group : groups) {
    Json::List alternatives;
    for (const std::string& name : info.group_names(group)) alternatives.push_back(needs(name));
    if (std::ranges::find(info.required_groups, group) == info.required_groups.end()) {
      alternatives.push_back(Json::Object{{"not", Json::Object{{"anyOf", alternatives}}}});
    }
    rules.push_back(Json::Object{{"oneOf", std::move(alternatives)}});
  }
}

/// What each kind needs and what does not go with it.
void add_kinds(const ObjectInfo& info, Json::List& rules) {
  const KeyInfo* kind_key = info.find(info.kind_key);
  if (kind_key == nullptr) return;
  Outline ignored;
  const Json kinds = kind_key->schema(ignored);
  for (const Json& kind : *kinds.find("enum")->list()) {
    Json::List required;
    Json::Object refused, dependent;
    for (const KeyInfo& key : info.keys) {
      for (const auto& [of_kind, needed] : key.kind_needs) {
        if (of_kind == *kind.text()) dependent.push_back({std::string{key.name}, Json::List{std::string{needed}}});
      }
      if (key.kinds.empty()) continue;
      const bool fits = std::ranges::find(key.kinds, *kind.text()) != key.kinds.end();
      if (fits && key.required_in_kinds) required.emplace_back(std::string{key.name});
      if (!fits) refused.push_back({std::string{key.name}, false});
    }
    const Json is_kind =
        Json::Object{{"properties", Json::Object{{std::string{info.kind_key}, Json::Object{{"const", *kind.text()}}}}}};
    Json::Object then{{"required", std::move(required)}, {"properties", std::move(refused)}};
    if (!dependent.empty()) then.push_back({"dependentRequired", std::move(dependent)});
    rules.push_back(Json::Object{{"if", is_kind}, {"then", std::move(then)}});
  }
}

/// The schema of an object: what the parser checks of its keys, as far as JSON Schema can say it.
Json object_schema(const ObjectInfo& info, Outline& outline) {
  Json::Object properties, dependent;
  Json::List required, rules;
  for (const KeyInfo& key : info.keys) {
    properties.push_back({std::string{key.name}, property(key, outline)});
    if (key.required) required.emplace_back(std::string{key.name});
    if (key.needs.empty()) continue;
    dependent.push_back({std::string{key.name}, as_list({key.needs.begin(), key.needs.end()})});
  }
  if (info.find(kDescriptionKey) == nullptr) {
    properties.push_back({std::string{kDescriptionKey}, Json::Object{{"type", "string"}}});
  }
  add_groups(info, rules);
  add_kinds(info, rules);
  Json::Object out{{"type", "object"},
                   {"description", std::string{info.meaning}},
                   {"properties", std::move(properties)},
                   {"additionalProperties", false}};
  if (!dependent.empty()) out.push_back({"dependentRequired", std::move(dependent)});
  Json::Object whole;
  if (!required.empty()) whole.push_back({"required", std::move(required)});
  if (!rules.empty()) whole.push_back({"allOf", std::move(rules)});
  if (info.may_be_empty) {
    Json::List given;
    for (const KeyInfo& key : info.keys) given.push_back(needs(key.name));
    whole = Json::Object{{"if", Json::Object{{"anyOf", std::move(given)}}}, {"then", std::move(whole)}};
  }
  for (JsonMember& rule : whole) out.push_back(std::move(rule));
  return out;
}

}  // namespace

std::string model_schema() {
  Outline outline;
  const ObjectInfo& top = object_of<DocumentDraft>().info();
  outline.add(top);
  Json schema = object_schema(top, outline);
  schema.object()->insert(schema.object()->begin(), {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                                     {"title", "A model of customerhealth"}});
  Json::Object definitions;
  for (const ObjectInfo* info : outline.objects) {
    if (info != &top) definitions.push_back({std::string{info->name}, object_schema(*info, outline)});
  }
  schema.object()->push_back({"$defs", std::move(definitions)});
  return write_pretty(schema);
}

}  // namespace customerhealth::model
