#include "customerhealth/common/exact_sum.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

#include "customerhealth/common/int128.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/common/quotient.hpp"

namespace customerhealth {
namespace {

constexpr int kDigitBits = 32;
constexpr std::int64_t kDigitMask = 0xffff'ffff;
constexpr int kLowestExponent = -1074;

using Digits = std::array<std::int64_t, 68>;

void propagate(Digits& digits) noexcept {
  std::int64_t carry = 0;
  for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
    const std::int64_t sum = digits[i] + carry;
    digits[i] = sum & kDigitMask;
    carry = sum >> kDigitBits;  // floors, so that every digit but the highest is 0 or more
  }
  digits.back() += carry;
}

}  // namespace

void ExactSum::add(double value) noexcept {
  add_digits(value, 1);
  if (++adds_ == std::numeric_limits<std::int32_t>::max() / 2) carry();
}

void ExactSum::add(double value, std::int64_t times) noexcept {
  if (times == 1) return add(value);
  constexpr std::int64_t kMostAtOnce = std::int64_t{1} << 30;  // times a digit of 32 bits: two of them fit in 64
  for (; times > 0; times -= kMostAtOnce) {
    carry();
    add_digits(value, std::min(times, kMostAtOnce));
    carry();
  }
}

void ExactSum::add_digits(double value, std::int64_t times) noexcept {
  assert(std::isfinite(value));
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto biased = static_cast<int>((bits >> 52) & 0x7ff);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const std::uint64_t mantissa = biased == 0 ? fraction : fraction | (std::uint64_t{1} << 52);
  const int position = biased == 0 ? 0 : biased - 1;  // of the lowest bit, counted from 2^-1074
  const auto shifted = static_cast<Uint128>(mantissa) << (position % kDigitBits);
  const auto first = static_cast<std::size_t>(position / kDigitBits);
  const std::int64_t factor = (bits >> 63) != 0 ? -times : times;
  digits_[first] += factor * static_cast<std::int64_t>(shifted & kDigitMask);
  digits_[first + 1] += factor * static_cast<std::int64_t>((shifted >> 32) & kDigitMask);
  digits_[first + 2] += factor * static_cast<std::int64_t>(shifted >> 64);
}

void ExactSum::carry() noexcept {
  propagate(digits_);
  adds_ = 0;
}

bool ExactSum::take_sign() noexcept {
  propagate(digits_);
  if (digits_.back() >= 0) return false;
  std::ranges::transform(digits_, digits_.begin(), [](std::int64_t digit) { return -digit; });
  propagate(digits_);
  return true;
}

double ExactSum::value() const noexcept {
  const double value = mean(1);
  return std::isfinite(value) ? value : kNan;
}

double ExactSum::mean(std::int64_t count) const noexcept {
  ExactSum sum = *this;
  const bool negative = sum.take_sign();
  const Digits& digits = sum.digits_;
  auto top = static_cast<int>(digits.size()) - 1;
  while (top >= 0 && digits[static_cast<std::size_t>(top)] == 0) --top;
  const auto digit = [&](int i) { return i >= 0 ? static_cast<Uint128>(digits[static_cast<std::size_t>(i)]) : 0; };
  if (top < 0) return 0.0;
  // The upper 128 bits: four digits, and of a fifth what the leading zeros of the first leave room for. Digits below
  // them decide only whether the rest is exactly half a unit.
  const int room =
      kDigitBits - static_cast<int>(std::bit_width(static_cast<std::uint64_t>(digits[static_cast<std::size_t>(top)])));
  Uint128 size = 0;
  for (int i = top; i > top - 4; --i) size = (size << kDigitBits) | digit(i);
  size = (size << room) | (digit(top - 4) >> (kDigitBits - room));
  const auto below = digits.begin() + std::max(0, top - 4);
  const bool has_more = std::any_of(digits.begin(), below, [](std::int64_t each) { return each != 0; }) ||
                        (digit(top - 4) & ((Uint128{1} << (kDigitBits - room)) - 1)) != 0;
  const double magnitude = nearest_quotient(size, has_more, kLowestExponent + kDigitBits * (top - 3) - room, count);
  return negative ? -magnitude : magnitude;
}

}  // namespace customerhealth
