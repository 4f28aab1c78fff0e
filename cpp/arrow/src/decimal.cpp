#include "decimal.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <system_error>

#include "customerhealth/common/number.hpp"

namespace customerhealth::arrow {
namespace {

constexpr std::size_t kMostWords = 8;
constexpr std::uint64_t kExactBelow = std::uint64_t{1} << 53;
constexpr std::array kPowersOfTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

using Words = std::array<std::uint32_t, kMostWords>;

/// Takes the sign away; true when there was one.
bool make_positive(Words& words) {
  if ((words.back() >> 31) == 0) return false;
  std::uint64_t carry = 1;
  for (std::uint32_t& word : words) {
    carry += static_cast<std::uint32_t>(~word);
    word = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return true;
}

/// Divides by 10^9 and returns the rest.
std::uint32_t divide(Words& words) {
  constexpr std::uint64_t kBillion = 1'000'000'000;
  std::uint64_t rest = 0;
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    rest = (rest << 32) | *word;
    *word = static_cast<std::uint32_t>(rest / kBillion);
    rest %= kBillion;
  }
  return static_cast<std::uint32_t>(rest);
}

/// Through decimal text, which from_chars rounds correctly whatever the digits.
double through_text(Words words, std::int32_t scale) {
  std::array<char, 128> text{};  // at most 78 digits, nine more of the first group, and an exponent
  constexpr std::size_t kDigitsEnd = 90;
  std::size_t begin = kDigitsEnd;
  while (words != Words{}) {
    std::uint32_t group = divide(words);
    for (int digit = 0; digit < 9; ++digit, group /= 10) text[--begin] = static_cast<char>('0' + group % 10);
  }
  if (begin == kDigitsEnd) text[--begin] = '0';
  text[kDigitsEnd] = 'e';
  const auto exponent = std::to_chars(text.data() + kDigitsEnd + 1, text.data() + text.size(), -std::int64_t{scale});
  double value = 0;
  const auto read = std::from_chars(text.data() + begin, exponent.ptr, value);
  // the digits are at most 1e78, so what does not fit is beyond the side that the scale points to
  if (read.ec == std::errc::result_out_of_range) return scale > 0 ? 0 : kInfinity;
  return value;
}

double magnitude(const Words& words, std::int32_t scale) {
  const bool fits_64 = (words[2] | words[3] | words[4] | words[5] | words[6] | words[7]) == 0;
  const std::uint64_t low = words[0] | (std::uint64_t{words[1]} << 32);
  if (fits_64 && low < kExactBelow) {  // both numbers are exact, so one operation rounds once
    constexpr auto kMost = static_cast<std::int32_t>(kPowersOfTen.size()) - 1;
    const auto value = static_cast<double>(low);
    if (scale >= 0 && scale <= kMost) return value / kPowersOfTen[static_cast<std::size_t>(scale)];
    if (scale < 0 && scale >= -kMost) return value * kPowersOfTen[static_cast<std::size_t>(-scale)];
  }
  if (fits_64 && scale == 0) return static_cast<double>(low);
  return through_text(words, scale);
}

}  // namespace

template <int kWords>
double decimal_to_double(const std::byte* words, std::int32_t scale) {
  Words all{};
  std::memcpy(all.data(), words, kWords * sizeof(std::uint32_t));
  const std::uint32_t sign = (all[kWords - 1] >> 31) != 0 ? ~std::uint32_t{0} : 0;
  for (std::size_t i = kWords; i < kMostWords; ++i) all[i] = sign;
  const bool negative = make_positive(all);
  const double value = magnitude(all, scale);
  return negative ? -value : value;
}

template double decimal_to_double<1>(const std::byte*, std::int32_t);
template double decimal_to_double<2>(const std::byte*, std::int32_t);
template double decimal_to_double<4>(const std::byte*, std::int32_t);
template double decimal_to_double<8>(const std::byte*, std::int32_t);

}  // namespace customerhealth::arrow
