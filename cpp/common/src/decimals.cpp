#include "customerhealth/common/decimals.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>

#include "customerhealth/common/number.hpp"

namespace customerhealth {
namespace {

/// mantissa * 10^exponent; the mantissa is a text like -3.5.
struct Scientific {
  std::string mantissa;
  int decimals = 0;  // of the mantissa
  int exponent = 0;
};

Scientific scientific(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  const std::string_view text{buffer.data(), end.ptr};
  const std::size_t e = text.find('e'), point = text.find('.');
  Scientific out{std::string{text.substr(0, e)}, 0, 0};
  if (point != std::string_view::npos) out.decimals = static_cast<int>(e - point - 1);
  const std::string_view exponent = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), out.exponent);
  return out;
}

double read(const std::string& text) noexcept {
  double value = kInfinity;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} ? value : kInfinity;
}

}  // namespace

int decimals_of(double value) {
  const Scientific number = scientific(value);
  return value == 0 ? 0 : std::max(0, number.decimals - number.exponent);
}

double shifted(double value, int decimals) {
  const Scientific number = scientific(value);
  return value == 0 ? 0.0 : read(number.mantissa + "e" + std::to_string(number.exponent + decimals));
}

double decimal_sum(double a, double b) {
  constexpr int kMostDecimals = 22;  // 10^22 is a double, 10^23 is not
  const int decimals = std::max(decimals_of(a), decimals_of(b));
  if (decimals > kMostDecimals) return a + b;
  const double whole_a = shifted(a, decimals), whole_b = shifted(b, decimals);
  if (std::abs(whole_a) + std::abs(whole_b) > kMostWhole) return a + b;
  return (whole_a + whole_b) / shifted(1, decimals);
}

}  // namespace customerhealth
