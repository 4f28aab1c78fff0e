#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/nest.hpp"
#include "level.hpp"

namespace customerhealth::scores {

/// A nest over a block of rows that computes what the top score would be if one measure or cap were different. It
/// computes again only the scores between the changed one and the top. Rules, limits and formulas that name a score
/// keep its value in the frame, which is borrowed.
class HeldNest {
 public:
  HeldNest(const ScoreNest& nest, const Frame& frame);

  [[nodiscard]] std::span<const double> points(const NestPlace& leaf) const { return given(leaf).rows.points; }
  [[nodiscard]] std::span<const Reason> reasons(const NestPlace& leaf) const { return given(leaf).rows.reasons; }

  /// The top score with `points` as the points of the measure. NaN is missing.
  void with_points(const NestPlace& leaf, std::span<double> points, std::span<double> out);
  /// The top score without the cap.
  void without_cap(const NestPlace& cap, std::span<double> out);

 private:
  struct Level {  // beside ScoreNest::levels
    std::vector<std::vector<double>> points;
    std::vector<std::vector<Reason>> reasons;
    std::vector<GivenMeasure> given;
    std::vector<double> score, coverage;  // of the latest question
    std::vector<Reason> why;
  };
  struct Changed {  // a measure whose nested score changed, for the latest question
    std::vector<double> points;
    std::vector<Reason> reasons;
  };

  [[nodiscard]] std::size_t place_of(const model::BoundScore& score) const noexcept;
  [[nodiscard]] const GivenMeasure& given(const NestPlace& leaf) const {
    return levels_[place_of(*leaf.score)].given[static_cast<std::size_t>(leaf.index)];
  }
  void ask(std::size_t level, std::span<const GivenMeasure> given, std::int32_t without_cap);
  void pass_on(std::size_t from, std::span<double> out);

  const ScoreNest& nest_;
  const Frame& frame_;
  Frame changed_;              // the frame, but for the scores on the way up
  std::vector<Level> levels_;  // beside ScoreNest::levels
  std::vector<Reason> no_reasons_;
};

}  // namespace customerhealth::scores
