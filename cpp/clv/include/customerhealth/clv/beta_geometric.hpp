#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "customerhealth/clv/likelihood.hpp"

namespace customerhealth::clv {

/// The shifted beta-geometric model of contract renewals (Fader and Hardie 2007, J. of Interactive Marketing
/// 21(1):76-90), and with c != 1 the beta-discrete-Weibull (Fader, Hardie, Liu, Davin, Steenburgh 2018, J. of
/// Interactive Marketing 43:1-16): S(t) = B(alpha, beta + t^c) / B(alpha, beta) is what is left after t renewals.
struct BetaGeometric {
  double alpha, beta, c = 1.0;

  void check() const;
  [[nodiscard]] double log_survival(double t) const;
  /// The sum of S(t + j) / S(t) (1 + d)^-j over j >= 0; infinite where it does not end.
  [[nodiscard]] double discounted_lifetime(double d, double t) const;
};

/// Cohorts, pooled: how many customers were lost at renewal t = 1, 2, …, and how many were still there when
/// observation ended after t = 0, 1, … renewals.
struct Renewals {
  std::vector<double> lost, left;  // lost[0] is 0; as long as each other
};

/// With c free, or held at 1.
[[nodiscard]] std::unique_ptr<Likelihood> beta_geometric_likelihood(Renewals renewals, bool free_c);

}  // namespace customerhealth::clv
