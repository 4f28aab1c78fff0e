#include "customerhealth/scores/hysteresis.hpp"

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

std::int32_t Hysteresis::grade(double score, std::int32_t plain, HeldGrade held) const noexcept {
  if (plain < 0 || held.index < 0) return plain;
  // No edge that is moved up is passed by a score that does not pass it where it is, and the other way round: so the
  // grade lies between the plain one and the one held.
  for (std::int32_t g = plain; g > held.index; --g) {
    if (up_[static_cast<std::size_t>(g - 1)].is_passed_by(score)) return g;
  }
  for (std::int32_t g = held.index; g > plain; --g) {
    if (down_[static_cast<std::size_t>(g - 1)].is_passed_by(score)) return g;
  }
  return plain < held.index ? plain : held.index;
}

void Hysteresis::walk(std::span<const double> scores, std::span<const std::uint8_t> is_tick,
                      std::span<const std::uint8_t> is_present, std::span<std::int32_t> grades,
                      HeldGrade& held) const noexcept {
  assert(is_tick.size() == scores.size() && is_present.size() == scores.size() && grades.size() == scores.size());
  for (std::size_t k = 0; k < scores.size(); ++k) {
    grades[k] = grade(scores[k], grades[k], held);
    if (is_tick[k] != 0 && is_present[k] != 0 && grades[k] >= 0) held.index = grades[k];
  }
}

}  // namespace customerhealth::scores
