#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/score.hpp"

namespace customerhealth::scores {

struct PartRecord;

enum class Depth : std::uint8_t { one_level, deep };

/// Refuses more than 100,000 parts: if each level names the next one twice, 20 levels make a million of them. `path`
/// is that of the score.
void check_part_count(std::size_t count, const std::string& path, Depth depth);

/// A named part of a score.
struct Part {
  /// `offset` holds points of a nested score that come from none of its leaves: the constant of the change of scale,
  /// and the points that a policy gives while the nested score is missing.
  enum class Kind : std::uint8_t { measure, offset, cap, round, clamp };
  std::string name;  // breadth, adoption.breadth, adoption.cap:sev-1, adoption.offset, round, clamp
  Kind kind = Kind::measure;
  std::optional<SlotIndex> value = {};  // the slot whose numbers its `value` is; nothing: it is worked out
};

/// Columns of contributions, part after part, each over `rows` rows (`[part][row]`). NaN is missing. `value` is a
/// number: booleans are 1 and 0, texts and instants missing; of a cap it is the limit where its rule holds. `points`
/// are on the scale of the score that the measure belongs to; `weight` is the effective share (for `mean`; else as
/// written), multiplied along the path when deep. Contributions sum to the score; where it is missing they are, and
/// `reasons` say why. `value_places` say of each part which part of `value` is its own, -1: nobody wants it; empty: all
/// have theirs, in their order.
struct ContributionColumns {
  std::size_t rows;
  std::span<double> value, points, weight, contribution;
  std::span<Reason> reasons;
  std::span<const std::int32_t> value_places = {};
};

/// Computes the contributions of the parts of one score. It borrows the score. When deep, the parts of a nested score
/// take the place of the measure that reads it, followed by its offset.
class Contributions {
 public:
  /// Throws Error when a deep score has more than a hundred thousand parts.
  Contributions(const model::BoundScore& score, Depth depth);

  [[nodiscard]] std::span<const Part> parts() const noexcept { return parts_; }
  /// The contributions to rows [begin, begin + frame.rows) of `out`, which `frame` describes. Others may be filled at
  /// once. Every span of `out` has `parts().size() * out.rows` elements, `value` fewer where not all are wanted.
  void fill(const Frame& frame, const ContributionColumns& out, std::size_t begin = 0) const;

 private:
  struct Factors;
  struct Target;
  void list(const model::BoundScore& score, const std::string& prefix);
  [[nodiscard]] bool expands(const model::BoundMeasure& measure) const noexcept;
  /// The number of parts that take the place of a measure whose nested score is expanded.
  [[nodiscard]] std::size_t width(const model::BoundMeasure& measure) const;
  void fill_level(const model::BoundScore& score, const Frame& frame, const Factors& factors, Target target) const;
  void fill_nested(const model::BoundMeasure& measure, const Frame& frame, const Factors& factors,
                   const PartRecord& of_measure, Target target) const;

  const model::BoundScore* score_;
  Depth depth_;
  std::vector<Part> parts_;
  std::map<const model::BoundScore*, std::size_t> widths_;  // the number of its parts where it is nested
};

}  // namespace customerhealth::scores
