#pragma once

#include <span>
#include <vector>

#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/values.hpp"

namespace customerhealth::scores {

/// The numbers between which points are kept: the scale, or under `sum` -M..M.
struct PointsRange {
  double low = 0, high = 100;
};

[[nodiscard]] PointsRange points_range(const model::ScoreSpec& score) noexcept;

/// Whether a policy gives that answer to any reason.
[[nodiscard]] bool answers(const model::MissingPolicy& policy, model::MissingPolicy::Kind kind) noexcept;

/// Maps `value` linearly from one scale to another.
[[nodiscard]] double rescaled(double value, const model::Scale& from, const model::Scale& to) noexcept;

/// Which case of a measure with a value is in force at each row.
struct CasesInForce {
  static constexpr std::int32_t kNone = -1;          // no case holds
  static constexpr std::int32_t kFirstMissing = -2;  // the `when` of case c is missing: -2 - c

  std::size_t count = 1;             // of cases
  std::vector<std::int32_t> chosen;  // empty: a lone shape, in force everywhere
  [[nodiscard]] std::int32_t at(std::size_t row) const noexcept { return chosen.empty() ? 0 : chosen[row]; }
};

/// What a measure says about each row of a block; every span has the rows of the block.
struct MeasureRows {
  std::span<double> value;             // NaN: missing, or no number; empty when nobody wants it
  std::span<double> points;            // clamped; NaN: none, and the policy gives none
  std::span<Reason> reasons;           // why the shape gave no points, kept if a policy gave some
  std::span<std::int32_t> cases = {};  // which case was chosen: as in CasesInForce::chosen
  std::span<std::int32_t> choices =
      {};  // which of its bands or labels (choices.hpp); both empty when nobody wants them
};

/// Returns whether any row has a reason.
bool measure_rows(const model::BoundMeasure& measure, const Frame& frame, const MeasureRows& out);

[[nodiscard]] CasesInForce cases_in_force(const model::BoundMeasure& measure, const Frame& frame);

/// Whether the points depend on the values of other accounts: a case compares with peers or shrinks to their mean.
[[nodiscard]] bool looks_at_peers(const model::Measure& measure) noexcept;

/// The points that other values would have under the cases in force, before clamping; NaN where a value has none. Peers
/// are those of the frame.
void points_of_values(const model::BoundMeasure& measure, const CasesInForce& cases, const MeasureValues& values,
                      const Frame& frame, std::span<double> points);

void clamp_points(std::span<double> points, const PointsRange& range) noexcept;  // NaN stays

}  // namespace customerhealth::scores
