#pragma once

#include <memory>

#include "customerhealth/clv/likelihood.hpp"
#include "customerhealth/clv/rows.hpp"

namespace customerhealth::clv {

/// The Pareto/NBD model (Schmittlein, Morrison, Colombo 1987, Management Science 33:1-24; formulas as in Fader and
/// Hardie 2005, "A note on deriving the Pareto/NBD model and related expressions").
///
/// Purchases come at a rate lambda ~ Gamma(r, rate alpha) until the customer leaves, at a rate mu ~ Gamma(s, rate
/// beta). A customer who is alive at T has lambda ~ Gamma(r + x, alpha + T) and mu ~ Gamma(s, beta + T), independent.
struct ParetoNbd {
  double r, alpha, s, beta;

  void check() const;

  [[nodiscard]] double log_likelihood(double x, double t_x, double age) const;
  [[nodiscard]] double probability_alive(double x, double t_x, double age) const;
  [[nodiscard]] double expected_purchases(double t, double x, double t_x, double age) const;
  [[nodiscard]] double expected_purchases_new(double t) const noexcept;
  [[nodiscard]] double probability_of_n(double n, double t) const;
  [[nodiscard]] double conditional_probability_of_n(double n, double t, double x, double t_x, double age) const;
  /// Purchases after T, each discounted from T at the continuous rate d > 0 (Fader, Hardie, Lee 2005, "RFM and CLV").
  [[nodiscard]] double discounted_residual(double d, double x, double t_x, double age) const;
};

[[nodiscard]] std::unique_ptr<Likelihood> pareto_nbd_likelihood(const Inputs& inputs);

}  // namespace customerhealth::clv
