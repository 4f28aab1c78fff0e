#include "special.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cassert>
#include <cmath>
#include <limits>

#include "customerhealth/common/math.hpp"

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

constexpr double kLarge = 100.0;  // from here on four terms of Stirling's series leave an error below 1e-20
constexpr double kTiny = 1e-300;
constexpr int kMostSteps = 2'000'000;

double one_plus(double x) noexcept { return x == -1.0 ? kTiny : 1.0 + x; }

/// The partial numerators of Gauss's continued fraction: step 1, 2, 3, …
struct Numerators {
  double b, c, z;

  [[nodiscard]] double at(int step) const noexcept {
    const int half = step / 2;
    const double m = half;
    if (step % 2 == 0) return m * (b - c + 1.0 - m) / ((c + 2.0 * m - 2.0) * (c + 2.0 * m - 1.0)) * z;
    if (step == 1) return -b / c * z;
    return -(c - 1.0 + m) * (b + m) / ((c - 1.0 + 2.0 * m) * (c + 2.0 * m)) * z;
  }
};

/// 1 / (1 + d1 / (1 + d2 / (1 + …))) by the modified method of Lentz.
double fraction(const Numerators& numerators) {
  double c = 1.0, d = 1.0 / one_plus(numerators.at(1)), sum = d;
  for (int step = 2; step < kMostSteps; ++step) {
    const double numerator = numerators.at(step);
    d = 1.0 / one_plus(numerator * d);
    c = one_plus(numerator / c);
    const double change = c * d;
    sum *= change;
    if (std::abs(change - 1.0) <= 4e-16 || numerator == 0.0) return sum;  // two units in the last place
  }
  return std::numeric_limits<double>::quiet_NaN();  // z is within 1e-11 of 1
}

}  // namespace

double log_gamma(double x) { return boost::math::lgamma(x, Policy{}); }

double digamma(double x) { return boost::math::digamma(x, Policy{}); }

// Of large x the two logarithms agree in all their digits; their series (https://dlmf.nist.gov/5.11) are subtracted
// term by term.
double log_gamma_rise(double x, double a) {
  if (x < kLarge) return log_gamma(x + a) - log_gamma(x);
  const auto tail = [](double at) {
    const double square = at * at;
    return (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / at;
  };
  return (x - 0.5) * math::log1p(a / x) + a * (math::ln(x + a) - 1.0) + (tail(x + a) - tail(x));
}

double digamma_rise(double x, double a) {
  if (x < kLarge) return digamma(x + a) - digamma(x);
  const auto tail = [](double at) {
    const double square = at * at;
    return 0.5 / at + (1.0 / 12.0 - (1.0 / 120.0 - (1.0 / 252.0 - 1.0 / (240.0 * square)) / square) / square) / square;
  };
  return math::log1p(a / x) - (tail(x + a) - tail(x));
}

double log_beta(double a, double b) { return log_gamma(a) + log_gamma(b) - log_gamma(a + b); }

double incomplete_beta(double a, double b, double z) { return boost::math::ibeta(a, b, z, Policy{}); }

double hypergeometric(double b, double c, double z) {
  assert(b > 0.0 && c > 0.0 && 0.0 <= z && z < 1.0);
  return fraction({b, c, z});
}

}  // namespace customerhealth::clv
