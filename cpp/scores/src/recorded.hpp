#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "customerhealth/common/overloaded.hpp"
#include "customerhealth/scores/changes.hpp"
#include "customerhealth/scores/frame.hpp"
#include "measure.hpp"

/// What `Changes` and `ModelChanges` share: the parts of a score recorded on either side, and how a Change is made.
namespace customerhealth::scores {

/// The parts of one score on one side, as score_level records them, in memory of its own.
class Recorded {
 public:
  Recorded(const model::BoundScore& score, const Frame& frame);

  struct Part {
    std::span<const double> value, points, weight, share, contribution;
    std::span<const Reason> reasons;
    std::span<const std::int32_t> cases, choices;
  };
  /// In the order of `level_parts`.
  [[nodiscard]] Part part(std::size_t p) const noexcept;
  [[nodiscard]] std::span<const double> score() const noexcept { return score_; }
  [[nodiscard]] std::span<const Reason> reasons() const noexcept { return score_reasons_; }
  /// The part of the cap that gave a row its score, which was missing by the measures.
  [[nodiscard]] std::optional<std::size_t> given_by(std::size_t row) const noexcept;

 private:
  std::size_t rows_;
  std::vector<double> value_, points_, weight_, share_, contribution_;
  std::vector<Reason> reasons_;
  std::vector<std::int32_t> cases_, choices_;
  std::vector<std::uint8_t> gives_;
  std::vector<double> score_, coverage_;
  std::vector<Reason> score_reasons_;
};

/// One part on both sides.
struct PartPair {
  Recorded::Part from, to;
  PartIndex part;

  [[nodiscard]] bool there_before(std::size_t row) const noexcept { return !std::isnan(from.points[row]); }
  [[nodiscard]] bool there_now(std::size_t row) const noexcept { return !std::isnan(to.points[row]); }
  [[nodiscard]] Change change(std::size_t row, Cause cause, double contribution) const noexcept;
};

/// Weights that came and weights that went are equal when they differ by less than this share of themselves (0.1 + 0.2
/// for 0.3): the share then moves by less than its last bit, and a division by their difference would magnify it.
inline constexpr double kNoise = 1e-12;

/// The slots that a frame must have columns for, for a score to be recorded; ascending, each once. When deep, with
/// the scores it is made of.
[[nodiscard]] std::vector<SlotIndex> slots_of_score(const model::BoundScore& score, Depth depth);

/// As contributions name it, without the way to its score.
[[nodiscard]] std::string name_of(const model::ScoreSpec& score, const LevelPart& part);

[[nodiscard]] Change with(Change change, Change::Because because) noexcept;
/// With Change::Missing, unless there is no reason.
[[nodiscard]] Change with_reason(Change change, Reason reason) noexcept;

/// What a cap did, by its limits on either side; NaN: it does not hold there.
[[nodiscard]] Change::Because because_of_cap(double from, double to) noexcept;

// In words; `name` is that of the other part.
[[nodiscard]] std::string text_of(const Change::Missing& missing);
[[nodiscard]] std::string text_of(const Change::Policy& policy);
[[nodiscard]] std::string text_of(Change::Limit limit);
[[nodiscard]] std::string text_of(const Change::NoRow& no_row);
[[nodiscard]] std::string text_of(const Change::OtherPart& other, const std::string& name);

/// The words of a cause that needs neither a measure nor the paths of a document; empty for one that does.
/// `name_of_part` gives the name of a part by its index.
template <class NameOfPart>
[[nodiscard]] std::string text_of_any(const Change::Because& because, const NameOfPart& name_of_part) {
  return std::visit(
      Overloaded{[](std::monostate) { return std::string{}; }, [](const Change::Entries&) { return std::string{}; },
                 [](const Change::Cases&) { return std::string{}; }, [](const Change::Paths&) { return std::string{}; },
                 [&](const Change::OtherPart& other) { return text_of(other, name_of_part(other.part)); },
                 [](const auto& one) { return text_of(one); }},
      because);
}

/// Takes the rows whose score a cap gave, on either side, from `factors`: that cap alone is the cause of their
/// difference, which `emit` makes of the row, its factor times the difference, and the cap's part on the side `to`,
/// else on `from`.
template <class Emit>
void take_given(const Recorded& from, const Recorded& to, std::vector<double>& factors, const Emit& emit) {
  for (std::size_t row = 0; row < factors.size(); ++row) {
    const auto before = from.given_by(row), now = to.given_by(row);
    if (factors[row] == 0 || (!before && !now)) continue;
    const double contribution = factors[row] * (to.score()[row] - from.score()[row]);
    if (contribution != 0) emit(row, contribution, now, before);
    factors[row] = 0;
  }
}

/// Appends the cause of each row whose score is missing on one side. Returns `factors` with 0 for each row whose score
/// is missing on either side: their parts have no causes.
[[nodiscard]] std::vector<double> factors_of_both(const Recorded& from, const Recorded& to,
                                                  std::span<const double> factors, std::vector<Change>& out);

}  // namespace customerhealth::scores
