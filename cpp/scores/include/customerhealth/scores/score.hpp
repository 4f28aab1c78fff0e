#pragma once

#include <cstdint>
#include <span>

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
  std::span<double> score;         // NaN: missing
  std::span<Reason> reasons;       // why; also those of the grade. Where the score does not apply, of the coverage too
  std::span<std::int32_t> grades;  // index into ScoreSpec::grades, -1: none; empty when the score has no grades
  std::span<double> coverage;      // NaN: the score does not apply
};

/// One score (model.md §4) for a block of panel rows. The frame holds everything that the score needs: its metrics,
/// attributes and other scores. Rows do not look at each other, so it does not matter how they are cut into blocks.
void score_rows(const model::BoundScore& score, const Frame& frame, const ScoreOutput& out);

}  // namespace customerhealth::scores
