#pragma once

#include <span>

#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/frame.hpp"

namespace customerhealth {

/// The numbers between which points are kept: the scale, or under `sum` -M..M.
struct PointsRange {
  double low = 0, high = 100;
};

[[nodiscard]] PointsRange points_range(const ScoreSpec& score) noexcept;

/// `value`, moved linearly from one scale to another.
[[nodiscard]] double rescaled(double value, const Scale& from, const Scale& to) noexcept;

inline constexpr std::int32_t kNoCase = -1;            // none holds
inline constexpr std::int32_t kFirstMissingCase = -2;  // the `when` of case c is missing: -2 - c

/// What a measure says about each row of a block; every span has the rows of the block.
struct MeasureRows {
  std::span<double> value;             // NaN: missing, or no number; empty when nobody wants it
  std::span<double> points;            // clamped; NaN: none, not by the measure's policy either
  std::span<Reason> reasons;           // why the measure itself has no points; stays beside points that a policy gave
  std::span<std::int32_t> cases = {};  // which case was chosen: its index, kNoCase, or kFirstMissingCase and below
  std::span<std::int32_t> choices =
      {};  // which of its bands or labels (choices.hpp); both empty when nobody wants them
};

/// Returns whether any row has a reason.
bool measure_rows(const BoundModel& model, std::int32_t score, std::int32_t measure, const Frame& frame,
                  const MeasureRows& out);

}  // namespace customerhealth
