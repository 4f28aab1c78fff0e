#include "customerhealth/clv/special.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cassert>
#include <cmath>

namespace customerhealth::clv {
namespace {

// Boost computes in double (by default it would promote to long double) and neither sets errno nor throws: arguments
// are checked before.
using Policy =
    boost::math::policies::policy<boost::math::policies::promote_double<false>,
                                  boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::pole_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

constexpr double kTiny = 1e-300;
constexpr int kMostSteps = 2'000'000;

/// A number with its derivatives by b, c and z.
struct Dual {
  double value;
  double d[3];
};

Dual operator*(const Dual& x, const Dual& y) noexcept {
  Dual out{x.value * y.value, {}};
  for (int i = 0; i < 3; ++i) out.d[i] = x.d[i] * y.value + x.value * y.d[i];
  return out;
}

Dual operator/(const Dual& x, const Dual& y) noexcept {
  const double inverse = 1.0 / y.value;
  Dual out{x.value * inverse, {}};
  for (int i = 0; i < 3; ++i) out.d[i] = (x.d[i] - out.value * y.d[i]) * inverse;
  return out;
}

Dual one_plus(Dual x) noexcept {
  x.value += 1.0;
  if (x.value == 0.0) x.value = kTiny;
  return x;
}

double one_plus(double x) noexcept { return x == -1.0 ? kTiny : 1.0 + x; }

double value_of(double x) noexcept { return x; }
double value_of(const Dual& x) noexcept { return x.value; }

// Whether a step of the fraction changed its value by two units in the last place at most. Derivatives may change by
// more, since fitting needs them less exactly than values.
bool settled(double step, double) noexcept { return std::abs(step - 1.0) <= 4e-16; }
bool settled(const Dual& step, const Dual& sum) noexcept {
  for (int i = 0; i < 3; ++i) {
    if (std::abs(step.d[i]) > 1e-14 * (1.0 + std::abs(sum.d[i] / sum.value))) return false;
  }
  return settled(step.value, sum.value);
}

/// The partial numerators of Gauss's continued fraction: step 1, 2, 3, …
struct Numerators {
  double b, c, z;

  [[nodiscard]] double slope(int step) const noexcept {  // the numerator divided by z
    const int half = step / 2;
    const double m = half;
    if (step % 2 == 0) return m * (b - c + 1.0 - m) / ((c + 2.0 * m - 2.0) * (c + 2.0 * m - 1.0));
    if (step == 1) return -b / c;
    return -(c - 1.0 + m) * (b + m) / ((c - 1.0 + 2.0 * m) * (c + 2.0 * m));
  }
  void at(int step, double& out) const noexcept { out = slope(step) * z; }
  void at(int step, Dual& out) const noexcept {
    const int half = step / 2;
    const double m = half;
    const double by_z = slope(step), value = by_z * z;
    double by_b = 0, by_c = 0;
    if (step % 2 == 0) {
      const double low = c + 2.0 * m - 2.0, high = low + 1.0;
      by_b = m * z / (low * high);
      by_c = -by_b - value * (1.0 / low + 1.0 / high);
    } else if (step == 1) {
      by_b = -z / c;
      by_c = -value / c;
    } else {
      const double low = c - 1.0 + 2.0 * m, high = low + 1.0;
      by_b = -(c - 1.0 + m) * z / (low * high);
      by_c = -(b + m) * z / (low * high) - value * (1.0 / low + 1.0 / high);
    }
    out = Dual{value, {by_b, by_c, by_z}};
  }
};

/// 1 / (1 + d1 / (1 + d2 / (1 + …))) by the modified method of Lentz.
template <class Number>
Number fraction(const Numerators& numerators, const Number& one) {
  Number numerator, c = one, d, sum;
  numerators.at(1, numerator);
  d = one / one_plus(numerator);
  sum = d;
  for (int step = 2; step < kMostSteps; ++step) {
    numerators.at(step, numerator);
    d = one / one_plus(numerator * d);
    c = one_plus(numerator / c);
    const Number change = c * d;
    sum = sum * change;
    if (settled(change, sum) || value_of(numerator) == 0.0) return sum;
  }
  return sum / (one * Number{});  // not a number: z is within 1e-11 of 1
}

}  // namespace

double log_gamma(double x) { return boost::math::lgamma(x, Policy{}); }

double digamma(double x) { return boost::math::digamma(x, Policy{}); }

double log_beta(double a, double b) { return log_gamma(a) + log_gamma(b) - log_gamma(a + b); }

double incomplete_beta(double a, double b, double z) { return boost::math::ibeta(a, b, z, Policy{}); }

double hypergeometric(double b, double c, double z) {
  assert(b > 0.0 && c > 0.0 && 0.0 <= z && z < 1.0);
  return fraction<double>({b, c, z}, 1.0);
}

Hypergeometric hypergeometric_gradient(double b, double c, double z) {
  assert(b > 0.0 && c > 0.0 && 0.0 <= z && z < 1.0);
  const Dual sum = fraction<Dual>({b, c, z}, Dual{1.0, {0.0, 0.0, 0.0}});
  return {sum.value, sum.d[0], sum.d[1], sum.d[2]};
}

}  // namespace customerhealth::clv
