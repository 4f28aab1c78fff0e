#pragma once

#include <vector>

#include "customerhealth/scores/score.hpp"
#include "measure.hpp"

namespace customerhealth::scores {

/// The parts in order: measures, caps, then `round` where the score rounds, then `clamp` where something can leave
/// the scale: a sum, a cap, a rounding. A mean and a chosen measure cannot.
[[nodiscard]] std::vector<LevelPart> level_parts(const model::ScoreSpec& score);

/// Where one part of a level goes; every span has the rows of the block. NaN is missing.
struct PartRecord {
  std::span<double> value;         // of a measure; the limit of a cap whose rule holds
  std::span<double> points;        // of a measure
  std::span<double> weight;        // of a measure: its effective share under `mean`, else as written
  std::span<double> share;         // what one point of the measure adds to the score; empty when nobody wants it
  std::span<double> contribution;  // missing where the score is
  std::span<Reason> reasons;       // the measure's; where the score is missing and the part has none, the score's
  // Only for those who compare two dates: of a measure, as in MeasureRows. Else empty.
  std::span<std::int32_t> cases = {}, choices = {};
  std::span<std::uint8_t> gives = {};  // likewise; of a cap: whether a score that was missing has its value from it
};

/// `score_rows`, which also tells how the score comes about, part by part, unless `record` is empty. Both are one
/// pass, so that an explanation cannot differ from what it explains.
void score_level(const model::BoundScore& score, const Frame& frame, const ScoreOutput& out,
                 std::span<const PartRecord> record);

/// What a measure says about each row of a block, worked out before.
struct GivenMeasure {
  MeasureRows rows;
  bool missing = false;  // whether any row has a reason
};

/// What a score is taken to be made of, to ask how it would be if that were different.
struct Given {
  std::span<const GivenMeasure> measures;  // beside ScoreSpec::measures
  std::int32_t without_cap = -1;           // this one is left out
};

/// `score_rows`, but from the points of `given` instead of the measures' own: the same code, so that a score "as if"
/// agrees to the last bit with one that is.
void rescore_rows(const model::BoundScore& score, const Frame& frame, const Given& given, const ScoreOutput& out);

/// The limit of a cap at each row; NaN where its rule does not hold, or the limit is missing.
[[nodiscard]] std::vector<double> cap_limits(const model::BoundCap& cap, const Frame& frame);

/// What rounding and the scale make of a score after its caps.
[[nodiscard]] double settled(const model::ScoreSpec& score, double capped) noexcept;

}  // namespace customerhealth::scores
