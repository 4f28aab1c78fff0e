#pragma once

#include <cstdint>
#include <span>

#include "customerhealth/common/parallel.hpp"
#include "customerhealth/validation/cases.hpp"
#include "customerhealth/validation/rounds.hpp"

namespace customerhealth::validation {

/// How well a score foretells events by its low values: of the cases as they are, and of accounts drawn anew.
struct Foresight {
  double auc = 0.0;  // share of pairs (event, none) in which the event has the lower score; ties count half
  double average_precision = 0.0;
  std::span<double> auc_draws, average_precision_draws;  // a round each

  // Beside the shares that were asked for: the cases of the lowest scores, as many as the share of all, rounded up.
  std::span<double> cutoff;                    // the score of the last of them; NaN where it is missing
  std::span<std::int64_t> listed;              // how many they are
  std::span<double> hits;                      // how many of them have the event
  std::span<double> listed_draws, hits_draws;  // a row a share, a round each
};

/// Fills `out`, a Foresight a score, inside `run`. `scores` holds a row of all cases a score; NaN is a missing one: it
/// counts half in each pair, and comes last in lists and precision. Of cases that tie where a list is
/// full, as many have the event as of all of them. An AUC
/// or precision without an event, and an AUC without a case that has none, is NaN. The same rounds draw the same
/// accounts for all scores.
void foresee(std::span<const double> scores, const Cases& cases, std::span<const double> shares, Rounds rounds,
             const Watch& watch, std::span<Foresight> out);

}  // namespace customerhealth::validation
