#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/scores/changes.hpp"

namespace customerhealth::scores {

/// A score under one of two models.
struct ScoreUnder {
  const model::BoundModel* model = nullptr;
  const model::BoundScore* score = nullptr;
};

/// Takes the difference between a score under two models apart, the data being the same: whatever moves was moved by
/// the document, so that every cause is `model`, and `because` names the paths that differ and that the part rests on.
///
/// Parts are the same part when they have the same name. A measure adds n times p, and Δ(n p) is taken apart as
/// between dates: the mean of n times Δp under the part's own paths, the mean of p times Δn under those of the weights
/// ("share: ..."). A part that only one document has adds all it adds there. A nested score that both have is taken
/// apart by the same rule.
class ModelChanges final : public Comparison {
 public:
  /// `differences`: the paths by which the documents differ, as in scores.health.measures.use.weight. Throws Error when
  /// a deep score has more than a hundred thousand parts.
  ModelChanges(ScoreUnder from, ScoreUnder to, Depth depth, std::span<const std::string> differences);

  [[nodiscard]] std::vector<std::string> part_names() const override;
  [[nodiscard]] std::span<const SlotIndex> slots_from() const noexcept override { return slots_from_; }
  [[nodiscard]] std::span<const SlotIndex> slots_to() const noexcept override { return slots_to_; }
  void fill(const Frame& from, const Frame& to, std::vector<Change>& out) const override;
  [[nodiscard]] std::string because(const Change& change) const override;

 private:
  class Listing;
  struct Level;
  static constexpr std::int32_t kNoText = -1;

  struct Listed {
    std::string name;
    LevelPart::Kind kind = LevelPart::Kind::measure;
    std::optional<std::size_t> from, to;  // its place in `level_parts` of either score; nothing: it is not there
    std::size_t nested = 0;               // how many of the following parts this one is made of
    std::int32_t own = kNoText;           // into `texts_`: the paths that the part rests on
    std::int32_t share = kNoText;         // those that give it another share; the same for a whole level
  };

  void fill_level(const model::BoundScore& from, const model::BoundScore& to, std::size_t first, std::size_t end,
                  const Frame& frame_from, const Frame& frame_to, std::span<const double> factors,
                  std::vector<Change>& out) const;

  ScoreUnder from_, to_;
  Depth depth_;
  std::vector<std::string> texts_;
  std::vector<Listed> parts_;
  std::vector<SlotIndex> slots_from_, slots_to_;
};

}  // namespace customerhealth::scores
