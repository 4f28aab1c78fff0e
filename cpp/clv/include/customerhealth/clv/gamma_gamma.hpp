#pragma once

#include <memory>

#include "customerhealth/clv/likelihood.hpp"
#include "customerhealth/clv/rows.hpp"

namespace customerhealth::clv {

/// The Gamma-Gamma model of spend (Fader and Hardie 2013, note 025): a purchase is Gamma(p, rate nu) with nu ~
/// Gamma(q, rate v), whatever the number of purchases.
struct GammaGamma {
  double p, q, v;

  void check() const;
  /// Of the mean m of x > 0 purchases.
  [[nodiscard]] double log_likelihood(double x, double m) const;
  /// The mean value of a customer's purchases; meaningless unless p x + q > 1.
  [[nodiscard]] double expected_value(double x, double m) const noexcept { return (v + x * m) * p / (p * x + q - 1.0); }
};

/// Of customers with repeat purchases; the others say nothing about spend.
[[nodiscard]] std::unique_ptr<Likelihood> gamma_gamma_likelihood(const Inputs& inputs);

}  // namespace customerhealth::clv
