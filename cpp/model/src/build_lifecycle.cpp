#include <numeric>
#include <string>
#include <string_view>
#include <unordered_set>

#include "build.hpp"

namespace customerhealth::model {
namespace {

class JourneyBuilder {
 public:
  JourneyBuilder(Building& building, const Named<JourneyDraft>& named)
      : findings_{building.findings}, draft_{named.value} {
    spec_.name = named.name;
    spec_.path = named.path;
  }

  [[nodiscard]] JourneySpec build() {
    if (!draft_.stages) return std::move(spec_);
    for (const StageDraft& stage : draft_.stages->values) add(stage);
    moves();
    if (draft_.start) spec_.start = stage(draft_.start->text, draft_.at(draft_.start));
    return std::move(spec_);
  }

 private:
  void add(const StageDraft& draft) {
    Stage stage{"", draft.path, placeholder(draft.path), draft.exit.value, {}, {}, "", {}};
    if (draft.name) stage.name = draft.name->text;
    if (draft.enter) stage.enter = *draft.enter;
    if (draft.least) stage.least = *draft.least;
    if (draft.deadline) stage.deadline = *draft.deadline;
    if (draft.owner) stage.owner = draft.owner->text;
    if (draft.roles) roles(draft, stage);
    const bool twice = !stage_names_.insert(stage.name).second;
    if (twice && draft.name) findings_.add(draft.at(draft.name), "two stages are named '" + stage.name + "'");
    spec_.stages.push_back(std::move(stage));
  }

  void roles(const StageDraft& draft, Stage& stage) {
    std::unordered_set<std::string_view> names;
    for (std::size_t i = 0; i < draft.roles->values.size(); ++i) {
      const std::string& role = draft.roles->values[i].text;
      if (!names.insert(role).second) {
        findings_.add(path_to(draft.at(draft.roles), draft.roles->indices[i]), "the role '" + role + "' stands twice");
      }
      stage.roles.push_back(role);
    }
  }

  /// Fills `next`: without `moves` every stage may follow every other, with it only those listed. A stage may always
  /// follow itself, which is how an account stays in it.
  void moves() {
    const auto count = static_cast<std::int32_t>(spec_.stages.size());
    std::vector<std::int32_t> all(spec_.stages.size());
    std::iota(all.rbegin(), all.rend(), 0);
    spec_.next.assign(spec_.stages.size(), all);
    if (!draft_.moves.given) return;
    for (std::int32_t s = 0; s < count; ++s) spec_.next[static_cast<std::size_t>(s)] = {s};
    if (!draft_.moves) return;
    const std::string path = draft_.at(draft_.moves);
    for (const auto& [from, to] : draft_.moves->values) {
      const auto s = stage(from, path_to(path, from));
      for (std::size_t i = 0; i < to.values.size(); ++i) {
        const auto next = stage(to.values[i].text, path_to(path_to(path, from), to.indices[i]));
        if (s && next) spec_.next[static_cast<std::size_t>(*s)].push_back(*next);
      }
    }
    for (auto& next : spec_.next) {
      std::ranges::sort(next, std::greater{});
      next.erase(std::ranges::unique(next).begin(), next.end());
    }
  }

  std::optional<std::int32_t> stage(const std::string& name, const std::string& path) {
    std::vector<std::string> names;
    bool all_read = draft_.stages->values.size() == draft_.stages->indices.size();
    for (std::size_t s = 0; s < spec_.stages.size(); ++s) {
      const std::string& here = spec_.stages[s].name;
      if (here == name) return static_cast<std::int32_t>(s);
      all_read = all_read && !here.empty();
      if (std::ranges::find(names, here) == names.end()) names.push_back(here);
    }
    // A stage whose name could not be read may be the one that is meant.
    if (all_read) findings_.add(path, "no stage '" + name + "' in the journey; " + suggestion(name, names));
    return std::nullopt;
  }

  Findings& findings_;
  const JourneyDraft& draft_;
  JourneySpec spec_;
  std::unordered_set<std::string> stage_names_;
};

/// The metric that says what an account of a cohort is worth.
std::optional<MetricIndex> revenue(Building& building, const CohortDraft& draft) {
  if (!draft.revenue) return std::nullopt;
  const std::string& name = draft.revenue->text;
  const auto found = building.metrics.find(name);
  const std::string path = draft.at(draft.revenue);
  if (found == building.metrics.end()) {
    if (!building.excuses(name)) {
      building.findings.add(
          path, "no metric '" + name + "' in the model; " + suggestion(name, building.draft.metrics->names));
    }
    return std::nullopt;
  }
  const auto& source = building.model.metrics[found->second.place()].source;
  const auto* aggregate = std::get_if<Aggregate>(&source);
  if (aggregate == nullptr || !aggregate->by) return found->second;
  building.findings.add(
      path, "the metric '" + name + "' is split: a metric with a formula, as sum(" + name + ".*), can put it together");
  return std::nullopt;
}

class PlayBuilder {
 public:
  PlayBuilder(Building& building, const Named<PlayDraft>& named)
      : building_{building},
        draft_{named.value},
        spec_{named.name, named.path, placeholder(named.path), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}} {}

