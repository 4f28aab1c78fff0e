#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "customerhealth/common/any_nan.hpp"

namespace customerhealth {
namespace {

TEST(AnyNan, is_found_at_every_place_of_every_length) {
  for (std::size_t length = 0; length < 9; ++length) {
    std::vector<double> numbers(length, std::numeric_limits<double>::infinity());
    EXPECT_FALSE(any_nan(numbers)) << length;
    for (double& number : numbers) {
      number = std::numeric_limits<double>::quiet_NaN();
      EXPECT_TRUE(any_nan(numbers)) << length;
      number = -0.0;
    }
  }
}

TEST(AnyNotFinite, is_found_at_every_place_of_every_length) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (std::size_t length = 0; length < 9; ++length) {
    std::vector<double> numbers(length, std::numeric_limits<double>::max());
    EXPECT_FALSE(any_not_finite(numbers)) << length;
    for (double& number : numbers) {
      for (const double odd : {std::numeric_limits<double>::quiet_NaN(), kInfinity, -kInfinity}) {
        number = odd;
        EXPECT_TRUE(any_not_finite(numbers)) << length;
      }
      number = -0.0;
    }
  }
}

}  // namespace
}  // namespace customerhealth
