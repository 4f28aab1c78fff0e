#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/validation/beta.hpp"

namespace customerhealth::validation {
namespace {

TEST(BetaQuantile, of_one_against_one_is_the_probability) {
  for (const double p : {0.0, 0.025, 0.5, 1.0}) EXPECT_NEAR(beta_quantile(1.0, 1.0, p), p, 1e-15);
}

TEST(BetaQuantile, of_one_hit_more_is_a_root) {  // its distribution is x^a
  EXPECT_NEAR(beta_quantile(12.0, 1.0, 0.025), std::pow(0.025, 1.0 / 12.0), 1e-15);
  EXPECT_NEAR(beta_quantile(0.5, 1.0, 0.3), 0.09, 1e-15);
  EXPECT_NEAR(beta_quantile(1.0, 3.0, 0.975), 1.0 - std::pow(0.025, 1.0 / 3.0), 1e-15);
}

TEST(BetaQuantile, refuses_what_is_no_distribution) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, kNan, kInfinity}) {
    EXPECT_THROW((void)beta_quantile(bad, 1.0, 0.5), Error);
    EXPECT_THROW((void)beta_quantile(1.0, bad, 0.5), Error);
  }
  for (const double bad : {-0.1, 1.1, kNan}) EXPECT_THROW((void)beta_quantile(1.0, 1.0, bad), Error);
}

}  // namespace
}  // namespace customerhealth::validation
