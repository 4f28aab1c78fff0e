#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "customerhealth/validation/cases.hpp"
#include "customerhealth/validation/draws.hpp"

namespace customerhealth::validation {

/// The cases in the order of a score, the lowest first.
class Ranking {
 public:
  /// What a pass over the order finds, a number a lane. Sums of pairs stay below 2^53, so that they are exact.
  struct Found {
    Lanes<double> auc, average_precision;
  };
  /// How many of the lowest cases of a lane there are, and how many of them have the event. Of cases that tie where the
  /// list is full, as many have it as of all of them: which of them are listed would be chance.
  struct Listed {
    Lanes<double> cases, events;
  };

  Ranking(std::span<const double> scores, const Cases& cases);

  [[nodiscard]] Found pass(const Counts& counts) const noexcept;
  /// A Listed a share; `shares` ascend.
  void list(const Counts& counts, std::span<const double> shares, std::span<Listed> out) const noexcept;
  /// The score of the case at a place, counted from 0.
  [[nodiscard]] double score_at(std::int64_t place) const noexcept { return scores_[static_cast<std::size_t>(place)]; }

 private:
  /// Cases whose order among each other is of no matter to AUC and precision.
  struct Step {
    std::size_t before;  // cases without the event, below
    std::size_t tied;    // cases without it, tied with
    std::size_t events;  // these that have it
  };
  /// How far a lane has come in the list.
  struct Reach {
    double cases, events;
    std::size_t place;
  };
  void find_stretches();
  [[nodiscard]] Reach past_tie(Reach at, const Counts& counts, std::size_t lane) const noexcept;
  void add_steps(std::span<const double> scores, const Cases& cases, std::span<const std::int32_t> order);

  std::vector<std::int32_t> stepwise_;  // accounts in the order of the steps
  std::vector<Step> steps_;
  Step missing_{0, 0, 0};
  std::vector<std::int32_t> accounts_;  // accounts in the order of the list
  std::vector<std::uint8_t> events_;    // beside them
  std::vector<double> scores_;
  std::vector<std::size_t> stretches_;  // where each begins, and the end; none cuts a tie
};

/// How many cases a share of them is, rounded up; at least one, if there is any.
[[nodiscard]] double listed(double share, double cases) noexcept;

}  // namespace customerhealth::validation
