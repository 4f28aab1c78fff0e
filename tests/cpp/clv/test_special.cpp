#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace customerhealth::clv
