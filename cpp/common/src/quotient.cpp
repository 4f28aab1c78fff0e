#include "customerhealth/common/quotient.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace customerhealth {
namespace {

constexpr int kBits = 53;       // of a double, save where it is subnormal
constexpr int kLowest = -1074;  // the exponent of the lowest bit of any double

int width_of(Uint128 value) noexcept {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return static_cast<int>(high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(value)));
}

}  // namespace

double nearest_quotient(Uint128 size, bool has_more, int exponent, std::int64_t count) noexcept {
  assert(count > 0);
  if (size == 0) return 0.0;
  const int spare = 128 - width_of(size);
  size <<= spare;
  exponent -= spare;
  const auto divisor = static_cast<Uint128>(count);
  const Uint128 quotient = size / divisor;
  const bool rest = has_more || quotient * divisor != size;
  // A double takes the upper 53 bits, or fewer where its lowest bit would lie below any double's.
  const int dropped = std::max(width_of(quotient) - kBits, kLowest - exponent);
  if (dropped > 127) return 0.0;  // below half of the least double
  auto kept = static_cast<std::uint64_t>(quotient >> dropped);
  const Uint128 below = quotient & ((Uint128{1} << dropped) - 1), half = Uint128{1} << (dropped - 1);
  if (below > half || (below == half && (rest || (kept & 1) != 0))) ++kept;
  return std::ldexp(static_cast<double>(kept), exponent + dropped);
}

}  // namespace customerhealth
