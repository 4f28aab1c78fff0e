#include <string>

#include "choices.hpp"
#include "customerhealth/common/overloaded.hpp"
#include "customerhealth/scores/changes.hpp"
#include "measure.hpp"
#include "recorded.hpp"

/// Makes the texts of the column `because` of why_changed.
namespace customerhealth::scores {
namespace {

std::string arrow(const std::string& from, const std::string& to) { return from + " → " + to; }

std::string case_text(const model::Measure& measure, std::int32_t chosen) {
  if (chosen == CasesInForce::kNone) return "no case";
  const bool missing = chosen <= CasesInForce::kFirstMissing;
  const auto index = static_cast<std::size_t>(missing ? CasesInForce::kFirstMissing - chosen : chosen);
  const model::Case& one = measure.cases[index];
  if (!one.when) return "otherwise";
  return missing ? "missing: " + one.when->expression.text() : one.when->expression.text();
}

}  // namespace

std::string text_of(const Change::Missing& missing) { return std::string{to_string(missing.reason)}; }

std::string text_of(const Change::Policy& policy) {
  const std::string from{to_string(policy.from)}, to{to_string(policy.to)};
  if (policy.from == Reason::none) return "missing now: " + to;
  if (policy.to == Reason::none) return "missing before: " + from;
  return "missing: " + arrow(from, to);
}

std::string text_of(Change::Limit limit) {
  switch (limit) {
    case Change::Limit::on:
      return "on";
    case Change::Limit::off:
      return "off";
    case Change::Limit::moved:
      return "bound moved";
    case Change::Limit::holds:
      break;
  }
  return "on at both";
}

std::string text_of(const Change::NoRow&) { return "not in the panel"; }

std::string text_of(const Change::OtherPart& other, const std::string& name) {
  switch (other.did) {
    case Change::OtherPart::Did::appear:
      return name + " appeared";
    case Change::OtherPart::Did::vanish:
      return name + " vanished";
    case Change::OtherPart::Did::decide_before:
      return "instead of " + name;
    case Change::OtherPart::Did::decide_now:
      break;
  }
  return name + " instead";
}

std::optional<Changes::Words> Changes::words(const Change& change) const {
  if (const auto* entries = std::get_if<Change::Entries>(&change.because)) {
    const model::Shape& shape = measure_of(change.part).cases[static_cast<std::size_t>(entries->of_case)].shape;
    return Words{choice_text(shape, entries->from), choice_text(shape, entries->to)};
  }
  if (const auto* cases = std::get_if<Change::Cases>(&change.because)) {
    const model::Measure& measure = measure_of(change.part);
    return Words{case_text(measure, cases->from), case_text(measure, cases->to)};
  }
  return std::nullopt;
}

std::string Changes::because(const Change& change) const {
  if (const auto both = words(change)) return arrow(both->from, both->to);
  return text_of_any(change.because, [&](PartIndex part) { return parts_[part.place()].name; });
}

}  // namespace customerhealth::scores
