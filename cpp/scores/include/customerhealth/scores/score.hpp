#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/frame.hpp"

namespace customerhealth::scores {

/// One part of a score, at one level.
struct LevelPart {
  enum class Kind : std::uint8_t { measure, cap, round, clamp };
  Kind kind = Kind::measure;
  std::int32_t index = 0;  // of the measure, of the cap
};

/// Where a score goes; every span has the rows of the block.
struct ScoreOutput {
  std::span<double> score;              // NaN: missing
  std::span<Reason> reasons;            // of score and grade; of the coverage too if the score does not apply
  std::span<model::GradeIndex> grades;  // empty when the score has no grades
  std::span<double> coverage;           // NaN: the score does not apply
};

/// One score (model.md §4) for a block of panel rows. The frame holds everything that the score needs: its metrics,
/// attributes and other scores. No row depends on another row of the block, so any division into blocks gives the same.
void score_rows(const model::BoundScore& score, const Frame& frame, const ScoreOutput& out);

/// Why each row has no points of its own from a measure; Reason::none where it has some.
[[nodiscard]] std::vector<Reason> measure_reasons(const model::BoundMeasure& measure, const Frame& frame);

}  // namespace customerhealth::scores
