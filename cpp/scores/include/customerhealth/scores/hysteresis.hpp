#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/edges.hpp"

namespace customerhealth::scores {

/// The edges between the grades of a score: [g] lies below grade g + 1. All are moved by `points`, keeping their kind.
[[nodiscard]] std::vector<Edge> grade_edges(const model::ScoreSpec& score, double points = 0);

/// The state of an account between two ticks.
struct HeldGrade {
  model::GradeIndex grade;  // missing: none was held yet
};

/// From a tick on another grade is held.
struct GradeChange {
  Instant at = kMissingInstant;
  model::GradeIndex grade;
};

/// The instants of one account, at which its grades are walked.
struct GradeClock {
  std::span<const Instant> instants;  // ascending
  std::span<const std::uint8_t> is_tick, is_present;
  // A walk that was kept goes on: what changed at its ticks, the last of which lies at or before `walked_until`. The
  // instants need not hold these ticks.
  std::span<const GradeChange> kept = {};
  Instant walked_until = kMissingInstant;
};

/// Keeps a grade until the score lies more than `points` beyond one of its edges.
class Hysteresis {
 public:
  /// The score must have hysteresis.
  explicit Hysteresis(const model::ScoreSpec& score);

  /// The grade of a score while another is held. `plain` is its grade without a past.
  [[nodiscard]] model::GradeIndex grade(double score, model::GradeIndex plain, HeldGrade held) const noexcept;

  /// Turns the plain grades of one account, at its instants in order, into the grades shown. The grade held changes
  /// only at ticks with a panel row, and then `changes` grows. Between ticks the grade shown is the one that would be
  /// held there.
  void walk(const GradeClock& clock, std::span<const double> scores, std::span<model::GradeIndex> grades,
            std::vector<GradeChange>& changes) const;

 private:
  std::vector<Edge> up_, down_;  // edges to rise into a grade, and to stay in it
};

}  // namespace customerhealth::scores
