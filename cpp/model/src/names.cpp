#include "build.hpp"
#include "panel_names.hpp"

namespace customerhealth::model {
namespace {

constexpr std::string_view kGrade = "_grade", kCoverage = "_coverage", kChange = "_change", kTrend = "_trend",
                           kGradeBefore = "_grade_before", kProbability = "_probability",
                           kProbabilityLow = "_probability_low", kProbabilityHigh = "_probability_high",
                           kSince = "_since", kDays = "_days", kPrevious = "_previous", kStalled = "_stalled";

/// Numbers the slots of the model. Columns of the panel must have different names, for results are tables by name.
class Slots {
 public:
  explicit Slots(Building& building) : building_{building}, model_{building.model} {
    owners_.emplace("account_id", "the account's id");
    owners_.emplace("as_of", "the as-of");
  }

  SlotIndex add(std::string name, Slot::Origin origin, std::int32_t index, std::int32_t part, Type type) {
    model_.slots.push_back({std::move(name), origin, index, part, type});
    return SlotIndex::at(model_.slots.size() - 1);
  }

  SlotIndex add_column(const std::string& name, Slot::Origin origin, std::int32_t index, std::int32_t part, Type type,
                       const std::string& path) {
    claim(name, path);
    return add(name, origin, index, part, type);
  }

  void claim(const std::string& name, const std::string& path) {
    const auto [taken, added] = owners_.emplace(name, path);
    if (!added && taken->second != path) {
      building_.findings.add(path, "the name '" + name + "' is taken: " + taken->second);
    }
  }

