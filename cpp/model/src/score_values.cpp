#include <algorithm>
#include <cmath>

#include "customerhealth/common/number.hpp"
#include "drafts.hpp"

/// Reads values that are more than one JSON type: pairs, alternatives, policies.
namespace customerhealth::model {
namespace {

/// Two finite numbers.
std::optional<std::pair<double, double>> read_pair(const Json& json) {
  const auto* list = json.list();
  if (list == nullptr || list->size() != 2) return std::nullopt;
  const auto first = (*list)[0].number(), second = (*list)[1].number();
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

Json pair_schema() {
  return Json::Object{{"type", "array"},
                      {"items", Json::Object{{"type", "number"}}},
                      {"minItems", std::int64_t{2}},
                      {"maxItems", std::int64_t{2}}};
}

Json any_of(Json::List schemas) { return Json::Object{{"anyOf", std::move(schemas)}}; }

using Answer = MissingPolicy::Answer;

std::optional<Answer> parse_answer(const Json& json) {
  if (const auto points = json.number()) return Answer{MissingPolicy::Kind::points, *points};
  if (json.text() == nullptr) return std::nullopt;
  if (*json.text() == "skip") return Answer{MissingPolicy::Kind::skip, 0};
  if (*json.text() == "fail") return Answer{MissingPolicy::Kind::fail, 0};
  return std::nullopt;
}

constexpr const char* kAnswerWords = "'skip', 'fail' or a number of points";
constexpr std::string_view kElse = "else";

Json answer_schema() {
  return any_of({Json::Object{{"enum", Json::List{"skip", "fail"}}}, Json::Object{{"type", "number"}}});
}

Answer& answer_for(MissingPolicy& policy, Reason reason) { return policy.answers[static_cast<std::size_t>(reason)]; }

/// The policy that gives `answer` for all reasons but not_applicable, which is skipped unless a map names it.
MissingPolicy policy_of(const Answer& answer) {
  MissingPolicy policy;
  policy.answers.fill(answer);
  answer_for(policy, Reason::not_applicable) = Answer{};
  return policy;
}

/// Reads all entries before it applies them, since `else` may stand anywhere and fills in what none of them names.
MissingPolicy read_policy_map(const Json::Object& map, const std::string& path, Findings& findings) {
  std::vector<std::pair<Reason, Answer>> named;
  Answer otherwise;
  for (const JsonMember& member : map) {
    const std::string here = path_to(path, member.key);
    const auto answer = parse_answer(member.value);
    if (!answer) detail::expected(kAnswerWords, member.value, here, findings);
    const auto reason = parse_reason(member.key);
    if (member.key == kElse) {
      otherwise = answer.value_or(Answer{});
    } else if (reason) {
      named.emplace_back(*reason, answer.value_or(Answer{}));
    } else {
      std::vector<std::string> reasons = Value<Reason>::names();
      reasons.emplace_back(kElse);
      findings.add(here, "no such reason; " + suggestion(member.key, reasons));
    }
  }
  MissingPolicy policy = policy_of(otherwise);
  for (const auto& [reason, answer] : named) answer_for(policy, reason) = answer;
  return policy;
}

}  // namespace

std::optional<CurvePoint> Value<CurvePoint>::read(const Json& json, const std::string& path, Findings& findings) {
  if (const auto pair = read_pair(json)) return CurvePoint{pair->first, pair->second};
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<CurvePoint>::schema(Outline& /*outline*/) { return pair_schema(); }
std::string Value<CurvePoint>::words() { return "a pair of numbers, [x, points]"; }

std::optional<RiskCurve> Value<RiskCurve>::read(const Json& json, const std::string& path, Findings& findings) {
  Findings own;
  const auto list = Value<ListOf<CurvePoint, 2>>::read(json, path, own);
  if (!list) {
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  RiskCurve out;
  for (std::size_t i = 0; i < list->values.size(); ++i) {
    const auto [score, probability] = list->values[i];
    const std::string here = path_to(path, list->indices[i]);
    if (!(0 <= probability && probability <= 1)) {
      own.add(here, "a probability is between 0 and 1; got " + shortest(probability));
    } else if (!out.corners.empty() && !(score > out.corners.back().first)) {
      own.add(here,
              "scores must ascend strictly, but " + shortest(score) + " follows " + shortest(out.corners.back().first));
    } else if (!out.corners.empty() && probability > out.corners.back().second) {
      own.add(here, "a probability falls as the score rises, but " + shortest(probability) + " follows " +
                        shortest(out.corners.back().second));
    }
    out.corners.emplace_back(score, probability);
  }
  for (Problem& problem : own.problems()) findings.problems().push_back(std::move(problem));
  return own.any() ? std::nullopt : std::optional{std::move(out)};
}
Json Value<RiskCurve>::schema(Outline& /*outline*/) {
  const Json score = Json::Object{{"type", "number"}};
  const Json probability = detail::range_schema("number", 0, 1);
  Json::Object pair{{"type", "array"},
                    {"prefixItems", Json::List{score, probability}},
                    {"minItems", std::int64_t{2}},
                    {"maxItems", std::int64_t{2}}};
  return Json::Object{{"type", "array"}, {"items", std::move(pair)}, {"minItems", std::int64_t{2}}};
}
std::string Value<RiskCurve>::words() {
  return "a list of two or more pairs of numbers, [score, probability], that fall from score to score";
}

std::optional<Scale> Value<Scale>::read(const Json& json, const std::string& path, Findings& findings) {
  const auto pair = read_pair(json);
  if (!pair) {
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  if (!(pair->first < pair->second) || !std::isfinite(pair->second - pair->first)) {
    findings.add(path, "a scale needs a width: [low, high] with low < high; got [" + shortest(pair->first) + ", " +
                           shortest(pair->second) + "]");
    return std::nullopt;
  }
  return Scale{pair->first, pair->second};
}
Json Value<Scale>::schema(Outline& /*outline*/) { return pair_schema(); }
std::string Value<Scale>::words() { return "a pair of numbers, [low, high]"; }

std::optional<WeightDraft> Value<WeightDraft>::read(const Json& json, const std::string& path, Findings& findings) {
  WeightDraft out;
  if (json.object() != nullptr) {
    out.by_value = Value<TextMap<AtLeastZero>>::read(json, path, findings);
    return out.by_value ? std::optional{out} : std::nullopt;
  }
  const auto all = Value<AtLeastZero>::read(json, path, findings);
  if (!all) return std::nullopt;
  out.all = all->value;
  return out;
}
Json Value<WeightDraft>::schema(Outline& outline) {
  return any_of({Value<AtLeastZero>::schema(outline), Value<TextMap<AtLeastZero>>::schema(outline)});
}
std::string Value<WeightDraft>::words() { return Value<AtLeastZero>::words() + ", or a map by value"; }

std::optional<LimitDraft> Value<LimitDraft>::read(const Json& json, const std::string& path, Findings& findings) {
  if (const auto number = json.number()) return LimitDraft{constant(*number, path)};
  if (json.text() == nullptr) {
    detail::expected(words(), json, path, findings);
    return LimitDraft{placeholder(path)};
  }
  auto formula = Value<Formula>::read(json, path, findings);
  return LimitDraft{std::move(*formula)};
}
Json Value<LimitDraft>::schema(Outline& outline) {
  return any_of({Json::Object{{"type", "number"}}, Value<Formula>::schema(outline)});
}
std::string Value<LimitDraft>::words() { return "a number or a formula"; }

std::optional<WantedDraft> Value<WantedDraft>::read(const Json& json, const std::string& path, Findings& findings) {
  WantedDraft out;
  out.is_map = json.object() != nullptr;
  if (out.is_map) {
    const auto map = Value<TextMap<AtLeastZero>>::read(json, path, findings);
    if (!map) return std::nullopt;
    for (const auto& [value, needed] : map->values) {
      if (value.empty()) findings.add(path_to(path, value), "a value cannot be the empty text");
      if (needed.value <= 0) findings.add(path_to(path, value), "expected a number above 0; got 0");
      out.values.push_back({Literal{value, value}, needed.value});
    }
    return out;
  }
  if (json.list() == nullptr || json.list()->empty()) {
    detail::expected(words(), json, path, findings);
    return std::nullopt;
  }
  const auto list = Value<ListOf<Literal, 1>>::read(json, path, findings);
  for (const Literal& value : list->values) out.values.push_back({value, 1});
  return out;
}
Json Value<WantedDraft>::schema(Outline& outline) {
  return any_of({Value<ListOf<Literal, 1>>::schema(outline), Value<TextMap<AtLeastZero>>::schema(outline)});
}
std::string Value<WantedDraft>::words() { return "a list of values, or a map from value to the rows needed"; }

std::optional<MissingPolicy> Value<MissingPolicy>::read(const Json& json, const std::string& path, Findings& findings) {
  if (const auto* map = json.object()) return read_policy_map(*map, path, findings);
  if (const auto answer = parse_answer(json)) return policy_of(*answer);
  detail::expected(words(), json, path, findings);
  return std::nullopt;
}
Json Value<MissingPolicy>::schema(Outline& /*outline*/) {
  Json::List keys;
  for (const std::string& name : Value<Reason>::names()) keys.emplace_back(name);
  keys.emplace_back(std::string{kElse});
  return any_of({answer_schema(), Json::Object{{"type", "object"},
                                               {"propertyNames", Json::Object{{"enum", std::move(keys)}}},
                                               {"additionalProperties", answer_schema()}}});
}
std::string Value<MissingPolicy>::words() {
  return std::string{kAnswerWords} + ", or a map from reason (or 'else') to one of these";
}

}  // namespace customerhealth::model
