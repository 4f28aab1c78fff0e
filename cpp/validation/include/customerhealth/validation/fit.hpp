#pragma once

#include <span>
#include <vector>

#include "customerhealth/common/parallel.hpp"

namespace customerhealth::validation {

/// Weights of measures that foretell an event: P = 1 / (1 + e^-(intercept + x c)), where c makes least
///
///     sum of w_i loss_i / sum of w_i + ridge / 2 |c - s towards|^2 + lasso |c|_1,    low <= c <= high, s >= 0.
///
/// Borrowed.
struct Regression {
  std::span<const double> x;  // a row a case
  std::span<const bool> events;
  std::span<const double> weight;  // 0 or more
  double ridge = 0.0, lasso = 0.0;
  std::span<const double> towards;    // empty: towards 0, without s
  std::span<const double> low, high;  // a number a column; infinite where there is no bound

  [[nodiscard]] std::size_t columns() const noexcept { return low.size(); }
  /// Throws DataError or Error for what cannot be fitted. Values of x are checked by the fit.
  void check() const;
};

struct Fitted {
  std::vector<double> coefficients;
  double intercept = 0.0;
  double scale = 0.0;  // s
  int steps = 0;       // over all rows
  double kkt = 0.0;    // the largest violation of the conditions of a minimum, in columns less their means
};

/// The minimum, by Newton's steps over the columns that no bound holds, inside `run`; blocks of rows are summed in one
/// order whatever the threads. Violations end below 1e-10 (of columns that spread wider than 1, times the widest), or
/// where the rounding of a strong ridge is larger, below that. Where multiples of `towards` part events and others, the
/// ridge hides what is left to gain: there the climb ends below 1e-10 times the ridge, and 1e-6.
/// Where a row of x parts events and others without ridge or bounds, there is no minimum: the climb ends where nothing
/// is left to gain by that measure, at finite numbers. Throws Error where it does not end.
[[nodiscard]] Fitted fit(const Regression& regression, const Watch& watch);

}  // namespace customerhealth::validation
