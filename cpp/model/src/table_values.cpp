#include <algorithm>

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
      findings.add(here, "units, patterns and zones of instants are not read; expected " + Value<Type>::words() +
                             ", where an instant is an ISO date or time");
    } else if (const auto type = Value<Type>::read(member.value, here, findings)) {
      out.values.push_back({member.key, here, *type});
    }
  }
  std::ranges::sort(out.values, {}, &Named<Type>::name);
  return out;
}

Json Value<TypesDraft>::schema(Outline& outline) {
  return Json::Object{{"type", "object"}, {"additionalProperties", Value<Type>::schema(outline)}};
}

std::string Value<TypesDraft>::words() { return "a map from columns (each: " + Value<Type>::words() + ")"; }

}  // namespace customerhealth::model
