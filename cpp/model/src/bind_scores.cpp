#include <algorithm>

#include "binder.hpp"
#include "build.hpp"

namespace customerhealth::model {

void Binder::score(std::int32_t index) {
  const ScoreSpec& spec = model_.scores[static_cast<std::size_t>(index)];
  BoundScore& out = bound.scores[static_cast<std::size_t>(index)];
  out.spec = &spec;
  out.include = over_panel(spec.include, Type::boolean);
  for (const Measure& part : spec.measures) out.measures.push_back(measure(part, spec));
  for (const Cap& cap : spec.caps) {
    BoundCap bound_cap;
    bound_cap.spec = &cap;
    bound_cap.when = over_panel(cap.when, Type::boolean);
    bound_cap.limit = over_panel(cap.limit, Type::number);
    out.caps.push_back(std::move(bound_cap));
  }
  for (const Grade& grade : spec.grades) out.grades.push_back(texts_.intern(grade.name));
  if (spec.trend) out.directions = {texts_.intern("down"), texts_.intern("flat"), texts_.intern("up")};
}

BoundMeasure Binder::measure(const Measure& measure, const ScoreSpec& score) {
  BoundMeasure out;
  out.spec = &measure;
  out.score = &score;
  if (const auto* nested = std::get_if<ScoreIndex>(&measure.source)) {
    out.nested = &bound.scores[nested->place()];
  }
  const auto* value = std::get_if<Formula>(&measure.source);
  if (value != nullptr) {
    const bool labels = std::ranges::any_of(measure.cases, reads_labels);
    const bool numbers = !labels && std::ranges::any_of(measure.cases, reads_numbers);  // both: said already
    out.value = over_panel(*value, numbers ? Type::number : Type::any);
    const Type type = out.value->type();
    if (labels && (type == Type::number || type == Type::instant)) {
      say(*value, "labels go with texts and booleans; this is " + with_article(type));
    }
  }
  const Type type = out.value ? out.value->type() : Type::any;
  for (const Case& c : measure.cases) out.cases.push_back(bound_case(c, type, measure));
  if (measure.shrink) out.rows = over_panel(measure.shrink->rows, Type::number);
  return out;
}

BoundCase Binder::bound_case(const Case& spec, Type value, const Measure& measure) {
  BoundCase out;
  out.spec = &spec;
  out.when = over_panel(spec.when, Type::boolean);
  if (const AmongPeers* peers = among_peers(spec.shape)) out.within = over_panel(peers->within, Type::any);
  for (const std::string& label : labels_of(spec.shape)) {
    if (watch_ != nullptr) watch_->check();
    if (value != Type::boolean) {
      out.labels.push_back(texts_.intern(label));
    } else if (label != "true" && label != "false") {
      problems.push_back({measure.path,
                          "the value is a boolean: its labels are 'true' and 'false', not '" + label + "'",
                          std::nullopt});
    }
  }
  return out;
}

}  // namespace customerhealth::model
