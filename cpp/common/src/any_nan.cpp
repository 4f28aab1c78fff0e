#include "customerhealth/common/any_nan.hpp"

#include "customerhealth/common/wide.hpp"

namespace customerhealth {

// Every column of every result is searched. What is found is as wide as a double, and no way leads out of the loop, so
// that the compiler takes several at a time.

CUSTOMERHEALTH_WIDE bool any_nan(std::span<const double> numbers) noexcept {
  std::int64_t found = 0;
  for (const double x : numbers) found |= x != x ? 1L : 0L;
  return found != 0;
}

CUSTOMERHEALTH_WIDE bool any_not_finite(std::span<const double> numbers) noexcept {
  std::int64_t found = 0;
  for (const double x : numbers) found |= x - x != 0 ? 1L : 0L;
  return found != 0;
}

}  // namespace customerhealth
