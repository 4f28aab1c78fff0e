#include <cmath>
#include <string>
#include <unordered_set>

#include "build.hpp"
#include "customerhealth/common/decimals.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::model {
namespace {

/// The weight of a value of a split metric.
double weight_for(const WeightDraft& weight, const std::string& value) {
  if (!weight.by_value) return weight.all;
  const auto& weights = weight.by_value->values;  // in the order of the keys
  const auto found = std::ranges::lower_bound(weights, value, {}, [](const auto& entry) { return entry.first; });
  return found != weights.end() && found->first == value ? found->second.value : 0;
}

class ScoreBuilder {
 public:
  ScoreBuilder(Building& building, const Named<ScoreDraft>& named)
      : building_{building}, findings_{building.findings}, draft_{named.value} {
    spec_.name = named.name;
    spec_.path = named.path;
  }

  [[nodiscard]] ScoreSpec build() {
    if (draft_.scale) spec_.scale = *draft_.scale;
    if (draft_.combine) spec_.combine = *draft_.combine;
    if (draft_.least_coverage) spec_.least_coverage = draft_.least_coverage->value;
    if (draft_.round && draft_.round->value) spec_.round = static_cast<std::int32_t>(draft_.round->value->value);
    spec_.include = draft_.include.value;
    measures();
    if (draft_.caps) {
      for (const CapDraft& cap : draft_.caps->values) add_cap(cap);
    }
    grades();
    over_time();
    if (draft_.probability) spec_.probability = build_probability(*draft_.probability, findings_);
    return std::move(spec_);
  }

 private:
  void measures() {
    if (!draft_.measures) return;
    const std::string path = draft_.at(draft_.measures);
    if (draft_.measures->names.empty()) findings_.add(path, "a score needs a measure");
    // All weights may be 0: the measures are shown, and the score is missing, `not_applicable`.
    for (const Named<MeasureDraft>& named : draft_.measures->values) measure(named);
    make_weights_whole();
  }

  /// 0.4, 0.2 and 0.4 become 4, 2 and 4: sums of doubles would carry the error of each.
  void make_weights_whole() {
    constexpr int kMostDecimals = 308;  // 10^308 is the last power of ten among the doubles
    int decimals = 0;
    double largest = 0, total = 0;
    for (const Measure& one : spec_.measures) {
      decimals = std::max(decimals, decimals_of(one.weight));
      largest = std::max(largest, one.weight);
    }
    const bool fits = decimals <= kMostDecimals && shifted(largest, decimals) <= kMostWhole;
    if (fits) spec_.weight_unit = shifted(1, decimals);
    for (Measure& one : spec_.measures) {
      one.whole = fits ? shifted(one.weight, decimals) : one.weight;
      total += one.whole;  // exact below 2^53, and what is not stays above
    }
    spec_.weights_add_exactly = fits && total < kMostWhole;
  }

  void measure(const Named<MeasureDraft>& named) {
    const MeasureDraft& draft = named.value;
    // Contributions use these as parts of their own (as they do `round` and `cap:NAME`, which are no names anyway).
    if (named.name == "offset" || named.name == "clamp") {
      findings_.add(named.path, "contributions have a part of this name: choose another");
    }
    check_shape(draft);
    Measure measure{named.name, named.path, placeholder(named.path), 1, {}, draft.cases.given, {}};
    measure.cases = build_cases(draft, findings_);
    if (draft.missing) measure.missing = *draft.missing;
    if (draft.shrink) measure.shrink = shrink(*draft.shrink);
    if (draft.weight) measure.weight = draft.weight->all;
    if (draft.each.given) return each(draft, measure);
    if (draft.weight && draft.weight->by_value) {
      findings_.add(draft.at(draft.weight), "a map by value goes only with 'each'; expected a number, 0 or more");
    }
    if (draft.value) measure.source = *draft.value;
    if (draft.score) measure.source = score(draft);
    spec_.measures.push_back(std::move(measure));
  }

  void check_shape(const MeasureDraft& draft) {
    const bool wants = draft.value.given || draft.each.given;
    bool given = false;
    std::vector<const EntryBase*> of_values = shapes(draft);
    for (const EntryBase* shape : of_values) given = given || shape->given;
    of_values.insert(of_values.end(), {&draft.descending, &draft.shrink});
    for (const EntryBase* entry : of_values) {
      if (!entry->given || !draft.score.given || wants) continue;
      findings_.add(draft.at(*entry), "does not go with 'score', which has points already");
    }
    if (given || !wants) return;
    std::vector<std::string> names;
    for (const EntryBase* shape : shapes(draft)) names.emplace_back(shape->key);
    findings_.add(draft.path, "needs a shape: one of " + alternatives(names));
  }

