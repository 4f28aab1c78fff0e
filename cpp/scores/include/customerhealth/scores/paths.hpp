#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/scores/edges.hpp"
#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/nest.hpp"

/// Finds, for each measure, the smallest change of its value that alone lifts a score to a grade. Everything else keeps
/// its value: rules, limits, the case in force, other measures of the same metric.
namespace customerhealth::scores {

enum class PathStatus : std::uint8_t {
  none,              // the grade is reached, or the score or the measure does not apply
  reaches,           // the change brings the grade
  alone_not_enough,  // no value of this measure brings it
  held_by_cap,       // this cap keeps the score below the grade
};

/// Part after part (`[part][row]`): the leaves, then the caps. NaN and missing codes: not there.
struct PathColumns {
  std::span<PathStatus> status;
  std::span<double> from;  // the value; of a cap its limit
  std::span<double> to;    // the wanted value, where the change reaches and it is a number or a boolean
  std::span<TextCode> from_label, to_label;  // likewise for texts
  std::span<double> gain;                    // what the change (of a cap: its absence) adds to the score
  /// For ranking accounts: the value now and the wanted value, for labels their points; `downward` is 1 if the wanted
  /// value is the lower one.
  std::span<double> has, wanted;
  std::span<std::uint8_t> downward;
  std::span<double> edge;  // the open end that `to` lies just beyond; NaN if the end is closed
};

class Paths {
 public:
  Paths(const model::BoundModel& model, const model::BoundScore& score, model::GradeIndex grade);

  /// The parts: `leaves` then `caps`.
  [[nodiscard]] const ScoreNest& nest() const noexcept { return nest_; }
  [[nodiscard]] std::size_t parts() const noexcept { return nest_.leaves.size() + nest_.caps.size(); }

  /// Every span of `out` has `parts() * frame.rows` elements. Rows that are not `asked` get only `has`, with which the
  /// shares of peers are counted.
  void fill(const Frame& frame, std::span<const std::uint8_t> asked, const PathColumns& out,
            const Watch& watch = Watch{}) const;

 private:
  const model::Model* model_;
  ScoreNest nest_;
  Edge edge_;  // of the grade
};

}  // namespace customerhealth::scores
