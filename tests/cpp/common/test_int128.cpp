#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "customerhealth/common/int128.hpp"

namespace customerhealth {
namespace {

void expect_nearest(Int128 value) {
  EXPECT_EQ(nearest_double(value), static_cast<double>(value));
  EXPECT_EQ(nearest_double(-value), static_cast<double>(-value));
}

TEST(NearestDouble, rounds_as_the_compiler_does) {
  std::mt19937_64 chance{11};
  for (int i = 0; i < 100'000; ++i) {
    const auto bits = static_cast<Uint128>(chance()) << 64 | chance();
    expect_nearest(static_cast<Int128>(bits >> (1 + chance() % 127)));
  }
}

TEST(NearestDouble, rounds_halves_to_even_and_what_is_beyond_them_up) {
  for (int shift = 0; shift <= 73; ++shift) {
    for (const std::int64_t odd : {0, 1}) {
      const Int128 number = ((Int128{1} << 52) + odd) << shift;
      const Int128 half = shift == 0 ? 0 : Int128{1} << (shift - 1);
      for (const Int128 beyond : {-1, 0, 1}) expect_nearest(number + half + beyond);
    }
  }
  expect_nearest(0);
  expect_nearest(static_cast<Int128>(~Uint128{0} >> 1));
  EXPECT_EQ(nearest_double(-static_cast<Int128>(~Uint128{0} >> 1) - 1), -0x1p127);
}

}  // namespace
}  // namespace customerhealth
