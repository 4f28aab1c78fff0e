#include <algorithm>

#include "binder.hpp"
#include "build.hpp"
#include "customerhealth/common/format.hpp"

namespace customerhealth::model {
namespace {

/// Why a format does not fit values of a type. If the type is unknown (`any`), a problem only if the format fits no
/// type.
std::optional<std::string> misfit(const std::string& format, Type type) {
  if (format.empty()) return std::nullopt;
  auto problem = problem_with_format(format, format_of(type));
  if (type != Type::any || !problem) return problem;
  if (!problem_with_format(format, FormatOf::instant)) return std::nullopt;
  return problem_with_format(format, FormatOf::number);
}

}  // namespace

FormatOf format_of(Type type) noexcept {
  return type == Type::number ? FormatOf::number : type == Type::instant ? FormatOf::instant : FormatOf::text;
}

void Binder::journey(std::int32_t index) {
  const JourneySpec& spec = model_.journeys[static_cast<std::size_t>(index)];
  BoundJourney& out = bound.journeys[static_cast<std::size_t>(index)];
  for (const Stage& stage : spec.stages) {
    BoundStage& added = out.stages.emplace_back();
    added.enter = over_panel(stage.enter, Type::boolean);
    check_can_hold(stage.enter, added.enter);
    added.exit = over_panel(stage.exit, Type::boolean);
    out.names.push_back(texts_.intern(stage.name));
  }
}

/// A rule without names has the same value everywhere, so it can be evaluated here, without data.
void Binder::check_can_hold(const Formula& formula, const expression::BoundExpression& rule) {
  if (rule.type() != Type::boolean || !rule.slots().empty()) return;
  const Column column = rule.evaluate({}, 1);
  const auto* truths = std::get_if<std::span<const Truth>>(&column.view());
  if (truths == nullptr || (*truths)[0] != Truth::yes) say(formula, "is never true");
}

void Binder::cohort(std::int32_t index) {
  const auto at = static_cast<std::size_t>(index);
  bound.cohorts[at].when = over_panel(model_.cohorts[at].when, Type::boolean);
  if (const auto revenue = model_.cohorts[at].revenue) {
    const MetricSpec& metric = model_.metrics[revenue->place()];
    const Type type = bound.slot_types[metric.slots[0].place()];
    if (type != Type::number && type != Type::any) {
      problems.push_back({path_to(model_.cohorts[at].path, "revenue"),
                          "expected a metric that is a number; '" + metric.name + "' is " + with_article(type),
                          std::nullopt});
    }
  }
}

void Binder::play(std::int32_t index) {
  const PlaySpec& spec = model_.plays[static_cast<std::size_t>(index)];
  BoundPlay& out = bound.plays[static_cast<std::size_t>(index)];
  out.when = over_panel(spec.when, Type::boolean);
  out.unless = over_panel(spec.unless, Type::boolean);
  out.closes = over_panel(spec.closes, Type::boolean);
  out.priority = over_panel(spec.priority, Type::number);
  for (const Formula& value : spec.values) {
    const expression::BoundExpression name = over_panel(value, Type::any);
    if (!name.lone_name() && !name.slots().empty()) {
      say(value, "expected a name; a metric with this formula would give it one");
    }
    out.values.push_back(name.lone_name().value_or(kAsOfSlot));
  }
  check_formats(spec, spec.owner, "owner");
  check_formats(spec, spec.role, "role");
  check_formats(spec, spec.channel, "channel");
  check_formats(spec, spec.message, "message");
}

void Binder::check_formats(const PlaySpec& spec, const TextTemplate& text, const char* key) {
  const auto& slots = bound.plays[static_cast<std::size_t>(&spec - model_.plays.data())].values;
  for (const TextTemplate::Piece& piece : text.pieces) {
    if (piece.value < 0) continue;
    const auto value = static_cast<std::size_t>(piece.value);
    const Type type = bound.slot_types[slots[value].place()];
    if (const auto problem = misfit(piece.format, type)) {
      problems.push_back({path_to(spec.path, key),
                          "{" + spec.values[value].expression.text() + ":" + piece.format + "}: " + *problem,
                          std::nullopt});
    }
  }
}

}  // namespace customerhealth::model
