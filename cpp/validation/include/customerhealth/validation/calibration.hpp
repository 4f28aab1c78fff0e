#pragma once

#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/validation/cases.hpp"
#include "customerhealth/validation/rounds.hpp"

namespace customerhealth::validation {

/// A falling line of corners: linear between them, flat outside.
struct Corners {
  std::vector<double> x, y;
};

/// The falling step function nearest to y in weighted squares, by pooling adjacent violators; rows of equal x are one.
/// A step has a corner at its first and its last x. Throws DataError for a value that is not finite, a weight below 0,
/// and where all weights are 0.
[[nodiscard]] Corners isotonic(std::span<const double> x, std::span<const double> y, std::span<const double> weight);

/// A probability 1 / (1 + e^-(a - b x)).
struct Logistic {
  double a, b;
};

/// Which targets the likelihood has.
enum class Targets {
  plain,     // 1 for an event, 0 for none
  smoothed,  // (events + 1) / (events + 2) and 1 / (others + 2), as Platt (1999): b is finite whatever the cases
};

/// The most likely curve. With plain targets, cases that a value of x parts into events and others have none: the climb
/// then ends, at finite numbers, where the mean gradient is below 1e-9. Where all x are equal, b is 0. Throws DataError
/// for an x that is not finite, no cases, and, with plain targets, cases without an event or of nothing else.
[[nodiscard]] Logistic logistic(std::span<const double> x, const Cases& cases, Targets targets);

/// The same of accounts drawn anew, a curve a round, inside `run`. NaN where the cases drawn have no curve.
void draw_logistic(std::span<const double> x, const Cases& cases, Targets targets, Rounds rounds, const Watch& watch,
                   std::span<Logistic> out);

}  // namespace customerhealth::validation