 private:
  Building& building_;
  Model& model_;
  std::unordered_map<std::string, std::string> owners_;  // of a name: the path that defines it
};

/// Adds a slot for each column of the accounts table that a formula names: no other column is read.
void add_attributes(Building& building, Slots& slots) {
  const auto table = building.model.accounts_table();
  if (!table) return;
  const std::string word = building.model.tables[table->place()].name;
  std::unordered_set<std::string> seen;
  visit_panel_formulas(building.model, [&](const Formula& formula, const FormulaPlace&) {
    for (const expression::Name& name : formula.expression.names()) {
      if (name.word != word || !name.part || !seen.insert(*name.part).second) continue;
      slots.add(word + "." + *name.part, Slot::Origin::attribute, building.column(*table, *name.part), 0, Type::any);
    }
  });
}

void add_metric(Building& building, Slots& slots, MetricSpec& metric, std::int32_t index) {
  const auto table = building.model.accounts_table();
  if (!is_split(metric)) {
    metric.slots = {slots.add_column(metric.name, Slot::Origin::metric, index, 0, Type::any, metric.path)};
    return;
  }
  slots.claim(metric.name, metric.path);  // not a column itself, but formulas name it: NAME.*
  if (table && building.model.tables[table->place()].name == metric.name) {
    building.findings.add(metric.path, "a split metric cannot have the name of the accounts table: " + metric.name +
                                           ".x would mean two things");
  }
  std::int32_t part = 0;
  for (const Literal& value : std::get<Aggregate>(metric.source).by->values) {
    metric.slots.push_back(
        slots.add_column(metric.name + "." + value.text, Slot::Origin::metric, index, part++, Type::any, metric.path));
  }
}

void add_score(Slots& slots, ScoreSpec& score, std::int32_t index) {
  using Origin = Slot::Origin;
  const auto add = [&](std::string_view suffix, Origin origin, Type type) {
    return slots.add_column(score.name + std::string{suffix}, origin, index, 0, type, score.path);
  };
  score.slot = add("", Origin::score, Type::number);
  if (!score.grades.empty()) score.grade_slot = add(kGrade, Origin::grade, Type::text);
  score.coverage_slot = add(kCoverage, Origin::coverage, Type::number);
  if (score.trend) {
    score.change_slot = add(kChange, Origin::change, Type::number);
    score.trend_slot = add(kTrend, Origin::trend, Type::text);
    if (!score.grades.empty()) score.grade_before_slot = add(kGradeBefore, Origin::grade_before, Type::text);
  }
  if (!score.probability) return;
  score.probability_slot = add(kProbability, Origin::probability, Type::number);
  if (score.probability->low) score.low_slot = add(kProbabilityLow, Origin::probability_low, Type::number);
  if (score.probability->high) score.high_slot = add(kProbabilityHigh, Origin::probability_high, Type::number);
}

void add_journey(Slots& slots, JourneySpec& journey, std::int32_t index) {
  using Origin = Slot::Origin;
  const auto add = [&](std::string_view suffix, Origin origin, Type type) {
    return slots.add_column(journey.name + std::string{suffix}, origin, index, 0, type, journey.path);
  };
  journey.slot = add("", Origin::stage, Type::text);
  journey.since_slot = add(kSince, Origin::since, Type::instant);
  journey.days_slot = add(kDays, Origin::days, Type::number);
  journey.previous_slot = add(kPrevious, Origin::previous, Type::text);
  journey.stalled_slot = add(kStalled, Origin::stalled, Type::boolean);
}

/// Whether the word names something that could not be read, or a column that it would define: it is not reported again.
bool is_excused(const Building& building, const std::string& word) {
  if (building.excuses(word)) return true;
  for (const std::string_view suffix : {kGrade, kCoverage, kChange, kTrend, kGradeBefore, kProbability, kProbabilityLow,
                                        kProbabilityHigh, kSince, kDays, kPrevious, kStalled}) {
    if (word.ends_with(suffix) && building.excused.contains(word.substr(0, word.size() - suffix.size()))) return true;
  }
  return false;
}

/// The problem with a name in a formula: it is unknown, or the formula may not read what it names. nullopt if there is
/// none.
std::optional<std::string> problem_with(const Building& building, const PanelNames& names, const expression::Name& name,
                                        const FormulaPlace& place) {
  const std::vector<SlotIndex> slots = names.find(name);
  if (slots.empty()) return names.why_unknown(name);
  const Slot& slot = building.model.slots[slots.front().place()];
  if (!slot.is_answered() || slot.step() == Step::Kind::metric || place.uses == FormulaPlace::Uses::all) {
    return std::nullopt;
  }
  const bool is_cohort = slot.step() == Step::Kind::cohort;
  if (is_cohort && place.uses == FormulaPlace::Uses::no_past) return std::nullopt;
  const std::string_view whose = is_cohort                          ? "a cohort: "
                                 : slot.step() == Step::Kind::score ? "a score's: "
                                                                    : "a journey's: ";
  return "'" + name.to_string() + "' is " + std::string{whose} +
         (place.owner == FormulaPlace::Owner::include ? "include may not depend on scores or journeys"
                                                      : "since may use metrics and attributes alone");
}

}  // namespace

void assign_slots(Building& building) {
  Slots slots{building};
  Model& model = building.model;
  slots.add("as_of", Slot::Origin::as_of, 0, 0, Type::instant);
  add_attributes(building, slots);
  for (std::size_t i = 0; i < model.metrics.size(); ++i) {
    add_metric(building, slots, model.metrics[i], static_cast<std::int32_t>(i));
  }
  for (std::size_t i = 0; i < model.scores.size(); ++i) {
    add_score(slots, model.scores[i], static_cast<std::int32_t>(i));
  }
  for (std::size_t i = 0; i < model.journeys.size(); ++i) {
    add_journey(slots, model.journeys[i], static_cast<std::int32_t>(i));
  }
  for (std::size_t i = 0; i < model.cohorts.size(); ++i) {
    CohortSpec& cohort = model.cohorts[i];
    cohort.slot = slots.add_column(cohort.name, Slot::Origin::cohort, static_cast<std::int32_t>(i), 0, Type::boolean,
                                   cohort.path);
  }
}

/// A formula with an unknown or excused name cannot be bound; the caller puts a placeholder in its place.
std::vector<Formula*> check_names(Building& building) {
  std::vector<Formula*> unusable;
  const PanelNames names{building.model};
  visit_panel_formulas(building.model, [&](Formula& formula, const FormulaPlace& place) {
    bool usable = true;
    for (const expression::Name& name : formula.expression.names()) {
      if (is_excused(building, name.word)) {
        usable = usable && !names.find(name).empty();
        continue;
      }
      const auto problem = problem_with(building, names, name, place);
      if (!problem) continue;
      usable = false;
      building.findings.add(formula.path, FormulaError{*problem, formula.expression.text(), name.position});
    }
    if (!usable) unusable.push_back(&formula);
  });
  return unusable;
}

}  // namespace customerhealth::model
