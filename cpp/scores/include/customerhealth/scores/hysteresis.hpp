#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/edges.hpp"

namespace customerhealth::scores {

/// The edges between the grades of a score: [g] lies below grade g + 1. All are moved by `points`, keeping their kind.
[[nodiscard]] std::vector<Edge> grade_edges(const model::ScoreSpec& score, double points = 0);

/// All that an account carries from tick to tick; kept, a walk goes on from it later.
struct HeldGrade {
  std::int32_t index = -1;  // into ScoreSpec::grades; -1: none was held yet
};

/// Grades that are left only once the score has clearly left them (model.md §4).
class Hysteresis {
 public:
  /// Of a score that has hysteresis.
  explicit Hysteresis(const model::ScoreSpec& score);

  /// The grade of a score while another is held. `plain` is its grade without a past, -1 where it is missing.
  [[nodiscard]] std::int32_t grade(double score, std::int32_t plain, HeldGrade held) const noexcept;

  /// One account's instants in order: turns plain grades into those shown. The grade held moves at ticks where there
  /// is a panel row; anywhere else the grade shown is the one that would be held there.
  void walk(std::span<const double> scores, std::span<const std::uint8_t> is_tick,
            std::span<const std::uint8_t> is_present, std::span<std::int32_t> grades, HeldGrade& held) const noexcept;

 private:
  std::vector<Edge> up_, down_;  // what it takes to rise into, and to stay above
};

}  // namespace customerhealth::scores
