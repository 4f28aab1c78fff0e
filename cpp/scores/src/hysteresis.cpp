#include "customerhealth/scores/hysteresis.hpp"

#include <algorithm>
#include <cassert>

#include "customerhealth/common/decimals.hpp"

namespace customerhealth::scores {

std::vector<Edge> grade_edges(const model::ScoreSpec& score, double points) {
  std::vector<Edge> edges;
  // The first grade takes what is below the second, whatever its own edge.
  for (std::size_t g = 1; g < score.grades.size(); ++g) {
    edges.push_back({decimal_sum(*score.grades[g].edge, points), !score.grades[g].includes_edge});
  }
  return edges;
}

Hysteresis::Hysteresis(const model::ScoreSpec& score)
    : up_{grade_edges(score, *score.hysteresis)}, down_{grade_edges(score, -*score.hysteresis)} {}

model::GradeIndex Hysteresis::grade(double score, model::GradeIndex plain, HeldGrade held) const noexcept {
  if (plain.is_missing() || held.grade.is_missing()) return plain;
  // No edge that is moved up is passed by a score that does not pass it where it is, and the other way round: so the
  // grade lies between the plain one and the one held.
  for (std::size_t g = plain.place(); g > held.grade.place(); --g) {
    if (up_[g - 1].is_passed_by(score)) return model::GradeIndex::at(g);
  }
  for (std::size_t g = held.grade.place(); g > plain.place(); --g) {
    if (down_[g - 1].is_passed_by(score)) return model::GradeIndex::at(g);
  }
  return std::min(plain, held.grade);
}

void Hysteresis::walk(const GradeClock& clock, std::span<const double> scores, std::span<model::GradeIndex> grades,
                      std::vector<GradeChange>& changes) const {
  assert(clock.instants.size() == scores.size() && grades.size() == scores.size());
  HeldGrade held;
  auto kept = clock.kept.begin();
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const Instant t = clock.instants[k];
    for (; kept != clock.kept.end() && kept->at < t; ++kept) held.grade = kept->grade;
    grades[k] = grade(scores[k], grades[k], held);
    const bool is_new = clock.is_tick[k] != 0 && t > clock.walked_until;
    if (!is_new || clock.is_present[k] == 0 || grades[k].is_missing() || grades[k] == held.grade) continue;
    held.grade = grades[k];
    changes.push_back({t, held.grade});
  }
}

}  // namespace customerhealth::scores