  /// The keys of which a measure with a value needs one.
  static std::vector<const EntryBase*> shapes(const MeasureDraft& draft) {
    std::vector<const EntryBase*> entries;
    for_each_shape([&](auto, const char*, auto member, const char*) { entries.push_back(&(draft.*member)); });
    entries.push_back(&draft.cases);
    return entries;
  }

  Shrink shrink(const ShrinkDraft& draft) {
    Shrink out{placeholder(draft.path), 0};
    if (draft.strength) out.strength = draft.strength->value;
    if (!draft.rows) return out;
    const std::string& name = draft.rows->text;
    const auto found = building_.metrics.find(name);
    if (found == building_.metrics.end()) {
      if (building_.excuses(name)) return out;
      findings_.add(draft.at(draft.rows),
                    "no metric '" + name + "' in the model; " + suggestion(name, building_.draft.metrics->names));
      return out;
    }
    const auto* rows = std::get_if<Aggregate>(&building_.model.metrics[found->second.place()].source);
    if (rows != nullptr && rows->by) {
      findings_.add(draft.at(draft.rows), "the metric '" + name + "' is split: a metric with a formula, as " + name +
                                              ".value, can take one of its parts");
      return out;
    }
    out.rows = Formula{expression::Expression::parse(name), draft.at(draft.rows)};
    return out;
  }

  /// The index of the score named; a score that is not there becomes a value that fits everywhere.
  std::variant<Formula, ScoreIndex> score(const MeasureDraft& draft) {
    const auto found = building_.scores.find(draft.score->name);
    if (found != building_.scores.end()) return found->second;
    const std::string path = draft.at(draft.score);
    if (!building_.excuses(draft.score->name)) {
      findings_.add(path, "no score '" + draft.score->name + "' in the model; " +
                              suggestion(draft.score->name, building_.draft.scores->names));
    }
    return placeholder(path);
  }

  void each(const MeasureDraft& draft, const Measure& pattern) {
    const std::vector<Literal>* values = draft.each ? split_values(draft) : nullptr;
    if (values == nullptr) return;
    if (draft.weight) check_weights(draft, *values);
    for (const Literal& value : *values) {
      Measure measure = pattern;
      measure.name += "." + value.text;
      const expression::Name name{draft.each->name, value.text, false, 0};
      measure.source = Formula{expression::Expression::parse(name.to_string()), draft.at(draft.each)};
      if (draft.weight) measure.weight = weight_for(*draft.weight, value.text);
      spec_.measures.push_back(std::move(measure));
    }
  }

  const std::vector<Literal>* split_values(const MeasureDraft& draft) {
    const std::string& name = draft.each->name;
    if (building_.excuses(name)) return nullptr;
    std::vector<std::string> split;
    for (const MetricSpec& metric : building_.model.metrics) {
      const auto* aggregate = std::get_if<Aggregate>(&metric.source);
      if (aggregate == nullptr || !aggregate->by) continue;
      if (metric.name == name) return &aggregate->by->values;
      split.push_back(metric.name);
    }
    const bool exists = building_.metrics.contains(name);
    findings_.add(draft.at(draft.each),
                  (exists ? "the metric '" + name + "' is not split (by)" : "no metric '" + name + "'") +
                      "; of split metrics " + suggestion(name, split));
    return nullptr;
  }

  void check_weights(const MeasureDraft& draft, const std::vector<Literal>& values) {
    if (!draft.weight->by_value) return;
    std::unordered_set<std::string> missing;
    std::vector<std::string> names;
    for (const Literal& value : values) names.push_back(value.text), missing.insert(value.text);
    for (const auto& [key, number] : draft.weight->by_value->values) {
      if (missing.erase(key) > 0) continue;
      findings_.add(path_to(draft.at(draft.weight), key),
                    "'" + draft.each->name + "' has no such value; " + suggestion(key, names));
    }
    for (const std::string& name : names) {
      if (missing.contains(name)) findings_.add(draft.at(draft.weight), "the value '" + name + "' has no weight");
    }
  }

