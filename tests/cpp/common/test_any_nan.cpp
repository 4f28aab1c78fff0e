#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
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

TEST(MarkPresent, sets_a_bit_for_each_number_that_is_there_and_counts_the_others) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (const std::size_t step : {1, 2, 3, 7, 100}) {
      std::vector<double> numbers(size, 0.0);
      for (std::size_t i = step - 1; i < size; i += step) numbers[i] = std::numeric_limits<double>::quiet_NaN();
      if (size > 2) numbers[2 * (size / 3)] = std::numeric_limits<double>::infinity();
      std::vector<std::uint8_t> bits((size + 7) / 8, 0xAA);
      const std::size_t missing = mark_present(numbers, bits);
      EXPECT_EQ(missing, static_cast<std::size_t>(
                             std::ranges::count_if(numbers, [](double number) { return std::isnan(number); })));
      for (std::size_t i = 0; i < 8 * bits.size(); ++i) {
        const bool is_there = i < size && !std::isnan(numbers[i]);
        EXPECT_EQ((bits[i / 8] >> (i % 8)) & 1, is_there ? 1 : 0) << size << ", " << i;
      }
    }
  }
}

}  // namespace
}  // namespace customerhealth
