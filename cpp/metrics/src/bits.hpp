#pragma once

#include <cstdint>

namespace customerhealth::metrics {

/// The number of bits that are set. std::popcount, compiled for processors that may lack the instruction, is a call and
/// eight look-ups in a table; this form is vectorised, two words at a time.
constexpr std::uint64_t bits_set(std::uint64_t word) noexcept {
  word -= (word >> 1) & 0x5555555555555555U;
  word = (word & 0x3333333333333333U) + ((word >> 2) & 0x3333333333333333U);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fU;
  word += word >> 8;
  word += word >> 16;
  return (word + (word >> 32)) & 0x7f;
}
static_assert(bits_set(0) == 0 && bits_set(~std::uint64_t{0}) == 64 && bits_set(0x8000000000000001U) == 2);

}  // namespace customerhealth::metrics