  void add_cap(const CapDraft& draft) {
    std::optional<Cap> cap;
    const auto take = [&](const Entry<LimitDraft>& entry, Cap::Kind kind) {
      if (entry && !cap) cap = Cap{"", draft.when.value, kind, entry->formula};
    };
    take(draft.at_most, Cap::Kind::at_most);
    take(draft.at_least, Cap::Kind::at_least);
    take(draft.set, Cap::Kind::set);
    if (!cap) cap = Cap{"", draft.when.value, Cap::Kind::set, placeholder(draft.path)};
    if (draft.name) cap->name = draft.name->text;
    const bool twice = !cap_names_.insert(cap->name).second;
    if (twice && draft.name) findings_.add(draft.at(draft.name), "two caps are named '" + cap->name + "'");
    spec_.caps.push_back(std::move(*cap));
  }

  void grades() {
    if (!draft_.grades) return;
    for (std::size_t i = 0; i < draft_.grades->values.size(); ++i) grade(draft_.grades->values[i], i);
    // Below its own edge there is nothing, so the first grade needs none.
    if (!spec_.grades.empty()) spec_.grades.front().edge = std::nullopt;
  }

  void grade(const GradeDraft& draft, std::size_t i) {
    Grade grade;
    if (draft.name) grade.name = draft.name->text;
    const bool twice = !grade_names_.insert(grade.name).second;
    if (twice && draft.name) findings_.add(draft.at(draft.name), "two grades are named '" + grade.name + "'");
    if (draft.from) grade.edge = draft.from->value;
    if (draft.above) grade.edge = draft.above->value;
    grade.includes_edge = !draft.above.given;
    check_edge(draft, grade, draft_.grades->indices[i]);
    spec_.grades.push_back(std::move(grade));
  }

  void check_edge(const GradeDraft& draft, const Grade& grade, std::size_t i) {
    if (i == 0) {
      if (draft_.scale && grade.edge && *grade.edge > spec_.scale.low) {
        findings_.add(draft.path, "the first grade has no edge, or one at or below the scale's lower end, " +
                                      shortest(spec_.scale.low) + "; got " + shortest(*grade.edge));
      }
      return;
    }
    if (!draft.from.given && !draft.above.given) {
      findings_.add(draft.path, "needs an edge, 'from' or 'above': only the first grade may have none");
    }
    if (!grade.edge || spec_.grades.empty() || !spec_.grades.back().edge) return;
    const Grade& before = spec_.grades.back();
    const std::pair<double, bool> last{*before.edge, !before.includes_edge}, now{*grade.edge, !grade.includes_edge};
    if (last < now) return;
    findings_.add(draft.path, "grades must ascend, but " + shortest(now.first) + " follows " + shortest(last.first) +
                                  (now.first == last.first ? " (at one edge 'from' comes before 'above')" : ""));
  }

  void over_time() {
    if (draft_.hysteresis && draft_.hysteresis->points) {
      const double points = draft_.hysteresis->points->value;
      if (points > 0) spec_.hysteresis = points;  // 0 holds nothing
      if (draft_.grades && spec_.grades.empty()) {
        findings_.add(draft_.at(draft_.hysteresis), "holds grades, and the score has none; needs 'grades'");
      }
    }
    if (draft_.trend && draft_.trend->over) {
      spec_.trend = Trend{*draft_.trend->over, draft_.trend->flat_within ? draft_.trend->flat_within->value : 0};
    }
  }

  Building& building_;
  Findings& findings_;
  const ScoreDraft& draft_;
  ScoreSpec spec_;
  std::unordered_set<std::string> cap_names_, grade_names_;
};

/// Where its grades, its trend or its probability could not be read, nobody can tell whether it has some.
bool is_unsure(const ScoreDraft& draft) {
  const bool wrong_trend = draft.trend.given && (!draft.trend || (draft.trend->over.given && !draft.trend->over));
  return !draft.grades || wrong_trend || !draft.probability;
}

}  // namespace

void build_scores(Building& building) {
  const auto& scores = building.draft.scores;
  if (!scores) return;
  building.excused.insert(scores->names.begin(), scores->names.end());
  for (const Named<ScoreDraft>& named : scores->values) {
    building.scores.emplace(named.name, ScoreIndex::at(building.scores.size()));
  }
  for (const Named<ScoreDraft>& named : scores->values) {
    building.model.scores.push_back(ScoreBuilder{building, named}.build());
    if (!is_unsure(named.value)) building.excused.erase(named.name);
  }
}

}  // namespace customerhealth::model
