#pragma once

#include <memory>

#include "customerhealth/clv/likelihood.hpp"
#include "customerhealth/clv/rows.hpp"

namespace customerhealth::clv {

/// The BG/BB model (Fader, Hardie, Shang 2010, Marketing Science 29:1086-1108), for purchases at opportunities.
///
/// While alive a customer buys at an opportunity with a probability p ~ Beta(alpha, beta); before each opportunity the
/// customer leaves with a probability theta ~ Beta(gamma, delta). Times are numbers of opportunities. A customer who
/// is alive at n has p ~ Beta(alpha + x, beta + n - x) and theta ~ Beta(gamma, delta + n), independent.
struct BgBb {
  double alpha, beta, gamma, delta;

  void check() const;

  [[nodiscard]] double log_likelihood(double x, double t_x, double n) const;
  /// Alive at opportunity n + ahead.
  [[nodiscard]] double probability_alive(double ahead, double x, double t_x, double n) const;
  /// Over the next t opportunities.
  [[nodiscard]] double expected_purchases(double t, double x, double t_x, double n) const;
  [[nodiscard]] double expected_purchases_new(double t) const;
  [[nodiscard]] double probability_of_n(double count, double t) const;
  [[nodiscard]] double conditional_probability_of_n(double count, double t, double x, double t_x, double n) const;
  /// Purchases after n, that at the k-th opportunity from there divided by (1 + d)^k; d > 0.
  [[nodiscard]] double discounted_residual(double d, double x, double t_x, double n) const;
};

[[nodiscard]] std::unique_ptr<Likelihood> bgbb_likelihood(const Inputs& inputs);

}  // namespace customerhealth::clv
