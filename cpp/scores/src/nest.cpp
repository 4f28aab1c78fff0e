#include <algorithm>
#include <cassert>

#include "held_nest.hpp"

namespace customerhealth::scores {

ScoreNest::ScoreNest(const model::BoundScore& score) : top{&score} { walk(score, ""); }

void ScoreNest::walk(const model::BoundScore& score, const std::string& within) {
  const std::string prefix = within.empty() ? "" : within + ".";
  for (std::size_t c = 0; c < score.caps.size(); ++c) {
    caps.push_back({&score, static_cast<std::int32_t>(c), prefix + "cap:" + score.caps[c].spec->name, within});
  }
  for (std::size_t m = 0; m < score.measures.size(); ++m) {
    const model::BoundMeasure& measure = score.measures[m];
    const std::string name = prefix + measure.spec->name;
    if (measure.nested == nullptr) {
      leaves.push_back({&score, static_cast<std::int32_t>(m), name, within});
    } else if (std::ranges::find(levels, measure.nested) == levels.end()) {
      walk(*measure.nested, name);
    }
  }
  levels.push_back(&score);
}

HeldNest::HeldNest(const ScoreNest& nest, const Frame& frame)
    : nest_{nest}, frame_{frame}, changed_{frame}, levels_(nest.levels.size()), no_reasons_(frame.rows, Reason::none) {
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    Level& level = levels_[l];
    const auto& measures = nest.levels[l]->measures;
    level.points.assign(measures.size(), std::vector<double>(frame.rows));
    level.reasons.assign(measures.size(), std::vector<Reason>(frame.rows));
    level.score.resize(frame.rows);
    level.coverage.resize(frame.rows);
    level.why.resize(frame.rows);
    for (std::size_t m = 0; m < measures.size(); ++m) {
      const MeasureRows rows{{}, level.points[m], level.reasons[m]};
      const bool missing = measure_rows(measures[m], frame, rows);
      level.given.push_back({rows, missing});
    }
  }
}

std::size_t HeldNest::place_of(const model::BoundScore& score) const noexcept {
  const auto found = std::ranges::find(nest_.levels, &score);
  assert(found != nest_.levels.end());
  return static_cast<std::size_t>(found - nest_.levels.begin());
}

void HeldNest::with_points(const NestPlace& leaf, std::span<double> points, std::span<double> out) {
  const std::size_t level = place_of(*leaf.score);
  std::vector<GivenMeasure> given = levels_[level].given;
  given[static_cast<std::size_t>(leaf.index)] = {{{}, points, no_reasons_}, false};
  ask(level, given, -1);
  pass_on(level, out);
}

void HeldNest::without_cap(const NestPlace& cap, std::span<double> out) {
  const std::size_t level = place_of(*cap.score);
  ask(level, levels_[level].given, cap.index);
  pass_on(level, out);
}

void HeldNest::ask(std::size_t level, std::span<const GivenMeasure> given, std::int32_t without_cap) {
  Level& at = levels_[level];
  rescore_rows(*nest_.levels[level], frame_, {given, without_cap}, {at.score, at.why, {}, at.coverage});
}

/// Computes again the scores that depend on the one of level `from`, up to the top, then restores the frame.
void HeldNest::pass_on(std::size_t from, std::span<double> out) {
  std::vector<const model::BoundScore*> changed{nest_.levels[from]};
  const auto show = [&](std::size_t level) {
    const auto slot = nest_.levels[level]->spec->slot.place();
    changed_.columns[slot] = std::span<const double>{levels_[level].score};
    changed_.reasons[slot] = levels_[level].why;
  };
  show(from);
  for (std::size_t l = from + 1; l < levels_.size(); ++l) {
    const auto& measures = nest_.levels[l]->measures;
    std::vector<GivenMeasure> given = levels_[l].given;
    std::deque<Changed> kept;  // a deque, so that the spans into it stay valid
    for (std::size_t m = 0; m < measures.size(); ++m) {
      if (std::ranges::find(changed, measures[m].nested) == changed.end()) continue;
      Changed& other = kept.emplace_back();
      other.points.resize(frame_.rows);
      other.reasons.resize(frame_.rows);
      const MeasureRows rows{{}, other.points, other.reasons};
      const bool missing = measure_rows(measures[m], changed_, rows);
      given[m] = {rows, missing};
    }
    if (kept.empty()) continue;
    ask(l, given, -1);
    show(l);
    changed.push_back(nest_.levels[l]);
  }
  std::ranges::copy(levels_.back().score, out.begin());
  for (const model::BoundScore* const score :
       changed) {  // restore: the next question starts from the frame's own scores
    const auto slot = score->spec->slot.place();
    changed_.columns[slot] = frame_.columns[slot];
    changed_.reasons[slot] = frame_.reasons[slot];
  }
}

}  // namespace customerhealth::scores