  [[nodiscard]] PlaySpec build() {
    if (draft_.when) spec_.when = *draft_.when;
    spec_.unless = draft_.unless.value;
    spec_.closes = draft_.closes.value;
    spec_.cooldown = draft_.cooldown.value;
    spec_.due = draft_.due.value;
    if (draft_.priority) spec_.priority = draft_.priority->formula;
    spec_.owner = text(draft_.owner);
    spec_.role = text(draft_.role);
    spec_.channel = text(draft_.channel);
    spec_.message = text(draft_.message);
    if (draft_.evidence) evidence();
    check_role();
    return std::move(spec_);
  }

 private:
  TextTemplate text(const Entry<TemplateDraft>& entry) {
    TextTemplate out;
    if (!entry) return out;
    for (const TemplateDraft::Piece& piece : entry->pieces) {
      out.pieces.push_back({piece.text, piece.name ? value(*piece.name) : -1, piece.format});
    }
    return out;
  }

  /// The index of a name among the values that an opening keeps, added at its first use: texts and evidence share them.
  std::int32_t value(const Formula& name) {
    const auto same = [&](const Formula& other) { return other.expression.text() == name.expression.text(); };
    const auto found = std::ranges::find_if(spec_.values, same);
    if (found != spec_.values.end()) return static_cast<std::int32_t>(found - spec_.values.begin());
    spec_.values.push_back(name);
    return static_cast<std::int32_t>(spec_.values.size() - 1);
  }

  void evidence() {
    for (std::size_t i = 0; i < draft_.evidence->values.size(); ++i) {
      const Formula& name = draft_.evidence->values[i].name;
      const std::int32_t index = value(name);
      if (std::ranges::find(spec_.evidence, index) != spec_.evidence.end()) {
        building_.findings.add(name.path, "'" + name.expression.text() + "' stands twice");
      }
      spec_.evidence.push_back(index);
    }
  }

  /// Where stages say which roles there are, a play addresses one of them.
  void check_role() {
    if (!draft_.role || spec_.role.pieces.size() != 1 || spec_.role.pieces[0].value >= 0) return;
    std::vector<std::string> roles;
    for (const JourneySpec& journey : building_.model.journeys) {
      for (const Stage& stage : journey.stages) roles.insert(roles.end(), stage.roles.begin(), stage.roles.end());
    }
    std::ranges::sort(roles);
    roles.erase(std::ranges::unique(roles).begin(), roles.end());
    const std::string& role = spec_.role.pieces[0].text;
    if (roles.empty() || std::ranges::binary_search(roles, role)) return;
    building_.findings.add(draft_.at(draft_.role), "no stage has the role '" + role + "'; " + suggestion(role, roles));
  }

  Building& building_;
  const PlayDraft& draft_;
  PlaySpec spec_;
};

}  // namespace

void build_journeys(Building& building) {
  const auto& journeys = building.draft.journeys;
  if (!journeys) return;
  // All names are excused first, and each no longer once it is built: those that could not be read stay excused.
  building.excused.insert(journeys->names.begin(), journeys->names.end());
  for (const Named<JourneyDraft>& named : journeys->values) {
    building.model.journeys.push_back(JourneyBuilder{building, named}.build());
    building.excused.erase(named.name);
  }
}

void build_cohorts(Building& building) {
  const auto& cohorts = building.draft.cohorts;
  if (!cohorts) return;
  building.excused.insert(cohorts->names.begin(), cohorts->names.end());
  for (const Named<CohortDraft>& named : cohorts->values) {
    const CohortDraft& draft = named.value;
    CohortSpec spec{named.name, named.path, draft.when ? *draft.when : placeholder(named.path),
                    draft.label ? draft.label->text : named.name, revenue(building, draft)};
    building.model.cohorts.push_back(std::move(spec));
    building.excused.erase(named.name);
  }
}

void build_plays(Building& building) {
  if (!building.draft.plays) return;
  for (const Named<PlayDraft>& named : building.draft.plays->values) {
    building.model.plays.push_back(PlayBuilder{building, named}.build());
  }
}

}  // namespace customerhealth::model
