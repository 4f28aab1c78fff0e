#include <gtest/gtest.h>

#include <cmath>

#include "customerhealth/clv/beta_geometric.hpp"
#include "special.hpp"

namespace customerhealth::clv {
namespace {

TEST(Hypergeometric, is_the_logarithm_where_the_parameters_are_1_and_2) {
  for (const double z : {1e-9, 0.1, 0.5, 0.9, 0.999, 0.999999}) {
    EXPECT_NEAR(hypergeometric(1.0, 2.0, z) * z / -std::log1p(-z), 1.0, 1e-13 + 1e-17 / (1 - z)) << z;
  }
}

TEST(Hypergeometric, is_a_power_where_the_last_parameters_are_equal) {
  for (const double z : {0.0, 0.3, 0.99}) EXPECT_NEAR(hypergeometric(2.7, 2.7, z) * (1.0 - z), 1.0, 1e-13) << z;
}

TEST(LogBeta, is_that_of_small_whole_numbers) {
  EXPECT_NEAR(log_beta(3.0, 4.0), std::log(1.0 / 60.0), 1e-14);
  EXPECT_NEAR(digamma(1.0), -0.5772156649015329, 1e-15);
  EXPECT_NEAR(incomplete_beta(2.0, 1.0, 0.3), 0.09, 1e-15);
}

// By mpmath with 60 digits: loggamma(x + a) - loggamma(x), digamma(x + a) - digamma(x).
struct Rise {
  double x, a, log_gamma, digamma;
};
constexpr Rise kRises[]{{99.0, 0.7, 3.2155240070219473, 0.007081405720409246},
                        {100.0, 0.7, 3.22256983385515, 0.0070104858902115823},
                        {101.5, 250.25, 1342.4743717166163, 1.2463739570288773},
                        {1000000000.0, 0.25, 5.1808164591428528, 2.5000000009375e-10},
                        {5700000000.0, 6.02, 135.23166671360813, 1.0561403504121206e-09},
                        {4.6e+17, 1.22, 49.617403518960467, 2.6521739130434782e-18},
                        {300000.0, 4000000000000.0, 112069267129918.88, 16.405779465077565}};

TEST(LogGammaRise, keeps_its_digits_where_the_two_logarithms_are_alike) {
  for (const auto& [x, a, expected, slope] : kRises) {
    const double plain = x < 100.0 ? 1e-12 : 0.0;  // below, two logarithms of size 360 are subtracted
    EXPECT_NEAR(log_gamma_rise(x, a) / expected, 1.0, 4e-15 + plain) << x << " " << a;
    EXPECT_NEAR(digamma_rise(x, a) / slope, 1.0, 4e-15 + plain) << x << " " << a;
  }
  EXPECT_EQ(log_gamma_rise(1e12, 0.0), 0.0);
}

TEST(BetaGeometricSurvival, falls_towards_nothing_however_steep) {
  const BetaGeometric steep{1.219655904538691, 2020528761.582326, 22.729314279647184};
  // By mpmath with 60 digits.
  const double expected[]{1.0,
                          0.999999999396368,
                          0.995818598516422,
                          0.0128129432514946,
                          4.56216366331037e-6,
                          9.38985879236621e-9,
                          5.9924063885804e-11,
                          8.35037956427294e-13};
  for (int t = 0; t < 8; ++t) EXPECT_NEAR(std::exp(steep.log_survival(t)) / expected[t], 1.0, 1e-11) << t;
}

}  // namespace
}  // namespace customerhealth::clv
