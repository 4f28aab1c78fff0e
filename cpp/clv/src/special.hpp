#pragma once

namespace customerhealth::clv {

/// ln Γ(x), x > 0.
[[nodiscard]] double log_gamma(double x);
/// The derivative of ln Γ(x), x > 0.
[[nodiscard]] double digamma(double x);
/// ln Γ(x + a) - ln Γ(x), exact to a few units in the last place where x is large too; x > 0, a >= 0.
[[nodiscard]] double log_gamma_rise(double x, double a);
/// The difference of the derivatives of ln Γ at x + a and x, likewise.
[[nodiscard]] double digamma_rise(double x, double a);
/// ln B(a, b), both above 0.
[[nodiscard]] double log_beta(double a, double b);
/// The regularised incomplete beta function I_z(a, b); 0 <= z <= 1.
[[nodiscard]] double incomplete_beta(double a, double b, double z);

/// Gauss's hypergeometric function 2F1(1, b; c; z); b, c > 0 and 0 <= z < 1.
///
/// Boost has it only as a power series, which takes 35 / (1 - z) terms. Gauss's continued
/// fraction (https://dlmf.nist.gov/15.7, the one that 8.17.22 uses for the incomplete beta function) takes a few steps
/// for small z and some 10 / sqrt(1 - z) near 1.
[[nodiscard]] double hypergeometric(double b, double c, double z);

}  // namespace customerhealth::clv
