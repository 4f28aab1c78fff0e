#pragma once

#include <span>
#include <string>
#include <vector>

#include "customerhealth/scores/level.hpp"

namespace customerhealth::scores {

enum class Depth : std::uint8_t { one_level, deep };

/// The most parts of a deep score: each level may name a score twice, and 20 levels would be a million parts.
inline constexpr std::size_t kMostParts = 100'000;

/// A named part of a score.
struct Part {
  /// `offset`: what no leaf of a nested score gives: the constant of a change of scale, points by policy while the
  /// nested score is missing.
  enum class Kind : std::uint8_t { measure, offset, cap, round, clamp };
  std::string name;  // breadth, adoption.breadth, adoption.cap:sev-1, adoption.offset, round, clamp
  Kind kind = Kind::measure;
};

/// Columns of contributions, part after part, each over `rows` rows (`[part][row]`). NaN is missing. `value` is a
/// number: booleans are 1 and 0, texts and instants missing; of a cap it is the limit where its rule holds. `points`
/// are on the scale of the score that the measure belongs to; `weight` is the effective share (for `mean`; else as
/// written), multiplied along the path when deep. Contributions sum to the score; where it is missing they are, and
/// `reasons` say why.
struct ContributionColumns {
  std::size_t rows;
  std::span<double> value, points, weight, contribution;
  std::span<Reason> reasons;
};

/// The parts of one score and how to work them out. It borrows the model. When deep, the parts of a nested score
/// stand where its measure would, followed by its offset.
class Contributions {
 public:
  /// Throws Error when a deep score has more than a hundred thousand parts.
  Contributions(const model::BoundModel& model, std::int32_t score, Depth depth);

  [[nodiscard]] std::span<const Part> parts() const noexcept { return parts_; }
  /// The contributions to rows [begin, begin + frame.rows) of `out`, which `frame` describes. Others may be filled at
  /// once. Every span of `out` has `parts().size() * out.rows` elements.
  void fill(const Frame& frame, const ContributionColumns& out, std::size_t begin = 0) const;

 private:
  struct Factors;
  struct Target;
  void list(std::int32_t score, const std::string& prefix);
  [[nodiscard]] bool expands(const model::Measure& measure) const noexcept;
  /// How many parts stand where the measure, whose score is taken apart, would.
  [[nodiscard]] std::size_t width(const model::ScoreSpec& spec, const model::Measure& measure) const noexcept;
  void fill_level(std::int32_t score, const Frame& frame, const Factors& factors, Target target) const;
  void fill_nested(const model::ScoreSpec& spec, const model::Measure& measure, const Frame& frame,
                   const Factors& factors, const PartRecord& of_measure, Target target) const;

  const model::BoundModel* model_;
  std::int32_t score_;
  Depth depth_;
  std::vector<Part> parts_;
  std::vector<std::size_t> widths_;  // by score: how many parts it has where it is nested
};

}  // namespace customerhealth::scores
