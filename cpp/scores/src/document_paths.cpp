#include "document_paths.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "measure.hpp"
#include "recorded.hpp"

namespace customerhealth::scores {
namespace {

constexpr std::size_t kShownPaths = 3;

/// Collects the paths of all that is read, directly or through others. It visits each metric and score once.
class Reading {
 public:
  explicit Reading(const model::BoundModel& bound) : bound_{bound}, model_{*bound.model} {}

  void add(std::string path) { paths_.push_back(std::move(path)); }

  void read(std::span<const SlotIndex> slots) {
    for (const SlotIndex slot : slots) read(slot);
  }
  void read(const std::optional<expression::BoundExpression>& formula) {
    if (formula) read(formula->slots());
  }

  /// A measure with a value.
  void read(const model::BoundMeasure& measure, const model::BoundScore& score) {
    read(measure.value);
    read(measure.rows);
    for (const model::BoundCase& one : measure.cases) {
      read(one.when);
      read(one.within);
    }
    if (!looks_at_peers(*measure.spec)) return;
    add("include");  // it decides who has a panel row, and so who is a peer
    add(score.spec->path + ".include");
    read(bound_.include);
    read(score.include);
  }

  void read_score(const model::BoundScore& score) {
    if (!scores_.insert(&score).second) return;
    add(score.spec->path);
    read(slots_of_score(score, Depth::one_level));
  }

  [[nodiscard]] std::vector<std::string> paths() && { return std::move(paths_); }

 private:
  void read(SlotIndex index) {
    const model::Slot& slot = model_.slots[index.place()];
    if (slot.origin == model::Slot::Origin::as_of) return;
    if (slot.origin == model::Slot::Origin::attribute) return read_table(*model_.accounts_table());
    if (slot.origin == model::Slot::Origin::metric) return read_metric(static_cast<std::size_t>(slot.index));
    if (slot.step() == model::Step::Kind::journey) return read_journey(static_cast<std::size_t>(slot.index));
    if (slot.step() == model::Step::Kind::cohort) return read_cohort(static_cast<std::size_t>(slot.index));
    if (slot.origin == model::Slot::Origin::grade || slot.looks_back()) add("clock");
    read_score(bound_.scores[static_cast<std::size_t>(slot.index)]);
  }

  void read_table(model::TableIndex table) { add("tables." + model_.tables[table.place()].name); }

  void read_metric(std::size_t metric) {
    if (!metrics_.insert(metric).second) return;
    const model::MetricSpec& spec = model_.metrics[metric];
    add(spec.path);
    if (const auto* formula = std::get_if<expression::BoundExpression>(&bound_.metrics[metric]))
      return read(formula->slots());
    read_table(std::get<model::Aggregate>(spec.source).table);
    read(std::get<model::BoundAggregate>(bound_.metrics[metric]).since);
  }

  void read_journey(std::size_t journey) {
    if (!journeys_.insert(journey).second) return;
    add(model_.journeys[journey].path);
    add("clock");
    add("include");  // ticks without a panel row change nothing
    read(bound_.include);
    for (const model::BoundStage& stage : bound_.journeys[journey].stages) {
      read(stage.enter.slots());
      read(stage.exit);
    }
  }

  void read_cohort(std::size_t cohort) {
    if (!cohorts_.insert(cohort).second) return;
    add(model_.cohorts[cohort].path);
    read(bound_.cohorts[cohort].when.slots());
  }

  const model::BoundModel& bound_;
  const model::Model& model_;
  std::set<std::size_t> metrics_, journeys_, cohorts_;
  std::set<const model::BoundScore*> scores_;
  std::vector<std::string> paths_;
};

void read_part(Reading& reading, const model::BoundScore& score, const LevelPart& part) {
  const std::string& path = score.spec->path;
  const auto index = static_cast<std::size_t>(part.index);
  switch (part.kind) {
    case LevelPart::Kind::measure: {
      const model::BoundMeasure& measure = score.measures[index];
      reading.add(measure.spec->path);
      reading.add(path + ".scale");
      if (measure.nested != nullptr) return reading.read_score(*measure.nested);
      return reading.read(measure, score);
    }
    case LevelPart::Kind::cap:
      reading.add(path + ".caps[" + std::to_string(index) + "]");
      reading.read(score.caps[index].when);
      return reading.read(score.caps[index].limit.slots());
    case LevelPart::Kind::round:
      return reading.add(path + ".round");
    case LevelPart::Kind::clamp:
      return reading.add(path + ".scale");
  }
}

/// The rest of `path` after `prefix` and the dot or bracket behind it; nullopt if it does not lie within `prefix`.
std::string_view after(std::string_view path, std::string_view prefix) noexcept {
  if (!path.starts_with(prefix) || path.size() <= prefix.size() || path[prefix.size()] != '.') return {};
  return path.substr(prefix.size() + 1);
}

/// Splits a path within a measure into the key of the measure and the rest.
std::string_view entry_of_measure(std::string_view path, std::string_view score) noexcept {
  const std::string_view measure = after(after(path, score), "measures");
  const std::size_t dot = measure.find('.');
  return dot == std::string_view::npos ? std::string_view{} : measure.substr(dot + 1);
}

}  // namespace

std::vector<std::string> paths_of_part(const model::BoundModel& model, const model::BoundScore& score,
                                       const LevelPart& part) {
  Reading reading{model};
  read_part(reading, score, part);
  return std::move(reading).paths();
}

std::vector<std::string> paths_of_nesting(const model::BoundMeasure& measure) {
  return {measure.spec->path, measure.score->path + ".scale", measure.nested->spec->path + ".scale"};
}

bool overlap(std::string_view a, std::string_view b) noexcept {
  if (a.empty() || b.empty()) return false;
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.' || b[a.size()] == '[');
}

bool is_weight(std::string_view path, std::string_view score) noexcept {
  return overlap(entry_of_measure(path, score), "weight");
}

bool decides_shares(std::string_view path, std::string_view score) noexcept {
  if (path == score) return true;
  const std::string_view key = after(path, score), measure = after(key, "measures");
  if (key == "combine" || key == "measures") return true;
  if (measure.empty()) return false;
  const bool whole = measure.find('.') == std::string_view::npos;  // the measure was added or removed
  return whole || is_weight(path, score) || overlap(entry_of_measure(path, score), "each");
}

std::string listed(std::span<const std::string> paths) {
  std::string out;
  for (std::size_t i = 0; i < std::min(paths.size(), kShownPaths); ++i) out += (i == 0 ? "" : ", ") + paths[i];
  if (paths.size() > kShownPaths) out += " and " + std::to_string(paths.size() - kShownPaths) + " more";
  return out;
}

}  // namespace customerhealth::scores
