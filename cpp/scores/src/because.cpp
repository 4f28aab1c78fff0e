#include <string>

#include "customerhealth/scores/changes.hpp"
#include "customerhealth/scores/choices.hpp"
#include "customerhealth/scores/measure.hpp"
#include "recorded.hpp"

namespace customerhealth {
namespace {

constexpr std::string_view kArrow = " → ";

std::string case_text(const Measure& measure, std::int32_t chosen) {
  if (chosen == CasesInForce::kNone) return "no case";
  const bool missing = chosen <= CasesInForce::kFirstMissing;
  const auto index = static_cast<std::size_t>(missing ? CasesInForce::kFirstMissing - chosen : chosen);
  const Case& one = measure.cases[index];
  if (!one.when) return "otherwise";
  return missing ? "missing: " + one.when->expression.text() : one.when->expression.text();
}

std::string policy_text(Reason from, Reason to) {
  if (from == Reason::none) return "missing now: " + std::string{to_string(to)};
  if (to == Reason::none) return "missing before: " + std::string{to_string(from)};
  return "missing: " + std::string{to_string(from)} + std::string{kArrow} + std::string{to_string(to)};
}

}  // namespace

bool names_part(Change::Because because) noexcept {
  using Because = Change::Because;
  return because == Because::came || because == Because::went || because == Because::instead ||
         because == Because::gave_way;
}

std::string because_of_any(const Change& change, const std::string& part) {
  using Because = Change::Because;
  switch (change.because) {
    case Because::reason:
      return std::string{to_string(static_cast<Reason>(change.x))};
    case Because::policy:
      return policy_text(static_cast<Reason>(change.x), static_cast<Reason>(change.y));
    case Because::came:
      return part + " appeared";
    case Because::went:
      return part + " vanished";
    case Because::instead:
      return "instead of " + part;
    case Because::gave_way:
      return part + " instead";
    case Because::cap_on:
      return "on";
    case Because::cap_off:
      return "off";
    case Because::cap_moved:
      return "bound moved";
    case Because::cap_holds:
      return "on at both";
    case Because::no_row:
      return "not in the panel";
    case Because::nothing:
    case Because::entries:
    case Because::cases:
    case Because::paths:
      break;
  }
  return "";
}

std::string Changes::because(const Change& change) const {
  const auto arrow = [](const std::string& from, const std::string& to) { return from + std::string{kArrow} + to; };
  if (change.because == Change::Because::entries) {
    const Shape& shape = measure_of(change.part).cases[static_cast<std::size_t>(change.held)].shape;
    return arrow(choice_text(shape, change.x), choice_text(shape, change.y));
  }
  if (change.because == Change::Because::cases) {
    const Measure& measure = measure_of(change.part);
    return arrow(case_text(measure, change.x), case_text(measure, change.y));
  }
  return because_of_any(change, names_part(change.because) ? parts_[static_cast<std::size_t>(change.x)].name : "");
}

}  // namespace customerhealth
