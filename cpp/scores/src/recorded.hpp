#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "customerhealth/scores/changes.hpp"
#include "customerhealth/scores/frame.hpp"

/// What comparing a score with itself rests on: how it came about on either side, and the rows that say what differs.
namespace customerhealth {

/// One score on one side: how it came about, with memory of its own.
class Recorded {
 public:
  Recorded(const BoundModel& model, std::int32_t score, const Frame& frame);

  struct Part {
    std::span<const double> value, points, weight, share, contribution;
    std::span<const Reason> reasons;
    std::span<const std::int32_t> cases, choices;
  };
  /// In the order of `level_parts`.
  [[nodiscard]] Part part(std::size_t p) const noexcept;
  [[nodiscard]] std::span<const double> score() const noexcept { return score_; }
  [[nodiscard]] std::span<const Reason> reasons() const noexcept { return score_reasons_; }

 private:
  std::size_t rows_;
  std::vector<double> value_, points_, weight_, share_, contribution_;
  std::vector<Reason> reasons_;
  std::vector<std::int32_t> cases_, choices_;
  std::vector<double> score_, coverage_;
  std::vector<Reason> score_reasons_;
};

/// One part on both sides.
struct PartPair {
  Recorded::Part from, to;
  std::int32_t part;  // the index that its changes bear

  [[nodiscard]] bool there_before(std::size_t row) const noexcept { return !std::isnan(from.points[row]); }
  [[nodiscard]] bool there_now(std::size_t row) const noexcept { return !std::isnan(to.points[row]); }
  [[nodiscard]] Change change(std::size_t row, Cause cause, double contribution) const noexcept;
};

/// The score that a measure takes its points from; nothing for one with a value.
[[nodiscard]] inline const std::int32_t* nested_score(const Measure& measure) noexcept {
  return std::get_if<std::int32_t>(&measure.source);
}

/// Weights that came and went and differ by less than this share of themselves are equal: 0.1 + 0.2 came for 0.3. What
/// they then do to a share is below the last bit, and dividing by their difference would blow it up.
inline constexpr double kNoise = 1e-12;

/// As many parts as one may ask for, as for contributions.
inline constexpr std::size_t kMostParts = 100'000;

/// The slots that a frame must have columns for, for a score to be recorded; ascending, each once. When deep, with
/// the scores it is made of.
[[nodiscard]] std::vector<std::int32_t> slots_of_score(const BoundModel& model, std::int32_t score, Depth depth);

/// As contributions name it, without the way to its score.
[[nodiscard]] std::string name_of(const ScoreSpec& score, const LevelPart& part);

[[nodiscard]] Change with_reason(Change change, Reason reason) noexcept;
[[nodiscard]] Change with(Change change, Change::Because because, std::int32_t x, std::int32_t y = 0,
                          std::int32_t held = 0) noexcept;

/// What a cap did, by its limits on either side.
[[nodiscard]] Change::Because because_of_cap(double from, double to) noexcept;

/// Whether `x` is a part.
[[nodiscard]] bool names_part(Change::Because because) noexcept;
/// In words, where they need no measure; `part` is the name of `x` where that is one.
[[nodiscard]] std::string because_of_any(const Change& change, const std::string& part);

/// Appends what there is to say of rows whose score is missing on a side, and gives the factors of the others: 0 where
/// nothing of a row is to be told.
[[nodiscard]] std::vector<double> told_factors(const Recorded& from, const Recorded& to,
                                               std::span<const double> factors, std::vector<Change>& out);

}  // namespace customerhealth
